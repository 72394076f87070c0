package sync

import (
	"fmt"
	"slices"
	"strings"
)

// A guard counts the changes of one kind and holds them all when there are
// too many, in one organization or in the run (S17). Guards see the very
// changes that apply sends; they mark, they never edit.

// guard is one row of the table.
type guard struct {
	name  string
	what  string // in a sentence: "removals"
	limit func(Guards) Limit
	kind  func(*Change) bool
	// admins makes the organization's admins the base instead of its members.
	admins bool
}

// guards in the order in which they speak.
var guards = []guard{
	{name: "removals", what: "removals", limit: func(g Guards) Limit { return g.Removals },
		kind: func(c *Change) bool { return c.Action == Remove }},
	{name: "admin_losses", what: "admins losing their rights", limit: func(g Guards) Limit { return g.AdminLosses }, admins: true,
		kind: func(c *Change) bool { return c.Admin == AdminLost }},
	{name: "admin_grants", what: "people becoming admin", limit: func(g Guards) Limit { return g.AdminGrants }, admins: true,
		kind: func(c *Change) bool { return c.Admin == AdminGained }},
	{name: "adds", what: "adds and invitations", limit: func(g Guards) Limit { return g.Adds },
		kind: func(c *Change) bool { return c.Action == Add || c.Action == Invite || c.Action == CreateUser }},
	{name: "role_changes", what: "role changes", limit: func(g Guards) Limit { return g.RoleChanges },
		kind: func(c *Change) bool { return c.Action == SetRole && c.Admin == "" }},
	{name: "metadata_nulls", what: "memberships losing metadata keys", limit: func(g Guards) Limit { return g.MetadataNulls },
		kind: func(c *Change) bool { return c.Nulls > 0 }},
}

// breached reports whether n of base people are too many for an organization.
func (l Limit) breached(n, base int) bool {
	if l.Half > 0 && n >= l.Half && 2*n >= base {
		return true
	}
	if n <= l.People {
		return false
	}
	return l.Percent == 0 || 100*n > l.Percent*base
}

// text is the limit as an admin reads it.
func (l Limit) text() string {
	s := fmt.Sprintf("more than %d people", l.People)
	if l.Percent > 0 {
		s = fmt.Sprintf("more than %d %% where that is over %d people", l.Percent, l.People)
	}
	if l.Half > 0 {
		s += fmt.Sprintf(", and half or more from %d people on", l.Half)
	}
	return s
}

// check holds what the organization's guards hold (S17).
func (g Guards) check(o *OrganizationPlan, changeable int, done tally) []Hold {
	var holds []Hold
	for _, guard := range guards {
		limit := guard.limit(g)
		n, before := o.countReady(guard), done.counts[guard.name]
		there, grown := changeable, done.members
		if guard.admins {
			there, grown = o.AdminsBefore, done.admins
		}
		base := there - grown // as many as there were when the window began
		if n == 0 || !limit.breached(n+before, base) {
			continue
		}
		holds = append(holds, Hold{Guard: guard.name, Rule: "S17", Organization: o.ID, Limit: limit.People, Figure: n + before, Changes: n,
			Text: fmt.Sprintf("%d %s%s%s; this guard holds %s", n+before, guard.what, earlier(before), o.base(guard, there, grown), limit.text())})
	}
	for _, h := range holds {
		o.hold(kindOf(h.Guard), fmt.Sprintf("guard %s (S17)", h.Guard))
	}
	return holds
}

// earlier says how many of a figure earlier runs made.
func earlier(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" in 24 hours (%d of them done before)", n)
}

// base says of whom a guard's figure is a part: of those who are there, or who
// were there before the last 24 hours made them grow.
func (o *OrganizationPlan) base(g guard, there, grown int) string {
	what, of := "member", " of "
	if g.admins {
		what = "admin"
	}
	text := count(max(0, there-grown), what)
	ours := !g.admins && there != o.Members
	switch {
	case grown > 0 && ours:
		text, of = text+" whom rollcall had added 24 hours ago", ", against "
	case grown > 0:
		text, of = text+" 24 hours ago", ", against "
	case ours:
		text += " whom rollcall added"
	}
	return of + text
}

func (o *OrganizationPlan) countReady(g guard) int {
	n := 0
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State == Ready && g.kind(c) {
			n++
		}
	}
	return n
}

func kindOf(name string) func(*Change) bool {
	i := slices.IndexFunc(guards, func(g guard) bool { return g.name == name })
	return guards[i].kind
}

// hold marks the ready changes of a kind; a change that two guards hold names both.
func (o *OrganizationPlan) hold(kind func(*Change) bool, why string) {
	for i := range o.Changes {
		c := &o.Changes[i]
		switch {
		case !kind(c) || c.State == Skipped:
		case c.State == Held:
			c.Why += ", " + why
		default:
			c.State, c.Why = Held, why
		}
	}
}

// heldByGuard reports whether nothing but guards holds the change: only that
// can be approved (S23).
func (c *Change) heldByGuard() bool { return c.State == Held && strings.HasPrefix(c.Why, "guard ") }

// approvedWhy is what a change says that a guard held and the admin let pass.
const approvedWhy = "approved"

// approve lifts the guards' holds of an organization when the admin approved
// exactly this set. Holds of another kind never pass (S23).
func (o *OrganizationPlan) approve(holds []Hold, approved *approvals) []Hold {
	var set []*Change
	for i := range o.Changes {
		if c := &o.Changes[i]; c.heldByGuard() {
			set = append(set, c)
		}
	}
	if len(set) == 0 {
		return holds
	}
	hash := approvalHash(set)
	if approved.allow(set) {
		for _, c := range set {
			c.State, c.Why = Ready, approvedWhy
		}
		return nil
	}
	for i := range holds {
		holds[i].Approval = hash
	}
	return holds
}

// checkRun holds a kind in every organization when the run as a whole has too
// many; approved changes do not count.
func (g Guards) checkRun(p *Plan, done tally, approved *approvals) []Hold {
	var holds []Hold
	for _, guard := range guards {
		limit := guard.limit(g)
		var set []*Change
		before := done.counts[guard.name]
		figure := before
		for _, c := range p.Changes() {
			switch {
			case !guard.kind(c) || c.Why == approvedWhy:
			case c.State == Ready:
				set = append(set, c)
				figure++
			case c.heldByGuard():
				figure++ // the source is no better for being held in one organization
			}
		}
		if limit.Run == 0 || figure <= limit.Run || len(set) == 0 {
			continue
		}
		hash := approvalHash(set)
		pass := approved.allow(set)
		for _, c := range set {
			if pass {
				c.Why = approvedWhy
				continue
			}
			c.State, c.Why = Held, ofWholeRun(guard.name)
		}
		if !pass {
			holds = append(holds, Hold{Guard: guard.name, Rule: "S17", Limit: limit.Run, Figure: figure, Changes: len(set), Approval: hash,
				Text: fmt.Sprintf("%d %s%s in all organizations; this guard holds more than %d in a run", figure, guard.what, earlier(before), limit.Run)})
		}
	}
	return holds
}
