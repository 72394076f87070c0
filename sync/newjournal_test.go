package sync

import (
	"testing"

	"rollcall/sync/journal"
	"rollcall/sync/journal/journaltest"
)

// OpenNewJournal opens a journal to which nothing has been written, in a directory
// of its own.
func OpenNewJournal(t testing.TB, o journal.Options) *journal.DB {
	t.Helper()
	return journaltest.OpenNew(t, t.TempDir(), o)
}
