package diff

import (
	"fmt"
	"slices"

	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// keepInGrace skips removals of missing people until the time of grace is
// over, and demotes them in the meantime if demote_first is set.
func (r *Differ) keepInGrace(proposals []*Proposal, st *roster.Roster, m *memory.Memory) {
	if r.Config.Grace == 0 {
		return
	}
	for _, d := range proposals {
		var demotions []plan.Change
		for i := range d.Changes {
			c := &d.Changes[i]
			if c.Action != plan.Remove || d.disabledUsers[c.UserID] {
				continue
			}
			until := r.graceLeft(c, m)
			if until == "" {
				continue
			}
			c.Skip(plan.Grace, until)
			if less, ok := r.demotion(c, st.Roles); ok {
				demotions = append(demotions, less)
			}
		}
		d.Changes = append(d.Changes, demotions...)
		slices.SortFunc(d.Changes, plan.CompareChanges)
	}
}

// graceLeft says until when a removal waits; empty when it is due.
func (r *Differ) graceLeft(c *plan.Change, m *memory.Memory) string {
	if m == nil {
		return "; without a state directory rollcall cannot tell when it ends (S29)"
	}
	left := r.Config.Grace - m.MissingFor(c, r.Now())
	switch {
	case m.Clock.Wrong != "":
		return fmt.Sprintf(", which is stopped because %s (S28)", m.Clock.Wrong)
	case left > 0:
		return fmt.Sprintf(" until %s (S29)", r.Now().Add(left).UTC().Format("2006-01-02 15:04Z"))
	}
	return ""
}

// demotion is the change to a lesser role for somebody in grace.
func (r *Differ) demotion(c *plan.Change, roles roster.Roles) (plan.Change, bool) {
	to := r.Config.DemoteFirst
	if to == "" || !roles.AtLeast(c.From, to) || roles.AtLeast(to, c.From) {
		return plan.Change{}, false
	}
	less := *c
	less.Action, less.To, less.Admin, less.State, less.Why, less.Reasons = plan.SetRole, to, roles.Effect(c.From, to), plan.Ready, "", 0
	less.Because = c.Because + "; demoted for the grace period (demote_first)"
	return less, true
}
