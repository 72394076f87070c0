package main

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"rollcall/sync/journal"
)

// oldState makes a state directory that was there before any member carried our
// marker: in one that is new, removals wait for approval (S31).
func oldState(tb testing.TB, dir string) string {
	tb.Helper()
	if err := makeOldState(tb.Context(), dir); err != nil {
		tb.Fatal(err)
	}
	return dir
}

func makeOldState(ctx context.Context, dir string) error {
	db, err := journal.Open(ctx, dir, journal.Options{})
	if err != nil {
		return err
	}
	fact := journal.Fact{Kind: "state", Value: json.RawMessage(`{"began_with_markers":false}`)}
	if err := db.Remember(ctx, 0, []journal.Fact{fact}, nil); err != nil {
		return err
	}
	return db.Close()
}

// scriptSettled is the word settled [DIR]; the default is the state directory of HOME.
func scriptSettled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: settled [DIR]")
	}
	dir := ts.MkAbs(".local/state/rollcall")
	if len(args) == 1 {
		dir = ts.MkAbs(args[0])
	}
	ts.Check(makeOldState(context.Background(), dir))
}
