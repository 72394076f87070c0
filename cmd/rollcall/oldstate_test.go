package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"rollcall/sync/journal"
)

// oldState makes a state directory that was there before any member carried our
// marker: in one that is new, removals wait for approval (S31). It remembers the
// facts.
func oldState(tb testing.TB, dir string, facts ...journal.Fact) string {
	tb.Helper()
	if err := makeOldState(tb.Context(), dir, facts...); err != nil {
		tb.Fatal(err)
	}
	return dir
}

func makeOldState(ctx context.Context, dir string, facts ...journal.Fact) error {
	db, err := journal.Open(ctx, dir, journal.Options{})
	if err != nil {
		return err
	}
	facts = append(facts, journal.Fact{Kind: "state", Value: json.RawMessage(`{"began_with_markers":false}`)})
	if err := db.Remember(ctx, 0, facts, nil); err != nil {
		return err
	}
	return db.Close()
}

// defaultState is the name of the state directory for a sandbox where nothing
// names one (S41).
func defaultState(apiURL string) string {
	return "rollcall-" + strings.ReplaceAll(strings.TrimPrefix(apiURL, "http://"), ":", "-")
}

// scriptSettled is the word settled [DIR]; the default is the state directory of HOME.
func scriptSettled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: settled [DIR]")
	}
	dir := ts.MkAbs(".local/state/settled") // until the sandbox has an address
	if url := ts.Getenv("CLERK_URL"); url != "" {
		dir = ts.MkAbs(filepath.Join(".local/state", defaultState(url)))
	}
	if len(args) == 1 {
		dir = ts.MkAbs(args[0])
	}
	ts.Check(makeOldState(context.Background(), dir))
}
