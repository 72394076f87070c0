package guard

import (
	"fmt"

	"rollcall/sync/plan"
)

// matchSaved limits the plan to what a saved one contains too (S24). Without
// AllowSubset the two must want the same; else everything is held. So it is
// where the saved plan is of another instance (S41).
func matchSaved(p *plan.Plan, asked Request) {
	if asked.Saved == nil {
		return
	}
	saved, held := changeKeys(asked.Saved, asked.Part)
	var extra, ready []*plan.Change
	for o, c := range p.Changes() {
		if c.State != plan.Ready || !asked.Part.Covers(o, c) {
			continue
		}
		ready = append(ready, c)
		// What the saved plan showed as held may go now that it is approved.
		if !saved[c.Key()] && (!held[c.Key()] || !c.Approved) {
			extra = append(extra, c)
		}
		delete(saved, c.Key())
	}
	if of := asked.Saved.Instance; of.ID != "" && of.ID != p.Instance.ID {
		holdOutdated(p, ready, fmt.Sprintf("the saved plan is for the %s, but the key belongs to the %s; make a new plan (S41)", of, p.Instance))
		return
	}
	if asked.Subset {
		for _, c := range extra {
			c.Skip(plan.NotInSavedPlan)
		}
		return
	}
	if len(extra) == 0 && len(saved) == 0 {
		return
	}
	holdOutdated(p, ready, fmt.Sprintf(
		"the saved plan is out of date: %s already done or no longer planned, %s new; make a new plan, or apply what both plans contain with --allow-subset",
		countIs(len(saved), "of its changes"), countIs(len(extra), "of the new plan")))
}

// holdOutdated holds all changes that are ready, whatever the saved plan has.
func holdOutdated(p *plan.Plan, ready []*plan.Change, why string) {
	for _, c := range ready {
		c.Hold(plan.OutdatedPlan)
	}
	h := plan.NewHold(plan.OutdatedPlan, "", why)
	h.Changes = len(ready)
	p.Holds = append(p.Holds, h)
}

// countIs is "1 of … is" or "2 of … are".
func countIs(n int, of string) string {
	if n == 1 {
		return "1 " + of + " is"
	}
	return fmt.Sprintf("%d %s are", n, of)
}

// changeKeys are the changes of the asked-for part that are ready, and those held.
func changeKeys(p *plan.Plan, run plan.Part) (ready, held map[string]bool) {
	ready, held = map[string]bool{}, map[string]bool{}
	for o, c := range p.Changes() {
		switch {
		case !run.Covers(o, c):
		case c.State == plan.Ready:
			ready[c.Key()] = true
		case c.State == plan.Held:
			held[c.Key()] = true
		}
	}
	return ready, held
}
