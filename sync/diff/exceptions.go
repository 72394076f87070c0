package diff

import (
	"rollcall/sync/assign"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// modeOf is how a role that was set by hand is treated. A role that a grant gave, and
// that is over, was not set by hand: the rules decide it again (S27).
func (d *desirer) modeOf(o *roster.Organization, w *assign.Entitlement, m *roster.Member) policy.RolesMode {
	switch {
	case w.Granted() != nil:
		return policy.RolesExact
	case d.assigned.Exceptions().None():
		return w.Mode
	}
	if e := d.assigned.Exceptions().EndedIn(o.ID, m.UserID, w.Person.DirectoryIDs()...); e != nil && e.Role == m.Role {
		return policy.RolesExact
	}
	return w.Mode
}

// explainExceptions gives what an exception takes its reason: a deny, or a grant that
// is over. There is no time of grace for it (S29). What the directory says of a leaver
// or a disabled account stands above the end of a grant.
func explainExceptions(proposals []*Proposal, a *assign.Assignments) {
	if a.Exceptions().None() {
		return
	}
	for _, d := range proposals {
		for i := range d.Changes {
			c := &d.Changes[i]
			loses := c.Action == plan.Remove || c.Action == plan.RevokeInvitation
			ended := a.Exceptions().EndedIn(c.Organization, c.UserID, idOf(c))
			switch denied := a.Exceptions().DeniedIn(c.Organization, c.UserID, idOf(c)); {
			case loses && denied != nil:
				c.Cause, c.Because = plan.Denied, denied.Text()
				d.noGrace(c.UserID)
			case ended == nil:
			case loses:
				if c.Cause != plan.Left && c.Cause != plan.Disabled {
					c.Cause, c.Because = plan.Ended, ended.EndText()
				}
				d.noGrace(c.UserID)
			case c.Action == plan.SetRole && c.From == ended.Role:
				c.Because += "; " + ended.EndText()
			}
		}
	}
}

// givenToOther reports whether the entry of a grant leads to another account today than
// to the one that whoever granted has seen: people may write their own address (S01, S43).
func (d *desirer) givenToOther(w *assign.Entitlement) bool {
	e, p := w.Granted(), w.Person
	if e == nil || p.Account() != "" {
		return false
	}
	return e.UserID != "" && p.UserID != "" && e.UserID != p.UserID || !p.MatchedBy.ByID() && p.Email != e.Address
}
