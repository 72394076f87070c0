package journal

import (
	"errors"
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
