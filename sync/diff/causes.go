package diff

import (
	"fmt"
	"strings"

	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
)

// losses are the removals and revocations of all proposals, with what the sources
// say of the people now.
type losses struct {
	*assign.Assignments
	*directory.Directory
	people map[plan.DirectoryID]*directory.Person
	groups map[*directory.Person][]string
}

// explainLosses gives each removal its cause from the directory, and each
// revocation that has none yet.
func explainLosses(proposals []*Proposal, dir *directory.Directory, a *assign.Assignments) {
	x := losses{Assignments: a, Directory: dir, people: map[plan.DirectoryID]*directory.Person{}}
	each := func(visit func(d *Proposal, c *plan.Change)) {
		for _, d := range proposals {
			for i := range d.Changes {
				switch c := &d.Changes[i]; {
				case c.Action == plan.Remove && c.ID != "", c.Action == plan.RevokeInvitation && c.Because == "":
					visit(d, c)
				}
			}
		}
	}
	each(func(_ *Proposal, c *plan.Change) { x.people[idOf(c)] = nil })
	delete(x.people, plan.DirectoryID{}) // of an invitation without an id
	if len(x.people) > 0 {
		dir.FindPeople(x.people)
		x.groups = dir.GroupsOf(x.people)
	}
	each(func(d *Proposal, c *plan.Change) {
		c.Cause, c.Because = x.causeOf(d, c)
		if c.Action == plan.Remove {
			d.markDisabled(c.UserID, x.people[idOf(c)])
		}
	})
}

func idOf(c *plan.Change) plan.DirectoryID { return plan.DirectoryID{Source: c.Source, ID: c.ID} }

// causeOf says why a person that we added or invited is no longer wanted.
func (x *losses) causeOf(d *Proposal, c *plan.Change) (plan.Cause, string) {
	p := x.people[idOf(c)]
	switch {
	case p != nil && d.hasLeft(p):
		return d.causeOfEnd(p)
	case c.Action == plan.RevokeInvitation:
		return plan.NoRule, "no rule or row adds this address here any more"
	case p != nil && x.Exclusions.From(d.Organization.Names, p) != "":
		return plan.Moved, x.Exclusions.From(d.Organization.Names, p)
	case p != nil && x.HasRows(c.Source):
		return plan.Moved, fmt.Sprintf("moved: %s is in another organization", p.Origin)
	case p != nil:
		return plan.Moved, "moved: now in " + listed(x.groups[p]) + x.notIn(d, c, ", which does not lead here")
	}
	cause, because := x.causeOfAbsent(d, c)
	if cause != plan.Moved {
		c.LastSeen = x.Memory.LastSeen(c)
	}
	return cause, because + lastSeen(c)
}

// notIn names the groups that lead here, in which the person is not; without one
// it is the given text.
func (x *losses) notIn(d *Proposal, c *plan.Change, otherwise string) string {
	sameIDs := func(source string) bool {
		return x.Same.Of(plan.DirectoryID{Source: source, ID: c.ID}) == x.Same.Of(idOf(c))
	}
	groups := x.GroupSizes.LeadingTo(d.Organization.Names, sameIDs)
	if len(groups) == 0 {
		return otherwise
	}
	if last := len(groups) - 1; last > 0 && last < namedMembers {
		groups = []string{strings.Join(groups[:last], ", ") + " or " + groups[last]}
	}
	return ", not in " + firstNames(groups)
}

// lastSeen says when a run last found the person in the directory.
func lastSeen(c *plan.Change) string {
	if c.LastSeen.IsZero() {
		return ""
	}
	return ", was there " + c.LastSeen.UTC().Format("2006-01-02 15:04Z")
}

// causeOfEnd says why somebody counts no more whom the source has.
func (d *Proposal) causeOfEnd(p *directory.Person) (plan.Cause, string) {
	cause, why := plan.Disabled, p.Disabled
	switch {
	case p.Disabled == "":
		cause, why = plan.Ended, d.Expired[p].Ended()
	case p.Ended:
		cause = plan.Ended
	}
	return cause, fmt.Sprintf("%s: %s", p.Origin, why)
}

// causeOfAbsent says of somebody who was not read what the source knows, and no
// more than that.
func (x *losses) causeOfAbsent(d *Proposal, c *plan.Change) (plan.Cause, string) {
	file, groups, standing := x.Elsewhere(idOf(c))
	switch {
	case standing == directory.NotInFile:
		return plan.Left, "left: no row in " + file + " any more"
	case standing == directory.NotChosen:
		return plan.Left, "left: no row in " + file + " any more that where chooses"
	case standing == directory.InFile && groups == "":
		return plan.Moved, "moved: in no group of " + file
	case standing == directory.InFile:
		return plan.Moved, "moved: now in " + groups + x.notIn(d, c, ", which no rule uses")
	}
	return plan.LeftOrMoved, fmt.Sprintf("left or moved: not in any group of source %s that a rule uses", c.Source)
}

// listed names the first of some groups.
func listed(groups []string) string {
	if len(groups) == 0 {
		return "another group"
	}
	return firstNames(groups)
}
