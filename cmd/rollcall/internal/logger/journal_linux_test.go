package logger

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

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
	if !ToJournal(is, lookup) || ToJournal(other, lookup) || ToJournal(&bytes.Buffer{}, lookup) ||
		ToJournal(is, func(string) (string, bool) { return "", false }) {
		t.Error("the journal is not told from other files")
	}
}
