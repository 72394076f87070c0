package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/zap"
)

// For the journal each line begins with its priority, in either form.
func TestJournalLinesBearTheirPriority(t *testing.T) {
	for _, format := range []string{"json", "console"} {
		var b bytes.Buffer
		log, err := newLogger(&b, "debug", format, true)
		if err != nil {
			t.Fatal(err)
		}
		log = log.With(zap.String("a", "b")).Named("n")
		log.Debug("d")
		log.Info("i")
		log.Warn("w")
		log.Error("e")
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		for i, want := range []string{"<7>", "<6>", "<4>", "<3>"} {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s: %q does not begin with %s", format, lines[i], want)
			}
		}
	}
}

// JOURNAL_STREAM counts only for the file that it names: whoever is redirected
// inherits it.
func TestJournalIsTheFileThatSystemdNames(t *testing.T) {
	named := func(f *os.File) string {
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			t.Skip("no device and inode here")
		}
		return fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
	}
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() }) // a test's own
		return f
	}
	is, other := open("journal"), open("other")
	lookup := func(string) (string, bool) { return named(is), true }
	if !toJournal(is, lookup) || toJournal(other, lookup) || toJournal(&bytes.Buffer{}, lookup) ||
		toJournal(is, func(string) (string, bool) { return "", false }) {
		t.Error("the journal is not told from other files")
	}
}
