package serve

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"

	"rollcall/source/platform"
)

// settleTime is how long files must stay unchanged before a change counts. The
// source waits for a file that is written for longer (S11).
const settleTime = 2 * time.Second

// Watcher notices changes of the files that paths and globs name: files that are
// written in place, replaced by a rename, or reached through a symbolic link that
// was replaced. It watches directories, because the watch of a file ends when the
// file is replaced. Its methods may be called on nil, which notices nothing.
type Watcher struct {
	patterns  []string
	events    *fsnotify.Watcher
	changes   chan struct{}
	done      chan struct{}
	log       *zap.Logger
	unwatched map[string]bool // directories that cannot be watched, and were logged
}

// NewWatcher watches until Close.
func NewWatcher(patterns []string, log *zap.Logger) (*Watcher, error) {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch files: %w", err)
	}
	w := &Watcher{patterns: patterns, events: events, changes: make(chan struct{}), done: make(chan struct{}), log: log, unwatched: map[string]bool{}}
	w.Refresh()
	go w.listen(w.fingerprint())
	return w, nil
}

// Changes says that files have changed and were left alone since.
func (w *Watcher) Changes() <-chan struct{} {
	if w == nil {
		return nil
	}
	return w.changes
}

// Close ends the watching.
func (w *Watcher) Close() {
	if w != nil {
		close(w.done)
		_ = w.events.Close() // nothing is lost
	}
}

// Refresh watches directories that are new, or that were replaced.
func (w *Watcher) Refresh() {
	if w == nil {
		return
	}
	for _, dir := range w.directories() {
		err := w.events.Add(dir)
		if err != nil && !w.unwatched[dir] && !errors.Is(err, fsnotify.ErrClosed) {
			w.log.Warn("changes in a directory are not noticed until a later run finds the directory", zap.String("directory", dir), zap.Error(err))
		}
		w.unwatched[dir] = err != nil
	}
}

// directories are those in which the files are, and those of what links to them.
func (w *Watcher) directories() []string {
	dirs := map[string]bool{}
	for _, pattern := range w.patterns {
		parents := []string{filepath.Dir(pattern)}
		if platform.HasGlob(parents[0]) {
			parents, _ = filepath.Glob(parents[0]) // the source complains of a bad pattern
		}
		for _, dir := range parents {
			dirs[dir] = true
		}
	}
	for _, file := range w.files() {
		if target, err := filepath.EvalSymlinks(file); err == nil {
			dirs[filepath.Dir(target)] = true
		}
	}
	return slices.Sorted(maps.Keys(dirs))
}

// files are those that the patterns name now. As the source does, a glob leaves
// names alone that begin with a dot: programs that copy write under such first.
func (w *Watcher) files() []string {
	var files []string
	for _, pattern := range w.patterns {
		if _, err := os.Lstat(pattern); err == nil {
			files = append(files, pattern)
			continue
		}
		found, _ := filepath.Glob(pattern) // the source complains of a bad pattern
		for _, file := range found {
			if hidden := filepath.Base(file)[0] == '.'; !hidden || filepath.Base(pattern)[0] == '.' {
				files = append(files, file)
			}
		}
	}
	return files
}

// fingerprint is what the files look like from outside.
func (w *Watcher) fingerprint() string {
	var b strings.Builder
	for _, file := range w.files() {
		if info, err := os.Stat(file); err == nil {
			_, _ = fmt.Fprintf(&b, "%q %d %d %d\n", file, info.Size(), info.ModTime().UnixNano(), platform.Inode(info)) // a builder takes everything
		}
	}
	return b.String()
}

// listen reports changes once no more happened for settleTime.
func (w *Watcher) listen(known string) {
	wait := time.NewTimer(settleTime)
	wait.Stop()
	defer wait.Stop()
	for {
		select {
		case <-w.done:
			return
		case _, ok := <-w.events.Events:
			if !ok {
				return
			}
			wait.Reset(settleTime)
		case _, ok := <-w.events.Errors: // too many at once, say: something has changed
			if !ok {
				return
			}
			wait.Reset(settleTime)
		case <-wait.C:
			if now := w.fingerprint(); now != known && w.sendChange() {
				known = now
			}
		}
	}
}

// sendChange waits until the service has received the change.
func (w *Watcher) sendChange() bool {
	select {
	case w.changes <- struct{}{}:
		return true
	case <-w.done:
		return false
	}
}
