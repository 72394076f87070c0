package guard

import (
	"fmt"

	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// A guard counts the changes of one kind and holds them all when there are
// too many, in one organization or in the run (S17). Guards see the very
// changes that apply sends; they mark, they never edit.

// guard is one row of the table.
type guard struct {
	Reason plan.Reason
	what   words
	// total are the words for the changes of the whole run, where what would count
	// people: one person may be admin of several organizations.
	total words
	limit func(policy.Guards) policy.Limit
	kind  func(*plan.Change) bool
	// admins makes the organization's admins the base instead of its members.
	admins bool
	// accounts says that the limit is for all people of the run, and not for each
	// organization: a step of the leaver ladder concerns an account.
	accounts bool
}

// words are the changes of a kind in a sentence, of one and of several.
type words struct{ one, many string }

// count is so many of them.
func (w words) count(n int) string {
	if n == 1 {
		return "1 " + w.one
	}
	return fmt.Sprintf("%d %s", n, w.many)
}

// name is the guard's name in the configuration.
func (g *guard) name() string { return g.Reason.String() }

// guards in the order in which they speak.
var guards = []guard{
	{Reason: plan.Removals, what: words{"removal", "removals"}, limit: func(g policy.Guards) policy.Limit { return g.Removals },
		kind: func(c *plan.Change) bool { return c.Action == plan.Remove }},
	{Reason: plan.AdminLosses, what: words{"person would no longer be admin", "people would no longer be admin"}, total: words{"admin loss", "admin losses"}, limit: func(g policy.Guards) policy.Limit { return g.AdminLosses }, admins: true,
		kind: func(c *plan.Change) bool { return c.Admin == plan.AdminLost }},
	{Reason: plan.AdminGrants, what: words{"person would become admin", "people would become admin"}, total: words{"admin grant", "admin grants"}, limit: func(g policy.Guards) policy.Limit { return g.AdminGrants }, admins: true,
		kind: func(c *plan.Change) bool { return c.Admin == plan.AdminGained }},
	{Reason: plan.Adds, what: words{"add or invitation", "adds and invitations"}, limit: func(g policy.Guards) policy.Limit { return g.Adds },
		kind: func(c *plan.Change) bool {
			return c.Action == plan.Add || c.Action == plan.Invite || c.Action == plan.CreateUser
		}},
	{Reason: plan.RoleChanges, what: words{"role change", "role changes"}, limit: func(g policy.Guards) policy.Limit { return g.RoleChanges },
		kind: func(c *plan.Change) bool { return c.Action == plan.SetRole && c.Admin == "" }},
	{Reason: plan.MetadataNulls, what: words{"membership would lose metadata keys", "memberships would lose metadata keys"}, limit: func(g policy.Guards) policy.Limit { return g.MetadataNulls },
		kind: func(c *plan.Change) bool { return c.Nulls > 0 }},
	{Reason: plan.EndedSessions, what: words{"person would be signed out everywhere", "people would be signed out everywhere"}, limit: func(g policy.Guards) policy.Limit { return g.EndSessions }, accounts: true,
		kind: func(c *plan.Change) bool { return c.Action == plan.EndSessions && c.From == "" }}, // else the guard of removals counts
	{Reason: plan.RevokedAPIKeys, what: words{"person would lose all API keys", "people would lose all API keys"}, limit: func(g policy.Guards) policy.Limit { return g.RevokeAPIKeys }, accounts: true,
		kind: func(c *plan.Change) bool { return c.Action == plan.RevokeAPIKeys }},
	{Reason: plan.LockedOrBanned, what: words{"person would be locked or banned", "people would be locked or banned"}, limit: func(g policy.Guards) policy.Limit { return g.LockOrBan }, accounts: true,
		kind: func(c *plan.Change) bool { return c.Action == plan.Lock || c.Action == plan.Ban }},
}

// limits are the guards of an organization that count too many (S17).
func limits(o *organization) []finding {
	done := o.asked.History.tallyOf(o.plan.ID)
	return overLimits(o.Config.Guards, o.plan, o.changeable(o.plan, done), done)
}

// overLimits finds the changes that the limits of an organization hold. A
// change counts when nothing holds it, or nothing but a limit.
func overLimits(g policy.Guards, o *plan.Organization, changeable base, done tally) []finding {
	var found []finding
	for _, guard := range guards {
		limit := guard.limit(g)
		n, before := countReady(o, guard), done.counts[guard.name()]
		there, grown := changeable.today, changeable.grown
		if guard.admins {
			there, grown = o.AdminsBefore, done.admins
		}
		base := there - grown // as many as there were when the window began
		if n == 0 || !limit.Breached(n+before, base) {
			continue
		}
		found = append(found, finding{reason: guard.Reason, concerns: guard.kind, hold: plan.Hold{Limit: limit.People, Figure: n + before, Changes: n,
			Text: guard.what.count(n) + limitText(o, guard, limit, n, before, there, grown)}})
	}
	return found
}

// earlierText says how many earlier runs did, which count as well.
func earlierText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", after %d in the last 24 hours", n)
}

// limitText says of whom n changes are a part, how many earlier runs made, and
// which limit both together breach. What is not compared is not said.
func limitText(o *plan.Organization, g guard, limit policy.Limit, n, before, there, grown int) string {
	base, of, earlier := there-grown, baseText(o, g, there, grown), earlierText(before)
	text := limit.Text(n+before, base)
	switch {
	case limit.Percent == 0 && limit.Half == 0:
		return earlier + "; " + text
	case grown > 0 && base <= 0:
		return fmt.Sprintf("%s%s, so %d or more wait", earlier, of, limit.From())
	case grown > 0:
		return earlier + of + shareText(n+before, base, limit.Percent) + "; " + text
	}
	return of + earlier + shareText(n+before, base, limit.Percent) + "; " + text
}

// shareText is how many percent n of base people are. More than all of them are no
// part, and a percentage would read as a mistake. So would one that is rounded down to
// the limit that it breaches.
func shareText(n, base, limit int) string {
	if n > base {
		return ""
	}
	over := ""
	if 100*n/base == limit && 100*n > limit*base {
		over = "over "
	}
	return fmt.Sprintf(" (%s%d %%)", over, 100*n/base)
}

// baseText says which members or admins a figure is compared with: those of
// today, or those before the last 24 hours.
func baseText(o *plan.Organization, g guard, there, grown int) string {
	what, of := "member", g.of()
	if g.admins {
		what = "admin"
	}
	text := plan.Count(there-grown, what)
	part := !g.admins && there != o.Members
	ours := part && (o.Foreign == 0 || there == o.Ours)
	switch {
	case grown > 0 && there <= grown:
		return allNewText(there, what)
	case there == grown && g.Reason == plan.Adds:
		return " to an organization without members"
	case grown > 0 && ours:
		of = ", and 24 hours ago rollcall had added "
	case grown > 0 && part:
		of = ", and 24 hours ago rollcall could change "
	case grown > 0 && there-grown == 1:
		of = ", and 24 hours ago there was "
	case grown > 0:
		of = ", and 24 hours ago there were "
	case ours:
		text += " that rollcall added"
	case part:
		text += " that rollcall may change"
	}
	return of + text
}

// of leads from the changes to the people whom they are a part of. New people are no
// part of those who are there.
func (g *guard) of() string {
	switch g.Reason {
	case plan.Adds:
		return " to "
	case plan.AdminLosses, plan.MetadataNulls:
		return ", of " // after a verb
	default:
		return " of "
	}
}

// allNewText says that there was nobody 24 hours ago.
func allNewText(there int, what string) string {
	switch there {
	case 0:
		return "; there are no " + what + "s now"
	case 1:
		return "; the only " + what + " is new in the last 24 hours"
	}
	return fmt.Sprintf("; all %d %ss are new in the last 24 hours", there, what)
}

// countReady counts the ready changes of a guard's kind.
func countReady(o *plan.Organization, g guard) int {
	n := 0
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State == plan.Ready && g.kind(c) {
			n++
		}
	}
	return n
}
