package guard

import (
	"cmp"
	"fmt"
	"slices"

	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// checkRun holds a kind in every organization when the run as a whole has too
// many; approved changes do not count.
func checkRun(g policy.Guards, p *plan.Plan, done tally, approved *Approvals) []plan.Hold {
	var holds []plan.Hold
	for _, guard := range guards {
		limit := guard.limit(g)
		var set []*plan.Change
		before := done.before(&guard, p)
		figure := before
		for _, c := range p.Changes() {
			switch {
			case !guard.kind(c) || c.Approved:
			case c.State == plan.Ready:
				set = append(set, c)
				figure++
			case c.HeldByGuard():
				figure++ // the source is no better for being held in one organization
			}
		}
		if set = guard.tooMany(limit, figure, done.people, set, p); len(set) == 0 {
			continue
		}
		hash := plan.ApprovalHash(p.Instance.ID, set)
		pass := approved.allow(hash, set)
		for _, c := range set {
			if pass {
				c.Approve()
				continue
			}
			c.Hold(guard.Reason.OfRun())
		}
		if !pass {
			admins := countAdmins(set)
			h := plan.NewHold(guard.Reason.OfRun(), "", fmt.Sprintf("%s in all organizations%s; more than %d in a run wait%s", cmp.Or(guard.total, guard.what).count(figure-before), earlierText(before), limit.Run, adminsAmong(admins)))
			if guard.accounts {
				limit.Run, h.Text = limit.People, guard.accountsText(limit, figure, before, done.people, set)
			}
			h.Limit, h.Figure, h.Changes, h.Approval = limit.Run, figure, len(set), hash
			holds = append(holds, h)
		}
	}
	return holds
}

// countAdmins is how many of the changes make an admin; 0 where all do, which
// their kind says.
func countAdmins(set []*plan.Change) int {
	n := 0
	for _, c := range set {
		if c.Admin == plan.AdminGained {
			n++
		}
	}
	if n == len(set) {
		return 0
	}
	return n
}

// tooMany are the changes of a set that wait, if so many are too many for a run: all or
// none. For steps of the leaver ladder, these are at least those that ask.
func (g *guard) tooMany(limit policy.Limit, figure, people int, set []*plan.Change, p *plan.Plan) []*plan.Change {
	switch {
	case g.accounts:
		g.noteAsks(p)
		if limit.Breached(figure, people) {
			return set
		}
		return slices.DeleteFunc(set, func(c *plan.Change) bool { return !c.Asks })
	case limit.Run == 0 || figure <= limit.Run:
		return nil
	}
	return set
}
