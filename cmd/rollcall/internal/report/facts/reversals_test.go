package facts

import (
	"testing"

	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// The headline of an undo says how many changes were asked for, how many were undone,
// and why the others were not.
func TestS25HeadlineCountsWhatWasNotUndone(t *testing.T) {
	one := func(user string, left plan.LeftReason) plan.Reversed {
		return plan.Reversed{Organization: "org_a", UserID: user, Changes: 1, Left: left}
	}
	change := func(user string, state plan.State) plan.Change {
		return plan.Change{Action: plan.Add, Organization: "org_a", UserID: user, State: state, Why: map[plan.State]string{plan.Skipped: "protected (S19)"}[state]}
	}
	both := plan.Reversed{Organization: "org_a", UserID: "u1", Changes: 2}
	for name, x := range map[string]struct {
		reversed []plan.Reversed
		changes  []plan.Change
		outcomes map[string]apply.Result // nil is a plan
		want     string
		done     int
	}{
		"no undo":         {nil, nil, nil, "", 0},
		"one":             {[]plan.Reversed{one("u1", "")}, []plan.Change{change("u1", plan.Ready)}, map[string]apply.Result{"u1": apply.Done}, "1 change undone.", 1},
		"all of a plan":   {[]plan.Reversed{both}, []plan.Change{change("u1", plan.Ready)}, nil, "All 2 changes would be undone.", 2},
		"none":            {[]plan.Reversed{one("u1", plan.LeftGone)}, nil, map[string]apply.Result{}, "0 of 1 change undone. 1 not: 1 no longer in the directory.", 0},
		"by reason":       {[]plan.Reversed{one("u1", plan.LeftGone), one("u2", plan.LeftGone), one("u3", plan.LeftChanged), one("u4", "")}, []plan.Change{change("u4", plan.Ready)}, map[string]apply.Result{"u4": apply.Done}, "1 of 4 changes undone. 3 not: 2 no longer in the directory, 1 changed since.", 1},
		"waits":           {[]plan.Reversed{one("u1", "")}, []plan.Change{change("u1", plan.Held)}, map[string]apply.Result{}, "0 of 1 change undone. 1 not: 1 waiting.", 0},
		"skipped":         {[]plan.Reversed{one("u1", "")}, []plan.Change{change("u1", plan.Skipped)}, nil, "0 of 1 change would be undone. 1 not: 1 protected (S19).", 0},
		"failed":          {[]plan.Reversed{one("u1", "")}, []plan.Change{change("u1", plan.Ready)}, map[string]apply.Result{"u1": apply.Failed}, "0 of 1 change undone. 1 not: 1 failed.", 0},
		"not sent":        {[]plan.Reversed{one("u1", "")}, []plan.Change{change("u1", plan.Ready)}, map[string]apply.Result{}, "0 of 1 change undone. 1 not: 1 not sent.", 0},
		"left out late":   {[]plan.Reversed{one("u1", "")}, []plan.Change{change("u1", plan.Ready)}, map[string]apply.Result{"u1": apply.Dropped}, "0 of 1 change undone. 1 not: 1 left out.", 0},
		"was so already":  {[]plan.Reversed{one("u1", "")}, []plan.Change{change("u1", plan.Ready)}, map[string]apply.Result{"u1": apply.Found}, "1 change undone.", 1},
		"in part":         {[]plan.Reversed{one("u1", plan.LeftChanged)}, []plan.Change{change("u1", plan.Ready)}, map[string]apply.Result{"u1": apply.Done}, "0 of 1 change undone. 1 not: 1 undone in part, the rest changed since.", 0},
		"account created": {[]plan.Reversed{one("u1", ""), one("u1", plan.LeftAccount)}, []plan.Change{change("u1", plan.Ready)}, map[string]apply.Result{"u1": apply.Done}, "1 of 2 changes undone. 1 not: 1 created an account, which undo does not delete.", 1},
	} {
		t.Run(name, func(t *testing.T) {
			made := &plan.Plan{Organizations: []plan.Organization{{ID: "org_a", Changes: x.changes}}, Reversed: x.reversed}
			r := &sync.Report{Plan: made, Applied: x.outcomes != nil}
			for i := range x.changes {
				if result := x.outcomes[x.changes[i].UserID]; result != "" {
					r.Outcomes = append(r.Outcomes, apply.Outcome{Change: x.changes[i], Result: result})
				}
			}
			n := ReversalsOf(r)
			if n.String() != x.want || n.Done != x.done {
				t.Errorf("got  %s (%d)\nwant %s (%d)", n.String(), n.Done, x.want, x.done)
			}
		})
	}
}

// Every reason has words.
func TestEachReasonToLeaveAChangeHasWords(t *testing.T) {
	for _, left := range []plan.LeftReason{plan.LeftGone, plan.LeftDisabled, plan.LeftNotToday, plan.LeftDenied, plan.LeftOtherAccount, plan.LeftChanged, plan.LeftBack,
		plan.LeftNoMember, plan.LeftAsBefore, plan.LeftUnclear, plan.LeftForgotten, plan.LeftAccount, plan.LeftForeign, plan.LeftUnread} {
		if leftWords[left] == "" {
			t.Errorf("%s has no words", left)
		}
	}
}
