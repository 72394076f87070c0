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
	if dir == "" {
		return
	}
	db, err := journal.Open(ctx, dir, journal.Options{ReadOnly: true})
	if err != nil {
		return
	}
	defer func() { _ = db.Close() }() // nothing was written
	for n := 1000; ; n *= 10 {        // there may be thousands of runs of one person since
		runs, err := db.Runs(ctx, n)
		if err != nil || m.Recall(runs) || len(runs) < n {
			return
		}
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
