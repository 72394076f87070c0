package metrics

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzRestore goes on from any file: it is refused, or the figures that come of
// it are written and read again.
func FuzzRestore(f *testing.F) {
	m := New("v")
	first := filepath.Join(f.TempDir(), "a.prom")
	if err := m.WriteTextfile(first); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(first)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("rollcall_runs_total{outcome=\"done\"} NaN\nrollcall_runs_total{outcome=\"done\"} -3\n"))
	f.Add([]byte("# TYPE rollcall_runs_total gauge\nrollcall_runs_total{x=\"\\n\"} 1e400 5\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		left, next := filepath.Join(dir, "left.prom"), filepath.Join(dir, "next.prom")
		if err := os.WriteFile(left, text, 0o600); err != nil {
			t.Fatal(err)
		}
		m := New("v")
		found, err := m.Restore(left)
		if !found && err == nil {
			t.Fatal("the file is there, and was not found")
		}
		if err := m.WriteTextfile(next); err != nil {
			t.Fatalf("what %q leaves cannot be written: %v", text, err)
		}
		if found, err := m.Restore(next); !found || err != nil {
			t.Fatalf("what %q leaves cannot be read: %v", text, err)
		}
	})
}
