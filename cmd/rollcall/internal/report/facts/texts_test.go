package facts

import (
	"slices"
	"testing"

	"rollcall/sync"
	"rollcall/sync/plan"
)

// A source that shrank stands above the figures that follow from it; the others keep their
// order.
func TestHoldTextsBeginWithASourceThatShrank(t *testing.T) {
	t.Parallel()
	got := HoldTexts([]plan.Hold{plan.NewHold(plan.Removals, "org_1", "9 removals"), plan.NewHold(plan.AdminLosses, "org_1", "2 admins"), plan.NewHold(plan.SourceShrink, "org_1", "41 to 32")})
	if want := []string{"41 to 32 (source shrink, S17)", "9 removals (removals, S17)", "2 admins (admin losses, S17)"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// The title of what waits says how many of those who would leave have another
// organization: they stay in one, or join one by the same plan.
func TestTitlesSayWhoHasAnotherOrganization(t *testing.T) {
	t.Parallel()
	leave := func(user string, stays bool) plan.Change {
		return plan.Change{Action: plan.Remove, Organization: "org_a", UserID: user, State: plan.Held, Stays: stays}
	}
	join := plan.Change{Action: plan.Add, Organization: "org_b", UserID: "user_joins", State: plan.Ready}
	skipped := join
	skipped.State = plan.Skipped
	for name, x := range map[string]struct {
		leave []plan.Change
		join  plan.Change
		want  string
	}{
		"nobody":                 {[]plan.Change{leave("user_1", false), leave("user_2", false)}, join, "acme: 2 people would leave"},
		"one":                    {[]plan.Change{leave("user_1", false), leave("user_joins", false)}, join, "acme: 2 people would leave (1 of them has another organization)"},
		"all":                    {[]plan.Change{leave("user_2", true), leave("user_joins", false)}, join, "acme: 2 people would leave (all of them have another organization)"},
		"some":                   {[]plan.Change{leave("user_1", false), leave("user_2", true), leave("user_joins", false)}, join, "acme: 3 people would leave (2 of them have another organization)"},
		"a join that is skipped": {[]plan.Change{leave("user_joins", false)}, skipped, "acme: 1 person would leave"},
	} {
		made := &plan.Plan{Organizations: []plan.Organization{{ID: "org_a", Slug: "acme", Changes: x.leave}, {ID: "org_b", Slug: "beta", Changes: []plan.Change{x.join}}},
			Holds: []plan.Hold{plan.NewHold(plan.MissingGroup, "org_a", "missing")}}
		_, blocks := New(&sync.Report{Plan: made}, Options{}).Blocks()
		if len(blocks) != 1 {
			t.Fatalf("%s: %d blocks", name, len(blocks))
		}
		if blocks[0].Title != x.want {
			t.Errorf("%s: %q, want %q", name, blocks[0].Title, x.want)
		}
	}
}
