package runner

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"rollcall/sync"
	"rollcall/sync/guard"
	"rollcall/sync/journal"
)

// reconcileInto makes one run of the session, shows its report, and notes both
// in the outcome. In a service a panic is the run's error.
func (s *Session) reconcileInto(ctx context.Context, out *Outcome, r Request, h *history, options ...sync.Option) {
	defer s.deps.Service.recoverRun(&out.Err)
	made, err := s.Reconcile(ctx, r.Run, append(options, h.options()...)...)
	if err != nil {
		out.Err = err
		return
	}
	out.Kept = s.keepHeld(ctx, made, r.Run, h)
	out.Report = made
	if r.Show != nil {
		out.Err = r.Show(made, s.reportOptions(out.Kept))
	}
}

// Reconcile makes one run of the session. The caller passes the history among
// the options.
func (s *Session) Reconcile(ctx context.Context, run sync.Run, options ...sync.Option) (*sync.Report, error) {
	defer s.display.Close()
	defer context.AfterFunc(ctx, s.display.Stopping)()
	options = append([]sync.Option{sync.WithWatcher(s.deps.Service.watched(s.display)), sync.WithLogger(s.log)}, options...)
	if s.deps.Attended {
		options = append(options, sync.WithQuietChanges())
	}
	if s.deps.Service != nil {
		options = append(options, sync.WithFinishIn(s.Config.Serve.StopWithin))
	}
	sources, clerk := s.deps.Service.withBackoff(s.Sources, namedClerk{s.Clerk, s})
	reconciler, err := sync.New(s.Config.Sync, s.Config.Rules, sources, limitMemory(clerk), options...)
	if err != nil {
		return nil, UsageError{Err: err}
	}
	once := reconciler.RunOnce
	if len(run.Undo) > 0 {
		once = reconciler.Undo
	}
	made, err := once(ctx, run)
	if unknown, ok := errors.AsType[*sync.UnknownPartError](err); ok {
		return nil, UsageError{Err: unknown}
	}
	if err != nil {
		return nil, s.Locate(err)
	}
	return made, nil
}

// keepHeld keeps the held sets that are about to be shown, if it can, so that
// approve can show them again (S23). Where nothing waits any more, it says so to
// approve.
func (s *Session) keepHeld(ctx context.Context, r *sync.Report, run sync.Run, h *history) bool {
	sets := guard.HeldSets(r.Plan)
	if !h.known || len(sets) == 0 && (isPart(run) || !h.waiting(ctx)) {
		return false
	}
	ctx = context.WithoutCancel(ctx)
	db, err := journal.Open(ctx, s.state, journal.Options{})
	if err == nil {
		err = errors.Join(s.hold(ctx, db, run, sets), db.Close())
	}
	if err != nil {
		s.log.Debug("the waiting changes are not kept, so they can be approved only with apply --approve", zap.Error(err))
	}
	return err == nil && len(sets) > 0
}

// isPart reports whether a run is about less than everything that the rules want.
func isPart(r sync.Run) bool {
	return r.Organization != "" || r.Only != "" || len(r.Undo) > 0 || r.Saved != nil
}

// waiting reports whether approve offers anything now.
func (h *history) waiting(ctx context.Context) bool {
	if h.db == nil {
		return false
	}
	sets, err := h.db.Waiting(ctx)
	return err == nil && len(sets) > 0
}

// hold keeps held sets. The journal belongs to the Clerk instance of the plan from
// then on, also where no run has begun: what somebody approves passes nowhere else
// (S23, S31, S41).
func (s *Session) hold(ctx context.Context, db *journal.DB, run sync.Run, sets []journal.HeldSet) error {
	if err := db.Bind(ctx, s.Instance()); err != nil {
		return err
	}
	switch {
	case len(run.Undo) > 0:
		return db.Hold(ctx, run.Undo[0], sets)
	case isPart(run):
		return db.Hold(ctx, 0, sets)
	}
	return db.HoldAll(ctx, sets)
}
