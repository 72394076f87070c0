package guard

import (
	"cmp"
	"fmt"
	"slices"

	"rollcall/sync/plan"
	"rollcall/sync/roster"
	"rollcall/sync/writers"
)

// What else writes in Clerk is said before it happens (S30). Only a role migration
// and what Clerk refused before leave changes out: about everything else Clerk does
// not say whom it concerns.

// leaveMigrating leaves out what Clerk refuses while it migrates the roles of the
// organization: new members and changes of roles. Removals and metadata go on (S39).
func (o *organization) leaveMigrating() {
	for i := range o.plan.Changes {
		c := &o.plan.Changes[i]
		if c.SetsRole() && o.proposal.Organization.Migrating && (c.State != plan.Skipped || c.SkippedFor() == plan.Grace) {
			c.Skip(plan.RoleMigration)
		}
	}
	if !o.asked.Undoing { // an undo has no next run
		o.leaveRefused(plan.RoleMigration)
	}
}

// maxWriters is how many writers of an organization are told.
const maxWriters = 5

// foretell marks the changes that something else in Clerk may refuse or undo, and
// says what it is. An organization without changes is not told about in a plan.
func (o *organization) foretell() {
	list := o.compared.Plan.Writers.Of(o.plan.ID)
	if len(list) == 0 {
		return
	}
	o.plan.Writers = list
	for i := range o.plan.Changes {
		if c := &o.plan.Changes[i]; c.State != plan.Skipped {
			c.Risks = risks(list, c, o.addressesOf(c))
		}
	}
	if len(o.plan.Changes) == 0 {
		return
	}
	for i := range list[:min(maxWriters, len(list))] {
		o.noteWriter(list[i].Text())
	}
	if more := len(list) - maxWriters; more > 0 {
		o.noteWriter(fmt.Sprintf("%s in Clerk make members as well", plan.Count(more, "other setting")))
	}
}

func (o *organization) noteWriter(text string) {
	o.plan.Notes = append(o.plan.Notes, plan.Note{Kind: plan.OtherWriter, Rule: "S30", Organization: o.plan.ID, Text: text})
}

// addressesOf are the addresses by which the user of a change may sign in: those
// that they have verified, or else what the change knows.
func (o *organization) addressesOf(c *plan.Change) []string {
	if u := o.exclusions.users.Users[c.UserID]; u != nil {
		return roster.VerifiedAddresses(u)
	}
	return slices.DeleteFunc([]string{c.Email, c.UserEmail}, func(a string) bool { return cmp.Or(a, " ") == " " })
}

// risks are what writers may do about a change. A mapping resolves a role for
// anybody in its groups, whatever role they have now, so its list of roles does not
// say whom it leaves alone.
func risks(list []writers.Writer, c *plan.Change, addresses []string) plan.Risks {
	var out plan.Risks
	for i := range list {
		w := &list[i]
		switch {
		case c.Action == plan.Remove && w.MapsRoles():
			out |= plan.AddedBySync
		case c.Action == plan.Remove && w.AddsAtSignIn(addresses):
			out |= plan.ReturnsAtSignIn
		case c.Action == plan.SetRole && w.MapsRoles():
			out |= plan.MayBeManaged
		}
	}
	return out
}

// noteUnread says which lists of other writers failed. What Clerk refuses for good,
// as where the plan lacks the feature, is for check to say.
func noteUnread(p *plan.Plan) {
	if p.Writers == nil {
		return
	}
	for _, u := range p.Writers.Unread {
		if !u.Refused {
			p.Notes = append(p.Notes, plan.Note{Kind: plan.OtherWriter, Rule: "S30", Text: fmt.Sprintf(
				"could not read the %s of Clerk (%s): this plan cannot say what else adds members", u.List, u.Text)})
		}
	}
}
