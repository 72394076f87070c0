package journal

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"
)

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

// Runs for a changed file or directory, or for a program, that changed nothing go after two days. All others
// stay as long as is configured.
func TestS32RunsThatChangedNothing(t *testing.T) {
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return start }})
	const day = 24 * time.Hour
	kept := map[int64]bool{}
	for _, c := range []struct {
		age                  time.Duration
		summary, outcome     string
		changes, open, stays bool
	}{
		{3 * day, `{"by":"root","why":"directory"}`, "done", false, false, false},
		{3 * day, `{"why":"file"}`, "done", false, false, false},
		{3 * day, `{"by":"root","why":"request","part":true}`, "done", false, false, false},
		{1 * day, `{"why":"request"}`, "done", false, false, true},
		{3 * day, `{"why":"request"}`, "done", true, false, true},
		{1 * day, `{"why":"directory"}`, "done", false, false, true},
		{3 * day, `{"why":"schedule"}`, "done", false, false, true},
		{3 * day, `{"why":"directory"}`, "held", false, false, true},
		{3 * day, `{"why":"directory"}`, "failed", false, false, true},
		{3 * day, `{"why":"directory"}`, "done", true, false, true},
		{3 * day, `{"why":"directory"}`, "done", true, true, true},
		{3 * day, `{"by":"\"why\":\"file\""}`, "done", false, false, true},
		{3 * day, "{}", "done", false, false, true},
	} {
		id, err := db.Begin(t.Context(), Run{Verb: "serve", Started: start.Add(-c.age), Summary: []byte(c.summary)})
		if err != nil {
			t.Fatal(err)
		}
		if c.changes {
			ids, err := db.Intend(t.Context(), id, []Change{{Action: "add", Intended: start.Add(-c.age)}})
			if err == nil && !c.open {
				err = db.Record(t.Context(), []Outcome{{ID: ids[0], Result: Done}})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Finish(t.Context(), id, Run{Outcome: c.outcome, Summary: []byte(c.summary)}); err != nil {
			t.Fatal(err)
		}
		if c.stays {
			kept[id] = true
		}
	}
	if n, err := db.Prune(t.Context(), start.Add(-400*day)); err != nil || n != 3 {
		t.Errorf("pruned %d runs, %v; want 3", n, err)
	}
	runs, err := db.Runs(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	left := map[int64]bool{}
	for _, r := range runs {
		left[r.ID] = true
	}
	diff(t, "runs", kept, left)
}
