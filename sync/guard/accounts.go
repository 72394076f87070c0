package guard

import (
	"fmt"
	"slices"

	"rollcall/sync/diff"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// The steps of the leaver ladder stand in a section of their own, which belongs to no
// organization. Their limits are those of a run (run.go).

// judgeAccounts leaves out the steps against protected people, all of them while
// everything is paused, and those about the sessions in an organization that is paused
// (S19, S25). In an undo, the section has a proposal, and the rules
// of an organization judge it.
func (t *evidence) judgeAccounts(p *plan.Plan, asked Request) {
	o := p.Accounts()
	if o == nil || asked.Undoing {
		return
	}
	pause(&organization{evidence: t, plan: o})
	for i := range o.Changes {
		switch c := &o.Changes[i]; {
		case c.State != plan.Ready:
		case t.exclusions.Protect.Has(t.exclusions.ProvenNames(c)...):
			c.Skip(plan.Protected)
		case c.From != "" && t.compared.Memory.PausedBy(c.From) != nil:
			c.Skip(plan.Paused)
		}
	}
}

// noteAsks marks the steps of a kind that need an approval of their own, because a
// removal before them does, or did: what approves a removal approves no step (S23). Steps
// that do not go today are marked too: the removal may be history when they go.
func (g *guard) noteAsks(p *plan.Plan) {
	removals := p.Removals()
	for _, c := range p.Changes() {
		if !g.kind(c) {
			continue
		}
		for _, removal := range removals[c.UserID] {
			c.Asks = c.Asks || removal.Approved || removal.HeldByGuard()
		}
	}
}

// accountsText says why steps of the leaver ladder wait.
func (g *guard) accountsText(limit policy.Limit, figure, before, people int, set []*plan.Change) string {
	if !limit.Breached(figure, people) {
		return g.what.count(len(set)) + "; the removal needs an approval, and so does this"
	}
	return fmt.Sprintf("%s, of %s that rollcall manages%s; %s", g.what.count(figure-before), plan.People(people), earlierText(before), limit.Text(figure, people))
}

// isUnbanned reports whether an undo unbans a user. The accounts are judged first.
func (t *evidence) isUnbanned(user string) bool {
	accounts := t.compared.Plan.Accounts()
	if accounts == nil {
		return false
	}
	for i := range accounts.Changes {
		if c := &accounts.Changes[i]; c.Action == plan.Unban && c.UserID == user && c.State == plan.Ready {
			return true
		}
	}
	return false
}

// tieSteps lets each step wait for the removals of the user, which the whole plan
// has: the account is not touched as long as a membership is left, whether the removal
// waits or the part of the plan that is sent leaves it out. A step that only a guard
// holds stays so, because it can be approved together with the removal.
func tieSteps(p, whole *plan.Plan) {
	o := p.Accounts()
	if o == nil {
		return
	}
	removals, sent := whole.Removals(), p.Removals()
	for i := range o.Changes {
		c := &o.Changes[i]
		if c.State != plan.Ready || !c.Action.ClosesAccount() {
			continue
		}
		for _, removal := range removals[c.UserID] {
			if !c.DependsOn(removal) || removal.State == plan.Ready && hasRemoval(sent[c.UserID], removal) {
				continue
			}
			c.Follow(removal, plan.LeaverWaits, whole.LabelOf(removal.Organization))
			if removal.State == plan.Ready { // it is not in this part of the plan
				c.State = plan.Skipped
			}
			break
		}
	}
}

// hasRemoval reports whether a list has a removal from the organization of another.
func hasRemoval(list []*plan.Change, removal *plan.Change) bool {
	return slices.ContainsFunc(list, func(c *plan.Change) bool { return c.Organization == removal.Organization })
}

// managed counts the people whom rollcall may remove, those with our marker or all
// members, and the leavers whom it has removed already.
func (r *Judge) managed(by *diff.Comparison, closed map[string]map[string]bool) int {
	accounts := by.Plan.Accounts()
	if accounts == nil {
		return 0 // nobody asks
	}
	users := by.Have.UsersOf(func(m *roster.Member) bool {
		return r.Config.Removals == policy.RemovalsAll || m.Marker.OwnedBy(r.Config.Owner)
	})
	for i := range accounts.Changes {
		users[accounts.Changes[i].UserID] = struct{}{}
	}
	for _, earlier := range closed {
		for user := range earlier {
			users[user] = struct{}{}
		}
	}
	return len(users)
}
