package diff

import (
	"fmt"
	"slices"

	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
)

// explainRoles says of each change to a role, unless it makes an admin, why the person
// does not have the former role any more. The rule that gives the new role does not
// say it.
func explainRoles(proposals []*Proposal, dir *directory.Directory, a *assign.Assignments) {
	people := map[plan.DirectoryID]*directory.Person{}
	each := func(visit func(d *Proposal, c *plan.Change)) {
		for _, d := range proposals {
			for i := range d.Changes {
				if c := &d.Changes[i]; c.Action == plan.SetRole && c.Admin != plan.AdminGained {
					visit(d, c)
				}
			}
		}
	}
	each(func(_ *Proposal, c *plan.Change) { people[idOf(c)] = nil })
	if len(people) == 0 {
		return
	}
	dir.FindPeople(people)
	groups := dir.GroupsOf(people)
	each(func(d *Proposal, c *plan.Change) {
		if e := a.Exceptions().EndedIn(c.Organization, c.UserID, idOf(c)); e != nil && e.Role == c.From {
			return // the end of the exception is the reason
		}
		p := people[idOf(c)]
		c.Because += "; " + d.whyRoleIsLost(a, c.From, groups[p], d.Expired[p] != nil)
	})
}

// whyRoleIsLost says why the rules do not give a role to a person who is in some groups.
func (d *Proposal) whyRoleIsLost(a *assign.Assignments, role string, in []string, expired bool) string {
	var without []string
	var with *assign.Grant // the first of those that the person has
	rows := false
	for _, g := range a.Grants {
		switch {
		case g.Role != role || !slices.Contains(d.Organization.AllNames(), g.Organization):
		case slices.Contains(in, g.Group):
			if with == nil || g.Compare(with) < 0 {
				with = g
			}
		case g.Group == "":
			rows = true
		default:
			without = append(without, g.Group)
		}
	}
	switch {
	case with != nil && expired:
		return fmt.Sprintf("%s by rule %d: %s has ended", role, with.Rule, with.Group)
	case with != nil:
		return fmt.Sprintf("takes precedence over %s by rule %d: %s", role, with.Rule, with.Group)
	case len(without) > 0:
		slices.Sort(without)
		if without = slices.Compact(without); len(without) > 1 {
			return fmt.Sprintf("not in %s, which give %s", firstNames(without), role)
		}
		return fmt.Sprintf("not in %s, which gives %s", without[0], role)
	}
	if rows {
		return fmt.Sprintf("no row gives this person %s here", role)
	}
	return fmt.Sprintf("no rule gives %s here", role)
}
