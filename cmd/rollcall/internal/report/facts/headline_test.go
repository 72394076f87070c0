package facts

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// Somebody who moves is not said to wait when half of it happens in this run.
func TestHeadlineOfMoves(t *testing.T) {
	for name, x := range map[string]struct {
		leave, join plan.State
		want        string
	}{
		"now":                         {plan.Ready, plan.Ready, "Nobody loses access. 1 person moves."},
		"waits":                       {plan.Held, plan.Held, "Nobody loses access. 1 person would move (waits)."},
		"joins first":                 {plan.Held, plan.Ready, "Nobody loses access. 1 person moves: joins now, leaving waits."},
		"leaves first":                {plan.Ready, plan.Held, "1 person loses access. For 1 of them, joining elsewhere waits."},
		"the removal is skipped":      {plan.Skipped, plan.Ready, "Nobody loses access. 1 person joins. 1 change skipped."},
		"the new place is left aside": {plan.Ready, plan.Skipped, "1 person loses access. 1 change skipped."},
	} {
		t.Run(name, func(t *testing.T) {
			made := &plan.Plan{Organizations: []plan.Organization{
				{ID: "org_a", Changes: []plan.Change{{Action: plan.Remove, UserID: "user_1", Organization: "org_a", State: x.leave}}},
				{ID: "org_b", Changes: []plan.Change{{Action: plan.Add, UserID: "user_1", Organization: "org_b", State: x.join}}},
			}}
			if got := New(&sync.Report{Plan: made}, Options{}).Headline(); got != x.want {
				t.Errorf("got  %s\nwant %s", got, x.want)
			}
		})
	}
}

// What was done to one person is said of one person, and of two of two.
func TestHeadlineOfOneAndOfSeveral(t *testing.T) {
	for _, x := range []struct {
		c         plan.Change
		one, both string
	}{
		{plan.Change{Action: plan.Invite}, "1 person was invited.", "2 people were invited."},
		{plan.Change{Action: plan.Adopt}, "1 person was adopted.", "2 people were adopted."},
		{plan.Change{Action: plan.SetRole, Admin: plan.AdminLost}, "1 person is no longer admin.", "2 people are no longer admin."},
		{plan.Change{Action: plan.Remove, Stays: true}, "1 person left one organization and stays in another.", "2 people left one organization and stay in another."},
		{plan.Change{Action: plan.Add}, "1 person joined.", "2 people joined."},
	} {
		for n, want := range []string{1: x.one, 2: x.both} {
			r := &sync.Report{Plan: &plan.Plan{Organizations: []plan.Organization{{ID: "org_a"}}}, Applied: true}
			for i := range n {
				c := x.c
				c.Organization, c.State, c.UserID, c.Email = "org_a", plan.Ready, fmt.Sprint("user_", i), fmt.Sprint(i, "@corp.example")
				r.Plan.Organizations[0].Changes = append(r.Plan.Organizations[0].Changes, c)
				r.Outcomes = append(r.Outcomes, apply.Outcome{Change: c, Result: apply.Done})
			}
			if got := New(r, Options{}).Headline(); n > 0 && !strings.Contains(got, want) {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}
