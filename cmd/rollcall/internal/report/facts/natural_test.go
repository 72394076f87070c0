package facts

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rollcall/sync/plan"
)

// People are listed as people count, within what happens to them, and the plan is left as
// it is.
func TestPeopleAreListedInNaturalOrder(t *testing.T) {
	o := &plan.Organization{Changes: []plan.Change{{Action: plan.Add, Email: "neu1@x"}, {Action: plan.Add, Email: "neu10@x"}, {Action: plan.Add, Email: "neu2@x"},
		{Action: plan.Add, Email: "neu3@x", Admin: plan.AdminGained}, {Action: plan.Remove, Email: "neu11@x"}, {Action: plan.Remove, Email: "neu9@x"}}}
	var got []string
	for _, c := range Shown(o) {
		got = append(got, c.Email)
	}
	if want := []string{"neu3@x", "neu1@x", "neu2@x", "neu10@x", "neu9@x", "neu11@x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if o.Changes[1].Email != "neu10@x" {
		t.Error("the plan itself was changed")
	}
}

func TestCompareNatural(t *testing.T) {
	sorted := []string{"", "7", "007", "10", "a", "a1", "a1b", "a2", "a02", "a10", "b"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := compareNatural(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
	text := rapid.StringMatching(`[a0-2]{0,4}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := text.Draw(t, "a"), text.Draw(t, "b"), text.Draw(t, "c")
		if compareNatural(a, b) != -compareNatural(b, a) || (compareNatural(a, b) == 0) != (a == b) {
			t.Errorf("%q and %q", a, b)
		}
		if compareNatural(a, b) < 0 && compareNatural(b, c) < 0 && compareNatural(a, c) >= 0 {
			t.Errorf("%q, %q, %q", a, b, c)
		}
	})
}
