package diff

import (
	"fmt"

	"rollcall/sync/identity"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// removalDecided reports whether a reviewer decided to remove a member.
func removalDecided(o *roster.Organization, m *roster.Member) bool {
	d := o.Decisions[m.UserID]
	return d != nil && d.Remove
}

// noteDecisions says which decisions to remove have no effect, and why.
func (d *desirer) noteDecisions(o *roster.Organization, want *desired, f *Findings) {
	gone := 0
	for _, by := range o.UnmatchedDecisions {
		switch why := identity.Mismatch(o, by); {
		case identity.LeftAlready(o, by):
			gone++
		case identity.Outgrown(o, by, d.people):
			f.Outgrown = append(f.Outgrown, fmt.Sprintf("%s says remove for %s, but account %s %s: nothing was changed; decide again in a new review, or delete the row", by.Origin, o.Member(by.UserID).Email(), by.UserID, why))
		default:
			f.Note("", by.Email, fmt.Sprintf("%s says remove for account %s, but it %s: decide again in a new review", by.Origin, by.UserID, why), by.UserID)
		}
	}
	for user, by := range o.Decisions {
		m := o.Member(user)
		w, wanted := want.people[user]
		switch {
		case !by.Remove:
		case d.config.Removals == policy.RemovalsNone:
			f.Note("", m.Email(), fmt.Sprintf("%s says remove for account %s, but removals: none removes nobody", by.Origin, user), user)
		case wanted:
			f.Note("", w.email, fmt.Sprintf("%s says remove for %s, but %s adds this person again: remove the person from that group or row first, or change the rule", by.Origin, w.email, w.because))
		case !want.keep[user]: // goes
		case m.Marker != nil && m.Marker.Owner != d.config.Owner:
			f.Note("S26", m.Email(), fmt.Sprintf("%s says remove for account %s, but its marker names the owner %q: not changed", by.Origin, user, m.Marker.Owner), user)
		default:
			f.Note("", m.Email(), fmt.Sprintf("%s says remove for account %s, but a rule leads here for it, or rollcall cannot tell whose account it is: not changed; run rollcall explain %s", by.Origin, user, user), user)
		}
	}
	if gone > 0 {
		f.Note("", "", fmt.Sprintf("a review says remove for %s who left before", plan.Count(gone, "member")))
	}
}

// explainDecisions gives the removals that a reviewer decided their reason.
// They get no time of grace (S29).
func (d *Proposal) explainDecisions() {
	for i := range d.Changes {
		c := &d.Changes[i]
		if by := d.Organization.Decisions[c.UserID]; c.Action == plan.Remove && by != nil && by.Remove {
			c.Because, c.Cause = fmt.Sprintf("%s: the access review says remove", by.Origin), plan.Reviewed
			d.noGrace(c.UserID)
		}
	}
}
