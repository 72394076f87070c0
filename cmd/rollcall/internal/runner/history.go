package runner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/sync"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// history is the journal as one run uses it.
type history struct {
	session *Session
	db      *journal.DB // nil without a journal
	run     int64       // the number of a run that changes Clerk; 0 otherwise
	part    bool        // the run is about less than everything that the rules want
	// known is false when earlier runs cannot be known: there is no state
	// directory, or the journal cannot be read. A journal that does not exist
	// yet is known to be empty.
	known bool
	// failing is what a service backs off; a run by hand tries it all the same.
	failing []serve.Failing
}

// options pass the history to package sync.
func (h *history) options() []sync.Option {
	switch {
	case !h.known:
		return nil
	case h.db == nil:
		return []sync.Option{sync.WithJournal(nil, 0)}
	}
	return []sync.Option{sync.WithJournal(h.db, h.run)}
}

func (h *history) close() {
	if h.db != nil {
		_ = h.db.Close() // each write was on disk when it returned
	}
}

// beginHistory writes down that a run begins that may change Clerk, where
// there is a state directory.
func (s *Session) beginHistory(ctx context.Context, r Request) (*history, error) {
	h := &history{session: s, part: isPart(r.Run)}
	if s.state == "" {
		return h, s.checkHistoryUnneeded()
	}
	db, err := journal.Open(ctx, s.state, journal.Options{})
	if err != nil {
		return nil, err
	}
	h.db, h.known = db, true
	if err := h.begin(ctx, r); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// checkHistoryUnneeded refuses settings that do not work without a history.
func (s *Session) checkHistoryUnneeded() error {
	if key := s.Config.Sync.NeedsHistory(); key != "" {
		return UsageError{Err: fmt.Errorf("%s needs the history of earlier runs: set a state directory with --state (S29)", key)}
	}
	if s.Config.Sync.IDChanged == policy.IDChangedNew {
		return UsageError{Err: errors.New("sync.id_changed: new needs the history of earlier runs: set a state directory with --state (S02)")}
	}
	return nil
}

func (h *history) begin(ctx context.Context, r Request) (err error) {
	if err := h.db.Room(ctx); err != nil {
		return err
	}
	h.run, err = h.db.Begin(ctx, journal.Run{Verb: r.Verb, Undoes: r.Undoes, Version: h.session.deps.Version,
		ConfigHash: h.session.Config.Sync.RulesHash, Summary: h.summary(r.Trigger, nil, nil)})
	if err == nil {
		h.readBackoff(ctx)
		h.warnOfBackoff()
	}
	return err
}

// end writes down how the run ended, and forgets old runs.
func (h *history) end(ctx context.Context, out *Outcome) error {
	if h.db == nil {
		return nil
	}
	defer h.close()
	return errors.Join(h.endBackoff(ctx, out.Report), h.db.Finish(ctx, h.run, h.finished(out)), h.prune(ctx))
}

// finished is how the run ended, with what it left out.
func (h *history) finished(out *Outcome) journal.Run {
	run := out.journalRun()
	run.Summary = h.summary(out.Trigger, out.Report, out.Err)
	if out.Report != nil {
		run.Waited = memory.WaitedIn(out.Report.Plan, h.part).Raw()
	}
	return run
}

// mostProblems is how many problems of a run the history keeps.
const mostProblems = 10

// summary says who started the run, why, whether it is about a part, how many changes it left out, and why it
// ended early.
func (h *history) summary(trigger string, r *sync.Report, err error) []byte {
	s := memory.RunSummary{By: h.session.deps.User(), Why: trigger, Part: h.part, Ended: facts.ErrorWords(err)}
	if r != nil {
		s.Waiting, s.Skipped = r.Plan.Count(plan.Held), r.Plan.Count(plan.Skipped)
		if e := facts.EndingOf(r); e.Why != "" {
			s.Ended, s.All = e.Why, e.All
		}
		n := facts.ReversalsOf(r)
		s.Asked, s.Undone, s.Reversals = n.Asked, n.Done, n.String()
		s.Problems = facts.New(r, facts.Options{}).Problems()
		s.Problems = s.Problems[:min(len(s.Problems), mostProblems)]
	}
	return s.Raw()
}

// prune forgets runs that are older than the configuration keeps (S32).
func (h *history) prune(ctx context.Context) error {
	keep := h.session.Config.KeepHistory
	n, err := h.db.Prune(ctx, time.Now().Add(-keep))
	if n > 0 {
		h.session.log.Debug("deleted old runs from the history", zap.Int("runs", n), zap.Duration("keep_history", keep))
	}
	return err
}

// journalRun is how the run ended, for the history.
func (o *Outcome) journalRun() journal.Run {
	run := journal.Run{Outcome: o.Word(), ExitCode: o.Code()}
	if o.Err != nil {
		run.Error = o.Err.Error()
	}
	if r := o.Report; r != nil {
		run.PlanHash, run.Recovers = planHash(r.Plan), r.Recovered
	}
	return run
}

// planHash names a plan: SHA-256 of its JSON, in hex.
func planHash(p *plan.Plan) string {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(p); err != nil {
		return "" // a plan that was shown can be encoded
	}
	return hex.EncodeToString(h.Sum(nil))
}

// readHistory opens the history for a run that changes nothing. Where the state
// directory must not be read, the plan lists which protections are off. A
// journal that is damaged or belongs to a newer version is an error, as it is
// for apply.
func (s *Session) readHistory(ctx context.Context) (*history, error) {
	h := &history{session: s}
	if s.state == "" {
		return h, nil
	}
	db, err := journal.Open(ctx, s.state, journal.Options{ReadOnly: true})
	_, damaged := errors.AsType[*journal.DamagedError](err)
	_, newer := errors.AsType[*journal.NewerError](err)
	switch {
	case err == nil:
		h.db, h.known = db, true
		h.readBackoff(ctx)
	case errors.Is(err, journal.ErrNone):
		if h.known = journal.Writable(s.state); !h.known {
			s.log.Warn("no run can keep a history here, so this plan has none", zap.String("state", s.state))
		}
	case damaged, newer, ctx.Err() != nil:
		return nil, err
	default:
		s.log.Warn("cannot read the history, so this plan is made without it", zap.Error(err))
	}
	return h, nil
}

// readBackoff reads what a service backs off.
func (h *history) readBackoff(ctx context.Context) {
	if h.session.deps.Service != nil {
		return
	}
	facts, err := h.db.Facts(ctx, serve.FactKind())
	if err != nil {
		return // the run reads facts too, and reports the error
	}
	h.failing = serve.Recall(facts)
}

// warnOfBackoff warns that this run, which somebody makes by hand, tries what a service
// backs off.
func (h *history) warnOfBackoff() {
	for _, f := range h.failing {
		if time.Until(f.Until) > 0 {
			h.session.log.Warn("the service is waiting before it retries this, because it failed repeatedly; this run tries it now",
				zap.String("kind", string(f.Kind)), zap.String("name", f.Label), zap.Time("until", f.Until), zap.String("reason", f.Reason))
		}
	}
}

// endBackoff ends the backoff of whatever a run by hand could read, so that the
// service tries it again.
func (h *history) endBackoff(ctx context.Context, r *sync.Report) error {
	return h.db.Remember(ctx, h.run, nil, serve.Ended(h.failing, r))
}
