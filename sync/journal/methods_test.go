package journal

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// diff fails the test when the two differ.
func diff(t testing.TB, what string, want, have any) {
	t.Helper()
	if d := cmp.Diff(want, have); d != "" {
		t.Errorf("%s (-want +have):\n%s", what, d)
	}
}

func TestRunsComeBackNewestFirst(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, Options{})
	begun := Run{Verb: "apply", Version: "1.2.3", ConfigHash: "c0", Undoes: 7, Started: start, Summary: []byte(`{"groups":{"cn=a":3}}`)}
	first, err := db.Begin(t.Context(), begun)
	if err != nil {
		t.Fatal(err)
	}
	ids := intend(t, db, first, 3)
	outcomes := []Outcome{{ID: ids[0], Result: Done}, {ID: ids[1], Result: Done}, {ID: ids[2], Result: "failed", Error: "404"}}
	if err := db.Record(t.Context(), outcomes); err != nil {
		t.Fatal(err)
	}
	ended := Run{Finished: start.Add(time.Minute), Outcome: "partial", ExitCode: 4, Error: "one failed", PlanHash: "p0", Recovers: 5}
	if err := db.Finish(t.Context(), first, ended); err != nil {
		t.Fatal(err)
	}
	second := begin(t, db)
	want := begun
	want.ID, want.Finished, want.Outcome, want.ExitCode, want.Error = first, ended.Finished, "partial", 4, "one failed"
	want.PlanHash, want.Recovers, want.Changes = "p0", 5, map[string]int{"add": 2}
	for name, reader := range map[string]*DB{"the writer": db, "a reader beside it": open(t, dir, Options{ReadOnly: true})} {
		runs, err := reader.Runs(t.Context(), 0)
		if err != nil {
			t.Fatal(name, err)
		}
		if len(runs) != 2 || runs[0].ID != second || !runs[0].Finished.IsZero() || len(runs[0].Changes) != 0 {
			t.Errorf("%s sees %+v", name, runs)
		}
		diff(t, name, want, runs[1])
		one, err := reader.Run(t.Context(), first)
		if err != nil {
			t.Fatal(name, err)
		}
		diff(t, name, want, one)
	}
	if runs, err := db.Runs(t.Context(), 1); err != nil || len(runs) != 1 || runs[0].ID != second {
		t.Error("limit 1 gives", runs, err)
	}
}

func TestFinishKeepsWhatItIsNotTold(t *testing.T) {
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return start }})
	id, err := db.Begin(t.Context(), Run{Verb: "undo", PlanHash: "p", Recovers: 1, Undoes: 2, Summary: []byte(`1`)})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Finish(t.Context(), id, Run{Outcome: "ok"}); err != nil {
		t.Fatal(err)
	}
	got, err := db.Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "the run", Run{ID: id, Verb: "undo", PlanHash: "p", Recovers: 1, Undoes: 2, Summary: []byte(`1`),
		Started: start, Finished: start, Outcome: "ok", Changes: map[string]int{}}, got)
}

func TestChangesComeBackAsIntendedAndRecorded(t *testing.T) {
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return start }})
	run := begin(t, db)
	want := changes(3)
	want[2] = Change{Action: "remove"} // the rest is empty, and nil stays nil
	ids, err := db.Intend(t.Context(), run, want)
	if err != nil {
		t.Fatal(err)
	}
	more, err := db.Intend(t.Context(), run, []Change{{Action: "adopt", Intended: start.Add(-time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, Change{Action: "adopt", Intended: start.Add(-time.Hour)})
	for i := range want {
		want[i].ID, want[i].Run, want[i].Seq = slices.Concat(ids, more)[i], run, i+1
	}
	want[2].Intended = start
	got, err := db.Changes(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "open", want, got)
	open, err := db.Unfinished(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "unfinished", want, open)

	err = db.Record(t.Context(), []Outcome{
		{ID: ids[0], Result: Done, InvitationID: "orginv_1", After: json.RawMessage(`{"role":"org:admin"}`)},
		{ID: ids[1], Result: "failed", Error: "gone", Before: json.RawMessage(`{"b":1}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want[0].Settled, want[0].Result, want[0].InvitationID, want[0].After = start, Done, "orginv_1", json.RawMessage(`{"role":"org:admin"}`)
	want[1].Settled, want[1].Result, want[1].Error, want[1].Before = start, "failed", "gone", json.RawMessage(`{"b":1}`)
	if got, err = db.Changes(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	diff(t, "recorded", want, got)
	if open, err = db.Unfinished(t.Context()); err != nil {
		t.Fatal(err)
	}
	diff(t, "unfinished", want[2:], open)
	if !open[0].Open() || got[0].Open() {
		t.Error("a settled change is open, or an open one settled")
	}
	since, err := db.Since(t.Context(), start.Add(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "since", want[1:2], since)
	if none, err := db.Changes(t.Context(), run+1); err != nil || len(none) != 0 {
		t.Error("another run has", none, err)
	}
}

// The latest of a membership is the newest that was done, of the actions that
// are asked for; of an address without a user, by the address.
func TestLatestOfEachMembership(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	run := begin(t, db)
	list := []Change{
		{Action: "add", Organization: "o", UserID: "u"}, {Action: "set_role", Organization: "o", UserID: "u", To: "new"},
		{Action: "set_role", Organization: "o", UserID: "u", To: "failed"}, {Action: "set_metadata", Organization: "o", UserID: "u"},
		{Action: "add", Organization: "p", UserID: "u"}, {Action: "add", Organization: "o", Email: "a@x"}, {Action: "add", Organization: "o", Email: "b@x"},
	}
	ids, err := db.Intend(t.Context(), run, list)
	must(t, err)
	var outcomes []Outcome
	for i, id := range ids {
		outcomes = append(outcomes, Outcome{ID: id, Result: []string{Done, Done, "failed", Done, Done, Done, Done}[i]})
	}
	must(t, db.Record(t.Context(), outcomes))
	latest, err := db.Latest(t.Context(), "add", "set_role")
	must(t, err)
	var got []int
	for _, c := range latest {
		got = append(got, c.Seq)
	}
	diff(t, "latest", []int{2, 5, 6, 7}, got)
	if none, err := db.Latest(t.Context()); err != nil || none != nil {
		t.Error("of no action:", none, err)
	}
}

func TestChangesAfterOneComeInOrder(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	if last, err := db.Last(t.Context()); err != nil || last != 0 {
		t.Error("the last of none:", last, err)
	}
	ids := append(intend(t, db, begin(t, db), 2), intend(t, db, begin(t, db), 3)...)
	if last, err := db.Last(t.Context()); err != nil || last != ids[4] {
		t.Error("the last:", last, err)
	}
	after, err := db.After(t.Context(), ids[0], 3)
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for i := range after {
		got = append(got, after[i].ID)
	}
	diff(t, "three after the first", ids[1:4], got)
}

func TestOutcomesDoNotChange(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	ids := intend(t, db, begin(t, db), 2)
	if err := db.Record(t.Context(), []Outcome{{ID: ids[0], Result: Done}}); err != nil {
		t.Fatal(err)
	}
	if err := db.Record(t.Context(), []Outcome{{ID: ids[0], Result: Done}}); err != nil {
		t.Error("the same again:", err)
	}
	err := db.Record(t.Context(), []Outcome{{ID: ids[1], Result: Done}, {ID: ids[0], Result: "failed"}})
	if err == nil || !strings.Contains(err.Error(), "recorded as done") {
		t.Error("another result:", err)
	}
	if open, err := db.Unfinished(t.Context()); err != nil || len(open) != 1 || open[0].ID != ids[1] {
		t.Error("the refused call wrote something:", open, err)
	}
	if _, err := db.Intend(t.Context(), 1, changes(1)); err != nil {
		t.Error("a refused outcome is no fault of the disk:", err)
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

func TestS23ApprovalsEndWhenDoneOrAfterADay(t *testing.T) {
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return start }})
	approve := func(a Approval) {
		t.Helper()
		if err := db.Approve(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	only := func() Approval {
		t.Helper()
		all, err := db.Approvals(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		return all[0]
	}
	a := Approval{Hash: "h", Reason: "they left", By: "root", Organization: "org_1", Keys: []string{"b", "a", `"remove" "ü"`, "b"}}
	approve(a)
	a.Keys, a.Done, a.Given, a.Expires = []string{`"remove" "ü"`, "a", "b"}, []string{}, start, start.Add(24*time.Hour)
	diff(t, "given", a, only())
	if err := db.UseApproval(t.Context(), "h", []string{"b", "a"}); err != nil {
		t.Fatal(err)
	}
	if err := db.UseApproval(t.Context(), "h", []string{`"remove" "ü"`, "other"}); !errors.Is(err, ErrNoApproval) {
		t.Error("a change that it does not cover:", err)
	}
	a.Done = []string{"a", "b"}
	diff(t, "two of three done", a, only())
	if !a.Live(start.Add(24*time.Hour-1)) || a.Live(start.Add(24*time.Hour)) {
		t.Error("it must live for 24 h, and no longer")
	}
	if err := db.UseApproval(t.Context(), "h", []string{`"remove" "ü"`}); err != nil {
		t.Fatal(err)
	}
	if got := only(); !got.Used || got.Live(start) {
		t.Error("all is done, and it is not used up")
	}
	approve(Approval{Hash: "h", Keys: []string{"a"}, Given: start.Add(time.Hour), Expires: start.Add(100 * time.Hour)})
	diff(t, "given again", Approval{Hash: "h", Keys: []string{"a"}, Done: []string{}, Given: start.Add(time.Hour), Expires: start.Add(25 * time.Hour)}, only())
	approve(Approval{Hash: "h", Keys: []string{"a"}, Expires: start.Add(time.Hour)})
	if got := only(); !got.Expires.Equal(start.Add(time.Hour)) {
		t.Error("a shorter life is not kept:", got.Expires)
	}
	if err := db.UseApproval(t.Context(), "none", nil); !errors.Is(err, ErrNoApproval) {
		t.Error("one that does not exist:", err)
	}
}

func TestHeldSetsComeBackByHash(t *testing.T) {
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return start }})
	sets := []HeldSet{
		{Hash: "0123456789abcdef", Organization: "org_1", Keys: []string{"a", "b"}, Text: []byte(`[{"action":"remove"}]`)},
		{Hash: "0123456789ffffff", Keys: []string{}, At: start.Add(-time.Hour)},
	}
	if err := db.Hold(t.Context(), 4, sets); err != nil {
		t.Fatal(err)
	}
	if err := db.Hold(t.Context(), 5, nil); err != nil {
		t.Fatal(err)
	}
	if !sets[0].At.IsZero() {
		t.Error("the caller's sets are changed")
	}
	sets[0].At, sets[0].Run, sets[1].Run = start, 4, 4
	for hash, want := range map[string]HeldSet{
		"0123456789abcdef": sets[0],
		"0123456789a":      sets[0],
		"0123456789ffffff": sets[1],
	} {
		got, err := db.Held(t.Context(), hash)
		if err != nil {
			t.Fatal(hash, err)
		}
		diff(t, hash, want, got)
	}
	for _, hash := range []string{"0123456", "0123456789b", "", "%%%%%%%%%"} {
		if _, err := db.Held(t.Context(), hash); !errors.Is(err, ErrNoHeld) {
			t.Errorf("%q: %v", hash, err)
		}
	}
	if _, err := db.Held(t.Context(), "0123456789"); err == nil || !strings.Contains(err.Error(), "several") {
		t.Error("two sets begin so:", err)
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

func TestS32RetentionKeepsWhatIsStillNeeded(t *testing.T) {
	now := start
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	ctx := t.Context()
	settle := func(ids []int64) {
		t.Helper()
		for _, id := range ids {
			if err := db.Record(ctx, []Outcome{{ID: id, Result: Done}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	run := func(age time.Duration) int64 {
		t.Helper()
		id, err := db.Begin(ctx, Run{Verb: "apply", Started: start.Add(-age)})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	const day = 24 * time.Hour
	gone, open, late, young := run(10*day), run(10*day), run(10*day), run(day)
	old := Change{Action: "add", Intended: start.Add(-10 * day)}
	var ids [][]int64
	for _, c := range []struct {
		run int64
		c   Change
	}{{gone, old}, {open, old}, {late, Change{Action: "add", Intended: start.Add(-day)}}} {
		written, err := db.Intend(ctx, c.run, []Change{c.c})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, written)
	}
	settle(ids[0])
	settle(ids[2])
	for _, a := range []Approval{
		{Hash: "expired", Keys: []string{"a"}, Given: start.Add(-10 * day)},
		{Hash: "used", Keys: []string{"a"}, Given: start.Add(-2*day - time.Hour)},
		{Hash: "unused", Keys: []string{"a"}, Given: start.Add(-2*day - time.Hour)},
		{Hash: "live", Keys: []string{"a"}},
	} {
		if err := db.Approve(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.UseApproval(ctx, "used", []string{"a"}); err != nil {
		t.Fatal(err)
	}
	if err := db.Hold(ctx, gone, []HeldSet{{Hash: "old", At: start.Add(-10 * day)}, {Hash: "new"}}); err != nil {
		t.Fatal(err)
	}
	if err := db.Pause(ctx, Pause{Since: start.Add(-100 * day), Run: gone}); err != nil {
		t.Fatal(err)
	}
	if err := db.Remember(ctx, gone, []Fact{{Kind: "missing", Key: "k", At: start.Add(-100 * day)}}, nil); err != nil {
		t.Fatal(err)
	}

	// A time of today is brought back to what the guards still count.
	if n, err := db.Prune(ctx, start); err != nil || n != 1 {
		t.Fatalf("pruned %d runs, %v; want 1", n, err)
	}
	runs, err := db.Runs(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	left := map[int64]bool{}
	for _, r := range runs {
		left[r.ID] = true
	}
	diff(t, "runs", map[int64]bool{open: true, late: true, young: true}, left)
	if c, err := db.Changes(ctx, gone); err != nil || len(c) != 0 {
		t.Error("changes of a pruned run:", c, err)
	}
	if c, err := db.Unfinished(ctx); err != nil || len(c) != 1 {
		t.Error("open intents:", c, err)
	}
	approvals, err := db.Approvals(ctx)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, a := range approvals {
		kept[a.Hash] = true
	}
	diff(t, "approvals", map[string]bool{"unused": true, "live": true}, kept)
	_, errOld := db.Held(ctx, "old")
	if _, errNew := db.Held(ctx, "new"); !errors.Is(errOld, ErrNoHeld) || errNew != nil {
		t.Error("held sets:", errOld, errNew)
	}
	pauses, errPauses := db.Pauses(ctx)
	facts, errFacts := db.Facts(ctx)
	if len(pauses) != 1 || len(facts) != 1 || errPauses != nil || errFacts != nil {
		t.Error("pauses and facts:", pauses, facts, errPauses, errFacts)
	}
	if next := run(0); slices.Max(slices.Collect(maps.Keys(left))) >= next || next <= young {
		t.Error("a number was given twice:", next)
	}
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
		{"finish no run", db.Finish(ctx, run+1, Run{}), ErrNoRun, "finish run 2 in the journal"},
		{"run", func() error { _, err := db.Run(ctx, 99); return err }(), ErrNoRun, "read run 99"},
		{"intend no run", func() error { _, err := db.Intend(ctx, 99, changes(1)); return err }(), ErrNoRun, "write intents of run 99"},
		{"public", intendOne(Change{Public: bad}), nil, "its public metadata is not JSON"},
		{"private", intendOne(Change{Private: bad}), nil, "its private metadata is not JSON"},
		{"public before", intendOne(Change{PublicBefore: bad}), nil, "its public metadata before is not JSON"},
		{"private before", intendOne(Change{PrivateBefore: bad}), nil, "its private metadata before is not JSON"},
		{"before", intendOne(Change{Before: bad}), nil, "its state before is not JSON"},
		{"after", intendOne(Change{After: json.RawMessage{}}), nil, "its state after is not JSON"},
		{"no result", db.Record(ctx, []Outcome{{ID: ids[0]}}), nil, "it has no result"},
		{"outcome before", db.Record(ctx, []Outcome{{ID: ids[0], Result: Done, Before: bad}}), nil, "its state before is not JSON"},
		{"no intent", db.Record(ctx, []Outcome{{ID: 99, Result: Done}}), nil, "change 99: there is no such intent"},
		{"no kind", db.Remember(ctx, run, []Fact{{Key: "k"}}, nil), nil, "it has no kind"},
		{"value", db.Remember(ctx, run, []Fact{{Kind: "k", Value: bad}}, nil), nil, "its value is not JSON"},
		{"no hash", db.Approve(ctx, Approval{Keys: []string{"a"}}), nil, "names no hash"},
		{"no keys", db.Approve(ctx, Approval{Hash: "h"}), nil, "or no change"},
		{"held no hash", db.Hold(ctx, run, []HeldSet{{}}), nil, "it has no hash"},
		{"held text", db.Hold(ctx, run, []HeldSet{{Hash: "h", Text: bad}}), nil, "its text is not JSON"},
		{"bind", db.Bind(ctx, ""), nil, "has no id"},
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
