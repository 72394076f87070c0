package journaltest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"rollcall/sync/journal"
)

// file is the name of a journal in its directory.
const file = "journal.db"

// empty is a journal to which nothing has been written: to make its tables takes as
// long as a run.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "rollcall-journal")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the directory of temporary files is the system's
	db, err := journal.Open(context.Background(), dir, journal.Options{})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, file))
})

// OpenNew opens a journal to which nothing has been written, in a directory that has
// none.
func OpenNew(t testing.TB, dir string, o journal.Options) *journal.DB {
	t.Helper()
	made, err := empty()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), made, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := journal.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
