package journal

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/clerkapi"
)

// diff fails the test when the two differ.
func diff(t testing.TB, what string, want, have any) {
	t.Helper()
	if d := cmp.Diff(want, have); d != "" {
		t.Errorf("%s (-want +have):\n%s", what, d)
	}
}

func TestFactsKeepSinceWhenTheyHold(t *testing.T) {
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return start }})
	value := func(s string) json.RawMessage { return json.RawMessage(s) }
	remember := func(run int64, set, forget []Fact) {
		t.Helper()
		if err := db.Remember(t.Context(), run, set, forget); err != nil {
			t.Fatal(err)
		}
	}
	early := start.Add(-time.Hour)
	remember(1, []Fact{{Kind: "pin", Key: "b", Value: value(`1`), At: early}, {Kind: "pin", Key: "a", Value: value(`1`)}, {Kind: "base", Key: "a"}}, nil)
	remember(2, []Fact{{Kind: "pin", Key: "b", Value: value(`1`)}, {Kind: "pin", Key: "a", Value: value(`2`)}, {Kind: "pin", Key: "c", Value: value(`3`)}}, nil)
	remember(3, []Fact{{Kind: "pin", Key: "c", Value: value(`3`)}}, []Fact{{Kind: "pin", Key: "c"}, {Kind: "base", Key: "never"}})
	want := []Fact{
		{Kind: "base", Key: "a", At: start, Run: 1},
		{Kind: "pin", Key: "a", Value: value(`2`), At: start, Run: 2},
		{Kind: "pin", Key: "b", Value: value(`1`), At: early, Run: 1},
		{Kind: "pin", Key: "c", Value: value(`3`), At: start, Run: 3},
	}
	for _, c := range []struct {
		name  string
		kinds []string
		want  []Fact
	}{
		{"all", nil, want},
		{"one kind", []string{"pin"}, want[1:]},
		{"two kinds", []string{"pin", "base"}, want},
		{"another kind", []string{"p%"}, nil},
	} {
		got, err := db.Facts(t.Context(), c.kinds...)
		if err != nil {
			t.Fatal(c.name, err)
		}
		diff(t, c.name, c.want, got)
	}
	remember(4, nil, want[:2])
	remember(5, nil, nil)
	if got, err := db.Facts(t.Context()); err != nil || len(got) != 2 {
		t.Error("after forgetting two:", got, err)
	}
}

func TestRememberInWritesIntoTheJournalOfADirectory(t *testing.T) {
	dir := t.TempDir()
	if err := RememberIn(dir, 1, nil, nil); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Error("no facts, and it wrote:", files, err)
	}
	a, b := Fact{Kind: "pin", Key: "a", At: start, Run: 1}, Fact{Kind: "pin", Key: "b", At: start, Run: 2}
	for _, err := range []error{RememberIn(dir, 1, []Fact{a}, nil), RememberIn(dir, 2, []Fact{b}, []Fact{a})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := open(t, dir, Options{}).Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "facts", []Fact{b}, got)
	if err := RememberIn(filepath.Join(dir, fileName), 3, []Fact{a}, nil); err == nil {
		t.Error("a file is no state directory, and it said nothing")
	}
}

func TestS25PausesLastUntilResumed(t *testing.T) {
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return start }})
	pauses := []Pause{{Reason: "audit", By: "root", Since: start}, {Organization: "org_1", Reason: "undo of run 3", Since: start.Add(time.Hour), Run: 4}}
	for _, p := range []Pause{{Organization: "org_1", Reason: "first"}, pauses[1], {Reason: "audit", By: "root"}} {
		if err := db.Pause(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Pauses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "pauses", pauses, got)
	if err := db.Resume(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if err := db.Resume(t.Context(), ""); !errors.Is(err, ErrNotPaused) {
		t.Error("resumed twice:", err)
	}
	if got, err = db.Pauses(t.Context()); err != nil {
		t.Fatal(err)
	}
	diff(t, "after resuming all", pauses[1:], got)
}

// Every method that writes refuses what it could not read again, and what does
// not exist, without writing anything.
func TestRefusals(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	run := begin(t, db)
	ids := intend(t, db, run, 1)
	bad := json.RawMessage("{")
	ctx := t.Context()
	intendOne := func(c Change) error { _, err := db.Intend(ctx, run, []Change{c}); return err }
	for _, c := range []struct {
		name string
		err  error
		is   error
		says string
	}{
		{"begin", func() error { _, err := db.Begin(ctx, Run{Summary: bad}); return err }(), nil, "begin a run: the summary is not JSON"},
		{"finish", db.Finish(ctx, run, Run{Summary: bad}), nil, "the summary is not JSON"},
		{"finish waited", db.Finish(ctx, run, Run{Waited: bad}), nil, "the list of waiting changes is not JSON"},
		{"finish no run", db.Finish(ctx, run+1, Run{}), ErrNoRun, "finish run 2 in the history"},
		{"run", func() error { _, err := db.Run(ctx, 99); return err }(), ErrNoRun, "read run 99"},
		{"intend no run", func() error { _, err := db.Intend(ctx, 99, changes(1)); return err }(), ErrNoRun, "record changes of run 99 before sending them"},
		{"public", intendOne(Change{Public: bad}), nil, "its public metadata is not JSON"},
		{"private", intendOne(Change{Private: bad}), nil, "its private metadata is not JSON"},
		{"public before", intendOne(Change{PublicBefore: bad}), nil, "its public metadata before is not JSON"},
		{"private before", intendOne(Change{PrivateBefore: bad}), nil, "its private metadata before is not JSON"},
		{"before", intendOne(Change{Before: bad}), nil, "its state before is not JSON"},
		{"after", intendOne(Change{After: json.RawMessage{}}), nil, "its state after is not JSON"},
		{"no result", db.Record(ctx, []Outcome{{ID: ids[0]}}), nil, "the result is missing"},
		{"outcome before", db.Record(ctx, []Outcome{{ID: ids[0], Result: Done, Before: bad}}), nil, "its state before is not JSON"},
		{"no intent", db.Record(ctx, []Outcome{{ID: 99, Result: Done}}), nil, "change 99 is not in the history"},
		{"no kind", db.Remember(ctx, run, []Fact{{Key: "k"}}, nil), nil, "the kind is missing"},
		{"value", db.Remember(ctx, run, []Fact{{Kind: "k", Value: bad}}, nil), nil, "its value is not JSON"},
		{"no hash", db.Approve(ctx, Approval{Keys: []string{"a"}}), nil, "the hash is missing"},
		{"no keys", db.Approve(ctx, Approval{Hash: "h"}), nil, "or there are no changes"},
		{"held no hash", db.Hold(ctx, run, []HeldSet{{}}), nil, "the hash is missing"},
		{"held text", db.Hold(ctx, run, []HeldSet{{Hash: "h", Text: bad}}), nil, "its text is not JSON"},
		{"bind", db.Bind(ctx, clerkapi.Instance{ID: ""}), nil, "has no id"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.says) || c.is != nil && !errors.Is(c.err, c.is) {
			t.Errorf("%s: %v; want %q", c.name, c.err, c.says)
		}
	}
	if got, err := db.Intend(ctx, run, nil); err != nil || got != nil {
		t.Error("no changes:", got, err)
	}
	if err := db.Record(ctx, nil); err != nil {
		t.Error("no outcomes:", err)
	}
	if all, err := db.Changes(ctx, run); err != nil || len(all) != 1 {
		t.Error("something was written:", all, err)
	}
}
