package journal

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// start is when the tests' clocks begin.
var start = time.Date(2026, 11, 24, 9, 0, 0, 123456789, time.UTC)

// ticking is a clock that goes on by a second with each look.
func ticking() func() time.Time {
	now := start
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

// open opens a journal and closes it when the test ends.
func open(t testing.TB, dir string, o Options) *DB {
	t.Helper()
	if o.Now == nil {
		o.Now = ticking()
	}
	db, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// begin begins a run.
func begin(t testing.TB, db *DB) int64 {
	t.Helper()
	id, err := db.Begin(t.Context(), Run{Verb: "apply"})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// intend writes n intents of a run.
func intend(t testing.TB, db *DB, run int64, n int) []int64 {
	t.Helper()
	ids, err := db.Intend(t.Context(), run, changes(n))
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// changes makes n changes that differ.
func changes(n int) []Change {
	out := make([]Change, n)
	for i := range out {
		out[i] = fullChange(i)
	}
	return out
}

// fullChange has a value in every field that an intent keeps.
func fullChange(i int) Change {
	return Change{
		Action: "add", Organization: "org_1", UserID: fmt.Sprintf("user_%d", i), Email: fmt.Sprintf("p%d@corp.example", i),
		Name: "Ann \x00 Bäcker", Source: "corp", PersonID: fmt.Sprint(i), From: "org:member", To: "org:admin", Admin: "gained",
		Public: json.RawMessage(`{"department":"Öl & Gas"}`), Private: json.RawMessage(`{"n":1.50}`),
		PublicBefore: json.RawMessage(`{}`), PrivateBefore: json.RawMessage(`null`), Nulls: 2, Because: "rule 1: cn=a → acme",
		Approved: i%2 == 1, InvitationID: "", Intended: start.Add(time.Duration(i) * time.Millisecond), Before: json.RawMessage(`{"role":"org:member"}`),
	}
}

// write makes a file.
func write(t testing.TB, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// read reads a file.
func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// names lists a directory.
func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
