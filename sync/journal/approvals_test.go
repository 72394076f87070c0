package journal

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

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
		{Hash: "0123456789abcdef0123456789abcdefab01", Organization: "org_1", Keys: []string{"a", "b"}, Text: []byte(`[{"action":"remove"}]`)},
		{Hash: "0123456789abcdef0123456789abcdefff01", Keys: []string{}, At: start.Add(-time.Hour)},
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
		"0123456789abcdef0123456789abcdefab01": sets[0],
		"0123456789abcdef0123456789abcdefa":    sets[0],
		"0123456789abcdef0123456789abcdefff01": sets[1],
	} {
		got, err := db.Held(t.Context(), hash)
		if err != nil {
			t.Fatal(hash, err)
		}
		diff(t, hash, want, got)
	}
	for _, hash := range []string{"0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdefb", "", "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"} {
		if _, err := db.Held(t.Context(), hash); !errors.Is(err, ErrNoHeld) {
			t.Errorf("%q: %v", hash, err)
		}
	}
	if _, err := db.Held(t.Context(), "0123456789abcdef0123456789abcdef"); err == nil || !strings.Contains(err.Error(), "several") {
		t.Error("two sets begin so:", err)
	}
}

// While a set is held, one value that changes in every run adds one set each
// time: only the last few are kept, and none that an approval could not reach.
func TestHeldSetsDoNotFillTheJournal(t *testing.T) {
	t.Parallel()
	now := start
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	hold := func(hash, organization string) {
		t.Helper()
		if err := db.Hold(t.Context(), 0, []HeldSet{{Hash: hash, Organization: organization, Keys: []string{"a"}}}); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (n int) {
		t.Helper()
		if err := db.store.pool.QueryRowContext(t.Context(), "SELECT count(*) FROM held").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	hold("of another", "org_2")
	for i := range 100 {
		now = now.Add(time.Minute)
		hold(fmt.Sprintf("set %d", i), "org_1")
		hold("steady", "org_1")
	}
	if n := count(); n != keptSets+1 {
		t.Errorf("%d sets", n)
	}
	for _, hash := range []string{"of another", "steady", "set 99", "set 91"} {
		if _, err := db.Held(t.Context(), hash); err != nil {
			t.Error(err)
		}
	}
	now = now.Add(ApprovalLife)
	if _, err := db.Held(t.Context(), "steady"); !errors.Is(err, ErrNoHeld) {
		t.Error("an old set:", err)
	}
	hold("new", "org_3")
	if n := count(); n != 1 {
		t.Errorf("%d sets a day later", n)
	}
}

// What waits is what the newest plan showed, not what any plan ever did (S23).
func TestS23WaitingIsWhatTheNewestPlanShowed(t *testing.T) {
	now := start
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	ctx := t.Context()
	set := func(hash, organization string) HeldSet {
		return HeldSet{Hash: hash, Organization: organization, Keys: []string{hash}}
	}
	step := func(what string, err error, want ...string) {
		t.Helper()
		must(t, err)
		sets, err := db.Waiting(ctx)
		must(t, err)
		have := []string{}
		for _, s := range sets {
			have = append(have, s.Hash)
		}
		diff(t, what, append([]string{}, want...), have)
		now = now.Add(time.Minute)
	}
	step("no plan", nil)
	step("a plan of one organization", db.Hold(ctx, 0, []HeldSet{set("a", "org_1")}), "a")
	step("all", db.HoldAll(ctx, []HeldSet{set("b", "org_1"), set("c", "org_2"), set("r1", ""), set("r2", "")}), "b", "c", "r1", "r2")
	step("one again", db.Hold(ctx, 0, []HeldSet{set("d", "org_1")}), "c", "r1", "r2", "d")
	step("an undo", db.Hold(ctx, 7, []HeldSet{set("u", "org_1")}), "c", "r1", "r2", "d", "u")
	step("the undo again", db.Hold(ctx, 7, []HeldSet{set("v", "org_2")}), "c", "r1", "r2", "d", "v")
	step("all again", db.HoldAll(ctx, []HeldSet{set("c", "org_2")}), "v", "c")
	step("nothing waits", db.HoldAll(ctx, nil), "v")
	step("and what was shown can still be named", func() error { _, err := db.Held(ctx, "b"); return err }(), "v")
	now = now.Add(ApprovalLife)
	step("a day later", nil)
}

// Several sets are approved together, or none of them.
func TestS23SeveralSetsAreApprovedTogether(t *testing.T) {
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return start }})
	if err := db.Approve(t.Context(), Approval{Hash: "a", Keys: []string{"k"}}, Approval{Hash: "b"}); err == nil {
		t.Error("one has no changes")
	}
	if _, err := db.pool.ExecContext(t.Context(), "CREATE TRIGGER refuse BEFORE INSERT ON approvals WHEN NEW.hash = 'b' BEGIN SELECT RAISE(ABORT, 'no'); END"); err != nil {
		t.Fatal(err)
	}
	both := []Approval{{Hash: "a", Keys: []string{"k"}}, {Hash: "b", Keys: []string{"l"}}}
	if err := db.Approve(t.Context(), both...); err == nil {
		t.Error("the second cannot be written")
	}
	if all, err := db.Approvals(t.Context()); err != nil || len(all) != 0 {
		t.Error("half is approved:", all, err)
	}
	if _, err := db.pool.ExecContext(t.Context(), "DROP TRIGGER refuse"); err != nil {
		t.Fatal(err)
	}
	must(t, db.Approve(t.Context(), both...))
	if all, err := db.Approvals(t.Context()); err != nil || len(all) != 2 {
		t.Error("both:", all, err)
	}
}
