package main

import (
	"context"

	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/sync/journal"
)

// restoreFigures goes on from the figures of earlier runs. Where there are
// none, the history knows when a run last ended well.
func (e *env) restoreFigures(ctx context.Context, s *session, dir string) {
	if s.config.Metrics.Textfile == "" {
		return
	}
	found, err := e.metrics.Restore(s.config.Metrics.Textfile)
	if err != nil {
		e.log.Warn("the counters begin anew", zap.Error(err))
	}
	if !found {
		e.recallFigures(ctx, dir)
	}
}

// recallFigures takes from the history what it knows. That it cannot be read
// is for the run to say.
func (e *env) recallFigures(ctx context.Context, dir string) {
	const enough = 1000
	if dir == "" {
		return
	}
	db, err := journal.Open(ctx, dir, journal.Options{ReadOnly: true})
	if err != nil {
		return
	}
	defer func() { _ = db.Close() }() // nothing was written
	if runs, err := db.Runs(ctx, enough); err == nil {
		e.metrics.Recall(runs)
	}
}

// keepFigures counts a run. That the figures cannot be written changes nothing
// about how it ended.
func (e *env) keepFigures(s *session, r *notify.Run) {
	e.metrics.Observe(r)
	if s.config.Metrics.Textfile == "" {
		return
	}
	if err := e.metrics.WriteTextfile(s.config.Metrics.Textfile); err != nil {
		e.log.Warn("the figures of the run are not kept", zap.Error(err))
	}
}
