package serve

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"
)

// tree is a directory of files that a watcher looks at.
type tree struct {
	t   *testing.T
	dir string
}

func (d tree) path(name string) string { return filepath.Join(d.dir, name) }

func (d tree) write(name, text string) {
	d.t.Helper()
	if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(d.path(name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d tree) rename(from, to string) {
	d.t.Helper()
	if err := os.Rename(d.path(from), d.path(to)); err != nil {
		d.t.Fatal(err)
	}
}

// date gives a file a time of its own.
func (d tree) date(name string) {
	d.t.Helper()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(d.path(name), at, at); err != nil {
		d.t.Fatal(err)
	}
}

func (d tree) link(to, name string) {
	d.t.Helper()
	if err := os.Symlink(to, d.path(name)); err != nil {
		d.t.Fatal(err)
	}
}

func TestWatcher(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path          string
		before, after func(d tree)
		seen          bool
	}{
		"written in place": {"a.csv", func(d tree) { d.write("a.csv", "1") }, func(d tree) { d.write("a.csv", "12") }, true},
		"replaced by a rename": {"a.csv", func(d tree) { d.write("a.csv", "1") },
			func(d tree) { d.write(".a.tmp", "2"); d.rename(".a.tmp", "a.csv") }, true},
		"replaced by one of the same size and time": {"a.csv", func(d tree) { d.write("a.csv", "1"); d.date("a.csv") },
			func(d tree) { d.write(".a.tmp", "2"); d.date(".a.tmp"); d.rename(".a.tmp", "a.csv") }, true},
		"made after the start": {"a.csv", func(tree) {}, func(d tree) { d.write("a.csv", "1") }, true},
		"gone":                 {"a.csv", func(d tree) { d.write("a.csv", "1") }, func(d tree) { d.rename("a.csv", "b") }, true},
		"one more of a glob":   {"*.csv", func(d tree) { d.write("a.csv", "1") }, func(d tree) { d.write("b.csv", "1") }, true},
		"in a directory of a glob": {"*/a.csv", func(d tree) { d.write("x/a.csv", "1") },
			func(d tree) { d.write("x/a.csv", "12") }, true},
		"the link of a Kubernetes volume": {"a.csv", func(d tree) {
			d.write("..1/a.csv", "1")
			d.link("..1", "..data")
			d.link("..data/a.csv", "a.csv")
		}, func(d tree) {
			d.write("..2/a.csv", "2")
			d.link("..2", "..data_tmp")
			d.rename("..data_tmp", "..data")
		}, true},
		"behind a link": {"a.csv", func(d tree) { d.write("elsewhere/b.csv", "1"); d.link("elsewhere/b.csv", "a.csv") },
			func(d tree) { d.write("elsewhere/b.csv", "12") }, true},
		"another file":      {"a.csv", func(d tree) { d.write("a.csv", "1") }, func(d tree) { d.write("b.csv", "1") }, false},
		"only read":         {"a.csv", func(d tree) { d.write("a.csv", "1") }, func(d tree) { _, _ = os.ReadFile(d.path("a.csv")) }, false},
		"a name with a dot": {"*.csv", func(d tree) { d.write("a.csv", "1") }, func(d tree) { d.write(".b.csv", "1") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := tree{t, t.TempDir()}
			c.before(d)
			w, err := NewWatcher([]string{d.path(c.path)}, zap.NewNop())
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			c.after(d)
			wait := 30 * time.Second
			if !c.seen {
				wait = 2 * settleTime
			}
			select {
			case <-w.Changes():
				if !c.seen {
					t.Error("seen, though nothing of interest has changed")
				}
			case <-time.After(wait):
				if c.seen {
					t.Error("not seen")
				}
			}
		})
	}
}

// A directory that comes later is watched from the next run on.
func TestWatcherFindsADirectoryLater(t *testing.T) {
	t.Parallel()
	d := tree{t, t.TempDir()}
	w, err := NewWatcher([]string{d.path("later/a.csv")}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	d.write("later/a.csv", "1")
	w.Refresh()
	d.write("later/a.csv", "12")
	select {
	case <-w.Changes():
	case <-time.After(30 * time.Second):
		t.Error("not seen")
	}
}

// A service without files has no watcher.
func TestNoWatcher(t *testing.T) {
	var w *Watcher
	w.Refresh()
	w.Close()
	if w.Changes() != nil {
		t.Error("it sees something")
	}
}
