package csvfile

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/file"
)

// exports writes files of one person each, one hour apart, the first one oldest.
func exports(t *testing.T, names ...string) Config {
	t.Helper()
	dir := t.TempDir()
	for i, name := range names {
		path := writeFile(t, filepath.Join(dir, name), "id,email,groups\n1,"+strings.TrimSuffix(name, ".csv")+"@corp.example,a\n")
		at := time.Now().Add(time.Duration(i-len(names)) * time.Hour)
		must(t, os.Chtimes(path, at, at))
	}
	return Config{Path: filepath.Join(dir, "e-*.csv"), Newest: true, Columns: peopleForm()}
}

// Only the file whose name comes last is read, and it is named.
func TestTheNewestExportIsRead(t *testing.T) {
	c := exports(t, "e-2026-9.csv", "e-2026-10.csv", "f-2026-11.csv")
	writeFile(t, filepath.Join(filepath.Dir(c.Path), "e-1.csv"), "") // another export that failed long ago
	old := time.Now().Add(-99 * time.Hour)
	must(t, os.Chtimes(filepath.Join(filepath.Dir(c.Path), "e-1.csv"), old, old))
	s, err := openCSV(t, c).Read(t.Context(), source.Request{})
	must(t, err)
	if got := labels(s); got != "e-2026-10@corp.example" || len(s.NoRemovals) > 0 || !s.Newest {
		t.Errorf("got %s, %q", got, s.NoRemovals)
	}
	taken := filepath.Join(filepath.Dir(c.Path), "e-2026-10.csv")
	if len(s.Files) != 1 || s.Files[0] != taken || len(s.Notes) != 1 || s.Notes[0].Text != "the newest of 3 files of "+c.Path+"; only this one was read" || s.Notes[0].Origin.File != taken {
		t.Errorf("got %q, %v", s.Files, s.Notes)
	}
	c.Newest = false
	if _, err := openCSV(t, c).Read(t.Context(), source.Request{}); !isDamage(err) {
		t.Errorf("without newest, the empty file counts: %v", err)
	}
}

// A newer export that is empty, cut short or gone is not replaced by an older one.
func TestS12AnOlderExportDoesNotStandIn(t *testing.T) {
	c := exports(t, "e-1.csv", "e-2.csv")
	newest := filepath.Join(filepath.Dir(c.Path), "e-2.csv")
	writeFile(t, newest, "")
	if s, err := openCSV(t, c).Read(t.Context(), source.Request{}); s != nil || !isDamage(err) {
		t.Errorf("an empty one: got %v", err)
	}
	writeFile(t, newest, "id,email,groups\n1,ann@corp.example,a")
	if s, err := openCSV(t, c).Read(t.Context(), source.Request{}); err != nil || len(s.NoRemovals) != 1 {
		t.Errorf("one that is cut short: %v", err)
	}
	c.Path = filepath.Join(t.TempDir(), "e-*.csv")
	_, err := openCSV(t, c).Read(t.Context(), source.Request{})
	if _, ok := errors.AsType[*source.MissingError](err); !ok {
		t.Errorf("none at all: got %v", err)
	}
}

// Where times and names say different things, nobody is removed.
func TestS12NamesThatAreNotInOrderRemoveNobody(t *testing.T) {
	c := exports(t, "e-30-11-2026.csv", "e-01-12-2026.csv")
	s, err := openCSV(t, c).Read(t.Context(), source.Request{})
	must(t, err)
	if len(s.NoRemovals) != 1 || !strings.Contains(s.NoRemovals[0], "e-01-12-2026.csv was written after it") {
		t.Errorf("got %q", s.NoRemovals)
	}
}

// A file from the future would be the newest for ever, and never too old. Without newest
// and max_age the time of a file means nothing.
func TestS12AFileFromTheFutureRemovesNobody(t *testing.T) {
	for name, x := range map[string]struct {
		change func(c *Config)
		ahead  time.Duration
		doubts int
	}{
		"newest":             {func(*Config) {}, time.Hour, 1},
		"a clock that is on": {func(*Config) {}, time.Minute, 0},
		"max_age":            {func(c *Config) { c.Path, c.Newest, c.MaxAge = strings.Replace(c.Path, "*", "1", 1), false, time.Hour }, time.Hour, 1},
		"neither":            {func(c *Config) { c.Path, c.Newest = strings.Replace(c.Path, "*", "1", 1), false }, time.Hour, 0},
	} {
		c := exports(t, "e-1.csv")
		c.Settle = new(time.Millisecond)
		at := time.Now().Add(x.ahead)
		must(t, os.Chtimes(strings.Replace(c.Path, "*", "1", 1), at, at))
		x.change(&c)
		s, err := openCSV(t, c).Read(t.Context(), source.Request{})
		must(t, err)
		if len(s.NoRemovals) != x.doubts || x.doubts > 0 && !strings.Contains(s.NoRemovals[0], "e-1.csv is in the future") {
			t.Errorf("%s: got %q", name, s.NoRemovals)
		}
	}
}

// A file that is still written is waited for.
func TestS11TheNewestExportIsWaitedFor(t *testing.T) {
	c := exports(t, "e-1.csv", "e-2.csv")
	now := time.Now()
	must(t, os.Chtimes(filepath.Join(filepath.Dir(c.Path), "e-2.csv"), now, now))
	c.Settle = new(40 * time.Millisecond)
	waited := ""
	s, err := openCSV(t, c, file.Options{Settle: func(name string, _ time.Duration) { waited = name }}).Read(t.Context(), source.Request{})
	must(t, err)
	if labels(s) != "e-2@corp.example" || !strings.Contains(waited, "e-2.csv") {
		t.Errorf("read %s, waited %q", labels(s), waited)
	}
}

// An export that appears during the read makes it a read that failed.
func TestS11AnExportThatAppears(t *testing.T) {
	c := exports(t, "e-1.csv", "e-2.csv")
	s := openCSV(t, c)
	err := s.files.Read(t.Context(), func() file.Use {
		writeFile(t, filepath.Join(filepath.Dir(c.Path), "e-3.csv"), "id,email,groups\n")
		return lateUse{newTable(s, source.Request{}), func() { writeFile(t, filepath.Join(filepath.Dir(c.Path), "e-4.csv"), "x\n") }}
	})
	if !errors.Is(err, source.ErrChanged) {
		t.Errorf("got %v", err)
	}
}

// lateUse does something once a text was read.
type lateUse struct {
	*table
	after func()
}

func (u lateUse) End(o file.Outcome) error { return u.table.End(o) }

func (u lateUse) Text(_ context.Context, in *file.Input) (file.Parsed, error) {
	defer u.after()
	_, _ = io.Copy(io.Discard, in)
	return file.Parsed{}, nil
}

func TestNewestIsValidated(t *testing.T) {
	for _, c := range []Config{{Path: "people.csv"}, {Path: file.Stdin}, {Remote: file.Remote{URL: "https://hr.corp.example/people-*.csv"}}} {
		c.Newest, c.Columns = true, peopleForm()
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "csv.newest: has no effect without a glob") {
			t.Errorf("got %v", err)
		}
	}
}
