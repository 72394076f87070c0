package dirwatch

import (
	"context"
	"time"

	"go.uber.org/zap"

	"rollcall/source"
)

// Directory is a source whose server can be asked for its newest change.
type Directory interface {
	Name() string
	// LastChange asks the server; known is the last answer of a server.
	LastChange(ctx context.Context, known func(server string) source.Revision) (source.LastChange, error)
}

// Of lists the sources that are directories.
func Of(sources []source.Source) []Directory {
	var directories []Directory
	for _, s := range sources {
		if d, ok := s.(Directory); ok {
			directories = append(directories, d)
		}
	}
	return directories
}

// askTimeout bounds one question. It leaves time for a second server where the first
// one does not answer.
const askTimeout = 45 * time.Second

// Watcher asks each directory in its own goroutine, so that a slow one delays no other.
// The zero value and nil watch nothing.
type Watcher struct {
	changes chan struct{}
	answers *Answers
	every   time.Duration
	log     *zap.Logger
	cancel  context.CancelFunc
}

// Watch asks the directories until Close or the end of ctx. answers are those of earlier
// watchers: a change between the two is noticed.
func Watch(ctx context.Context, directories []Directory, every time.Duration, answers *Answers, log *zap.Logger) *Watcher {
	ctx, cancel := context.WithCancel(ctx)
	// One place is enough: whoever takes the change makes a run that reads everything.
	w := &Watcher{changes: make(chan struct{}, 1), answers: answers, every: every, log: log, cancel: cancel}
	for _, d := range directories {
		go w.follow(ctx, d)
	}
	return w
}

// Changes says that a directory has changed.
func (w *Watcher) Changes() <-chan struct{} {
	if w == nil {
		return nil
	}
	return w.changes
}

// Close ends the questions. It does not wait for one that is being asked.
func (w *Watcher) Close() {
	if w != nil {
		w.cancel()
	}
}

// follow asks one directory. Failures in a row are one warning.
func (w *Watcher) follow(ctx context.Context, d Directory) {
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	name, failing := zap.String("source", d.Name()), false
	for {
		last, err := ask(ctx, d, w.answers)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			w.log.Warn("cannot ask a directory for its newest change, so its changes wait for the schedule until it answers", name, zap.Error(err))
		case err == nil && failing:
			w.log.Info("a directory answers again", name)
		}
		if failing = err != nil; !failing && w.answers.isNews(d.Name(), last) {
			w.log.Debug("a directory has changed", name, zap.String("server", last.Server))
			w.report()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func ask(ctx context.Context, d Directory, answers *Answers) (source.LastChange, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return d.LastChange(ctx, func(server string) source.Revision { return answers.last(d.Name(), server) })
}

// report leaves the change to whoever asks for it; a second one joins it.
func (w *Watcher) report() {
	select {
	case w.changes <- struct{}{}:
	default:
	}
}
