package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"rollcall/sync"
	"rollcall/sync/journal"
)

// writtenDown makes one run that changes Clerk, with the journal beside it
// where there is a state directory. The entry says what kind of run it is.
func (e *env) writtenDown(ctx context.Context, s *session, dir string, run sync.Run, entry journal.Run) error {
	if dir == "" {
		if key := s.config.Sync.NeedsHistory(); key != "" {
			return usageError{fmt.Errorf("sync.%s needs a memory of earlier runs: name a state directory with --state (S29)", key)}
		}
		if s.config.Sync.IDChanged == sync.IDChangedNew {
			return usageError{errors.New("sync.id_changed: new needs a memory of earlier runs: name a state directory with --state (S02)")}
		}
		return e.once(ctx, s, run)
	}
	db, err := journal.Open(ctx, dir, journal.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // each write was on disk when it returned
	if err := db.Room(ctx); err != nil {
		return err
	}
	entry.Version, entry.ConfigHash, entry.Summary = version(), s.config.Sync.RulesHash, sync.RunSummary(whoami())
	id, err := db.Begin(ctx, entry)
	if err != nil {
		return err
	}
	s.history, e.run = sync.WithJournal(db, id), id
	failing := e.ignoreQuarantine(ctx, db)
	e.result.err = e.once(ctx, s, run)
	// The end is written also when the run was interrupted.
	ctx = context.WithoutCancel(ctx)
	return errors.Join(e.result.err, e.endQuarantine(ctx, db, id, failing, e.result.report), db.Finish(ctx, id, e.ending()), e.prune(ctx, db, s.config.KeepHistory))
}

// prune forgets runs that are older than the configuration keeps (S32).
func (e *env) prune(ctx context.Context, db *journal.DB, keep time.Duration) error {
	n, err := db.Prune(ctx, time.Now().Add(-keep))
	if n > 0 {
		e.log.Info("forgot old runs", zap.Int("runs", n), zap.Duration("older_than", keep))
	}
	return err
}

// ending is how the run ended, for the history.
func (e *env) ending() journal.Run {
	row := exit(e.result)
	out := journal.Run{Outcome: row.word, ExitCode: row.code}
	if e.result.err != nil {
		out.Error = e.result.err.Error()
	}
	if r := e.result.report; r != nil {
		out.PlanHash, out.Recovers = planHash(r.Plan), r.Recovered
	}
	return out
}

// planHash names a plan: SHA-256 of its JSON, in hex.
func planHash(p *sync.Plan) string {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(p); err != nil {
		return "" // a plan that was shown can be encoded
	}
	return hex.EncodeToString(h.Sum(nil))
}

// readHistory gives a dry run the history, where nothing is written by it. Of a
// state directory that may not be read the plan lists what is off. A journal
// that is damaged or not ours is an error, as it is for apply.
func (e *env) readHistory(ctx context.Context, s *session) (done func(), err error) {
	done = func() {}
	if s.state == "" {
		return done, nil
	}
	db, err := journal.Open(ctx, s.state, journal.Options{ReadOnly: true})
	_, damaged := errors.AsType[*journal.DamagedError](err)
	_, newer := errors.AsType[*journal.NewerError](err)
	switch {
	case err == nil:
		s.history = sync.WithJournal(db, 0)
		e.ignoreQuarantine(ctx, db)
		return func() { _ = db.Close() }, nil // nothing was written
	case errors.Is(err, journal.ErrNone):
		if !journal.Writable(s.state) {
			e.log.Warn("no run can keep a history here, so this plan does without", zap.String("state", s.state))
			return done, nil
		}
		s.history = sync.WithJournal(nil, 0)
	case damaged, newer, ctx.Err() != nil:
		return done, err
	default:
		e.log.Warn("cannot read the history, so this plan does without", zap.Error(err))
	}
	return done, nil
}
