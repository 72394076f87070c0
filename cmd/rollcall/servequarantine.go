package main

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// beginQuarantine reads what an earlier service, or a run by hand since, has
// written down. Who asks for a run wants everything tried; who writes a file
// wants it read.
func (w *worker) beginQuarantine(ctx context.Context, why serve.Trigger) {
	w.recallQuarantine(ctx)
	files := map[string]bool{}
	for _, s := range w.session.config.Sources {
		files[s.Name] = s.CSV != nil
	}
	schedule := w.session.config.Serve.Plan()
	w.service.quarantine.Begin(schedule.Shortest(time.Now()), func(kind serve.Kind, name string) bool {
		return why == serve.ByHand || why == serve.FileSeen && kind == serve.OfSource && files[name]
	})
}

// recallQuarantine reads what the journal has. Where it cannot, what is in
// memory is as good, and the run says what is wrong.
func (w *worker) recallQuarantine(ctx context.Context) {
	facts, err := quarantined(ctx, w.state)
	if err != nil {
		return
	}
	w.service.quarantine.Load(facts)
	w.metrics.Quarantined(w.service.quarantine.Waiting())
}

// quarantined are the facts of what fails. Without a history there are none.
func quarantined(ctx context.Context, dir string) ([]journal.Fact, error) {
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

// keepQuarantine writes down what the run has seen fail, and well again.
func (w *worker) keepQuarantine(r *notify.Run) {
	set, forget := w.service.quarantine.End(r.Report)
	if err := remember(w.state, r.ID, set, forget); err != nil {
		w.log.Warn("a restart will not know what is tried less often", zap.Error(err))
	}
	waiting := w.service.quarantine.Waiting()
	for _, f := range waiting {
		w.log.Warn("failed repeatedly, so it is tried less often", zap.String("kind", string(f.Kind)), zap.String("name", f.Label),
			zap.Int("failures", f.Failures), zap.Time("until", f.Until), zap.String("reason", f.Reason))
	}
	w.metrics.Quarantined(waiting)
}

// remember writes facts, when nobody else has the journal open.
func remember(dir string, run int64, set, forget []journal.Fact) error {
	if dir == "" || len(set)+len(forget) == 0 {
		return nil
	}
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	db, err := journal.Open(ctx, dir, journal.Options{})
	if err != nil {
		return err
	}
	return errors.Join(db.Remember(ctx, run, set, forget), db.Close())
}

// ignoreQuarantine says that a run by hand tries what a service would leave
// alone now.
func (e *env) ignoreQuarantine(ctx context.Context, db *journal.DB) []serve.Failing {
	if db == nil || e.service != nil {
		return nil
	}
	facts, err := db.Facts(ctx, serve.FactKind())
	if err != nil {
		return nil // whoever needs the history says what is wrong with it
	}
	failing := serve.Recall(facts)
	for _, f := range failing {
		if time.Until(f.Until) > 0 {
			e.log.Warn("the service leaves this alone for now, since it failed repeatedly; this run does not",
				zap.String("kind", string(f.Kind)), zap.String("name", f.Label), zap.Time("until", f.Until), zap.String("reason", f.Reason))
		}
	}
	return failing
}

// endQuarantine lets a service try again what a run by hand has seen well.
func (e *env) endQuarantine(ctx context.Context, db *journal.DB, id int64, failing []serve.Failing, r *sync.Report) error {
	return db.Remember(ctx, id, nil, serve.Ended(failing, r))
}
