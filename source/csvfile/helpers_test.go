package csvfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/source"
	"rollcall/source/file"
)

// peopleForm and membershipForm are the columns of most tests.
func peopleForm() Columns {
	return Columns{ID: "id", Email: "email", Groups: Cells{Column: "groups", Separator: ";"}}
}

func membershipForm() Columns {
	return Columns{ID: "id", Email: "email", Organization: "org", Role: "role"}
}

// writeFile writes a file that has settled.
func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// openCSV opens a source without waiting for files to settle.
func openCSV(t testing.TB, c Config, opts ...file.Options) *Source {
	t.Helper()
	if c.Settle == nil {
		c.Settle = new(time.Duration(0))
	}
	must(t, c.Validate())
	return Open("hr", c, source.Canaries{}, append(opts, file.Options{})[0])
}

// read reads one text as a file named people.csv.
func read(t testing.TB, text string, columns Columns, want source.Request) (*source.Snapshot, error) {
	t.Helper()
	path := writeFile(t, filepath.Join(t.TempDir(), "people.csv"), text)
	return openCSV(t, Config{Path: path, Columns: columns}).Read(t.Context(), want)
}

// mustRead reads a text that is whole.
func mustRead(t testing.TB, text string, columns Columns, want source.Request) *source.Snapshot {
	t.Helper()
	s, err := read(t, text, columns, want)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// told gives the lines of a damage error, with the directory cut off.
func told(t testing.TB, s *source.Snapshot, err error, dir string) []string {
	t.Helper()
	if s != nil {
		t.Errorf("a snapshot came with the error: %v", s)
	}
	if !isDamage(err) {
		t.Fatalf("got %v, want damage", err)
	}
	lines := strings.Split(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""), "\n  ")
	return lines[1:]
}

func diff(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("differs (-want +got):\n%s", d)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
