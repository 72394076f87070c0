package worker

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/sync/journal"
)

// beginBackoff takes over what an earlier service, or a run by hand since then,
// has written down. A run by signal tries everything, and a run for a changed
// file tries the sources that are files.
func (w *worker) beginBackoff(ctx context.Context, why serve.Trigger) {
	w.loadBackoff(ctx)
	files := map[string]bool{}
	for _, s := range w.session.Config.Sources {
		files[s.Name] = s.CSV != nil
	}
	interval := w.session.Config.Serve.Plan().Shortest(time.Now())
	if why == serve.Requested || why == serve.DirectorySeen {
		w.backoff.BeginBetween(interval)
		return
	}
	w.backoff.Begin(interval, func(kind serve.Kind, name string) bool {
		return why == serve.ByHand || why == serve.FileSeen && kind == serve.OfSource && files[name]
	})
}

// loadBackoff reads the entries of the journal. If it cannot be read, those in
// memory stay, and the run reports the error.
func (w *worker) loadBackoff(ctx context.Context) {
	facts, err := backoffFacts(ctx, w.state)
	if err != nil {
		return
	}
	w.backoff.Load(facts)
	w.metrics.BackedOff(w.backoff.Waiting())
}

// backoffFacts are the journal's facts about failures; none without a journal.
func backoffFacts(ctx context.Context, dir string) ([]journal.Fact, error) {
	if dir == "" {
		return nil, errors.New("there is no state directory")
	}
	db, err := journal.Open(ctx, dir, journal.Options{ReadOnly: true})
	if errors.Is(err, journal.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // nothing was written
	return db.Facts(ctx, serve.FactKind())
}

// keepBackoff writes down which failures began or ended in the run. The report
// says when an organization that stopped is tried again.
func (w *worker) keepBackoff(r *notify.Run) {
	end := w.backoff.End(r.Report)
	if r.Report != nil {
		r.Report.Stopped = end.Stopped
	}
	if w.state != "" {
		if err := journal.RememberIn(w.state, r.ID, end.Set, end.Forget); err != nil {
			w.log.Warn("after a restart the service retries everything at once", zap.Error(err))
		}
	}
	waiting := w.backoff.Waiting()
	for _, f := range waiting {
		w.log.Warn("failed repeatedly, so it is retried later", zap.String("kind", string(f.Kind)), zap.String("name", f.Label),
			zap.Int("failures", f.Failures), zap.Time("until", f.Until), zap.String("reason", f.Reason))
	}
	w.metrics.BackedOff(waiting)
}
