package runner

import (
	"context"

	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/metrics"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/sync/journal"
)

// restoreMetrics continues the counters of earlier runs. Without a textfile of
// them, the history knows when a run last succeeded.
func restoreMetrics(ctx context.Context, s *Session) {
	if s.Config.Metrics.Textfile == "" {
		return
	}
	found, err := s.metrics.Restore(s.Config.Metrics.Textfile)
	if err != nil {
		s.log.Warn("the counters start again at 0", zap.Error(err))
	}
	if !found {
		RecallMetrics(ctx, s.metrics, s.state)
	}
}

// RecallMetrics takes from the history of a state directory what it knows. A
// history that cannot be read changes nothing: the run reports that.
func RecallMetrics(ctx context.Context, m *metrics.Metrics, dir string) {
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
		m.Recall(runs)
	}
}

// keepMetrics counts a run. A textfile that cannot be written changes nothing
// about how the run ended.
func keepMetrics(s *Session, r *notify.Run) {
	s.metrics.Observe(r)
	if s.Config.Metrics.Textfile == "" {
		return
	}
	if err := s.metrics.WriteTextfile(s.Config.Metrics.Textfile); err != nil {
		s.log.Warn("the metrics of the run are not kept", zap.Error(err))
	}
}
