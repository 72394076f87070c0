package facts

import (
	"strings"
	"testing"

	"rollcall/sync"
	"rollcall/sync/plan"
)

// A list of what waits begins with whoever becomes admin (S43) and goes on with
// who loses access, so that a list that is cut shows them.
func TestS43WhoComesFirstInWhatWaits(t *testing.T) {
	change := func(a plan.Action, user string, e plan.AdminEffect) plan.Change {
		return plan.Change{Action: a, UserID: user, Organization: "org_a", Admin: e, State: plan.Held}
	}
	made := &plan.Plan{Organizations: []plan.Organization{{ID: "org_a", Slug: "acme", Changes: []plan.Change{
		change(plan.Add, "joins", ""), change(plan.SetRole, "admin", plan.AdminGained), change(plan.Remove, "leaves", ""), change(plan.Remove, "too", ""),
	}}}, Holds: []plan.Hold{{Organization: "org_a", Reason: plan.MissingGroup}}}
	_, blocks := New(&sync.Report{Plan: made}, Options{}).Blocks()
	if len(blocks) != 1 || len(blocks[0].Parts) != 1 {
		t.Fatalf("%+v", blocks)
	}
	var users []string
	for _, c := range Shown(&blocks[0].Parts[0]) {
		users = append(users, c.UserID)
	}
	if got := strings.Join(users, " "); got != "admin leaves too joins" {
		t.Error(got)
	}
	if made.Organizations[0].Changes[0].UserID != "joins" {
		t.Error("the plan itself has another order now")
	}
}

// A source that shrank is looked at before anything is approved.
func TestStepsBeginWithASourceThatShrank(t *testing.T) {
	for reason, want := range map[plan.Reason]string{
		plan.SourceShrink: "1. look at the source: it has far fewer people than before; if that is wrong, correct it and approve nothing; 2. rollcall approve asks about",
		plan.Removals:     "1. rollcall approve asks about",
	} {
		change := plan.Change{Action: plan.Remove, UserID: "user_1", Organization: "org_a", State: plan.Ready}
		change.Hold(reason)
		made := &plan.Plan{Organizations: []plan.Organization{{ID: "org_a", Slug: "acme", Changes: []plan.Change{change}}},
			Holds: []plan.Hold{{Organization: "org_a", Reason: reason, Approval: strings.Repeat("a", 64), Changes: 1}}}
		if got := New(&sync.Report{Plan: made}, Options{Kept: true}).Next(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", reason, got)
		}
	}
}
