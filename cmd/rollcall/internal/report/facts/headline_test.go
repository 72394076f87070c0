package facts

import (
	"testing"

	"rollcall/sync"
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
