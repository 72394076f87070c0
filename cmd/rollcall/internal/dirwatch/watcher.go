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

const (
	// askTimeout bounds one question. It leaves time for a second server where the first
	// one does not answer.
	askTimeout = 45 * time.Second
	// longestPause is the longest time to the next question after failures. A wrong
	// password that is tried every few seconds would lock the account.
	longestPause = 15 * time.Minute
)

// Watcher asks each directory in its own goroutine, so that a slow one delays no other.
type Watcher struct {
	changes chan struct{}
	answers *Answers
	log     *zap.Logger
	cancel  context.CancelFunc
}

// New makes a watcher that asks nobody yet. answers are those that are known.
func New(answers *Answers, log *zap.Logger) *Watcher {
	// One place is enough: whoever takes the change makes a run that reads everything.
	return &Watcher{changes: make(chan struct{}, 1), answers: answers, log: log, cancel: func() {}}
}

// Watch asks the directories until the next Watch, Close or the end of ctx. It keeps the
// answers of before, and a change that nobody has taken yet.
func (w *Watcher) Watch(ctx context.Context, directories []Directory, every time.Duration) {
	w.cancel()
	ctx, w.cancel = context.WithCancel(ctx)
	for _, d := range directories {
		go w.follow(ctx, d, every)
	}
}

// Changes says that a directory has changed.
func (w *Watcher) Changes() <-chan struct{} { return w.changes }

// Close ends the questions. It does not wait for one that is being asked.
func (w *Watcher) Close() { w.cancel() }

// follow asks one directory. Failures in a row are one warning, and each of them doubles
// the time to the next question.
func (w *Watcher) follow(ctx context.Context, d Directory, every time.Duration) {
	name, pause := zap.String("source", d.Name()), every
	for {
		begun := time.Now()
		last, err := ask(ctx, d, w.answers)
		failing := pause > every
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			w.log.Warn("cannot ask a directory for its newest change, so its changes wait for the schedule until it answers", name, zap.Error(err))
		case err == nil && failing:
			w.log.Info("a directory answers again", name)
		}
		if err != nil {
			pause = max(every+1, min(2*pause, longestPause))
		} else if pause = every; w.answers.isNews(d.Name(), last) {
			w.log.Debug("a directory has changed", name, zap.String("server", last.Server))
			w.report()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(pause-time.Since(begun), every/2)): // a slow server has a rest
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
