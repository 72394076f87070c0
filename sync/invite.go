package sync

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
)

// People without a Clerk user are invited where missing_users says so. An
// invitation is known by its organization and its folded address while it is
// pending; it carries the marker, which Clerk moves on to the membership when
// it is accepted (S01). Who has left has theirs revoked, if it is ours.

// perHour is how many invitations Clerk allows in an hour.
const perHour = 250

// takeInvitations files the pending invitations by organization and address.
func (st *state) takeInvitations(list []clerkapi.Invitation) {
	byID := st.byID()
	for i := range list {
		inv := &list[i]
		o := byID[inv.OrganizationID]
		email, err := source.FoldEmail(inv.Email)
		if o == nil || err != nil {
			continue
		}
		if o.invited == nil {
			o.invited = map[string]*clerkapi.Invitation{}
		}
		o.invited[email] = inv
	}
}

// invite decides about somebody whom no user answers. It reports whether they
// are invited, or have been.
func (d *desirer) invite(o *organizationState, w *want, out *Desired, f *findings) bool {
	p := w.person
	if d.config.MissingUsers != MissingInvite || p.Email == "" || p.notUser() != "" {
		return false
	}
	if !d.domains[domainOf(p.Email)] {
		f.note("S07", p.Email, p.Label()+": not invited, since email_domains does not list the domain")
		return true
	}
	if inv := o.invited[p.Email]; inv != nil {
		f.note("", p.Email, fmt.Sprintf("%s: invited as %s, which is pending; %s", p.Label(), inv.Role, w.because()))
		out.Invited[p.Email] = true
		return true
	}
	id := p.identity()
	out.Invite = append(out.Invite, Want{Email: p.Email, Name: p.FullName(), Source: id.source, ID: id.id,
		Role: w.role, Public: w.public, Private: w.private, Because: w.because()})
	return true
}

func domainOf(email string) string { return email[strings.LastIndex(email, "@")+1:] }

func domainSet(domains []string) map[string]bool {
	out := map[string]bool{}
	for _, d := range domains {
		if folded, err := source.FoldEmail("x@" + d); err == nil {
			out[domainOf(folded)] = true
		}
	}
	return out
}

// keepInvited keeps the invitations of people who may be wanted: of anybody
// who has the address, and of those whom the read cannot show (S04, S10).
func (d *desirer) keepInvited(o *organizationState, wants []want, out *Desired) {
	if len(o.invited) == 0 {
		return
	}
	for i := range wants {
		for _, e := range wants[i].person.emails() {
			out.Invited[e] = true
		}
	}
	known := map[identity]bool{}
	for _, name := range o.names {
		for _, id := range d.known[name] {
			known[id] = true
		}
	}
	for email, inv := range o.invited {
		if m := parseMarker(inv.Private); m != nil && known[m.identity()] {
			out.Invited[email] = true
		}
	}
}

// diffInvitations compares who is to be invited with what is pending.
func diffInvitations(want Desired, o *organizationState, have Actual, config Config) []Change {
	var changes []Change
	for _, w := range want.Invite {
		c := addition(w, have)
		c.Action = Invite
		changes = append(changes, c)
	}
	if config.Removals == RemovalsNone {
		return changes
	}
	for _, email := range slices.Sorted(maps.Keys(o.invited)) {
		inv := o.invited[email]
		m := parseMarker(inv.Private)
		if want.Invited[email] || m == nil || m.Owner != have.Owner {
			continue
		}
		changes = append(changes, Change{Action: RevokeInvitation, Organization: o.ID, InvitationID: inv.ID, Email: email, Source: m.Source, ID: m.ID,
			From: inv.Role, Because: "nothing leads here for the address any more", State: Ready})
	}
	return changes
}

// ration leaves the invitations for a later run that Clerk's hour has no room
// for: the highest rule first, as they stand in the plan.
func (r *Reconciler) ration(p *Plan, sent int) {
	left := max(0, perHour-sent)
	for _, c := range p.Changes() {
		if c.Action != Invite || c.State != Ready {
			continue
		}
		if left--; left < 0 {
			c.State, c.Why = Skipped, fmt.Sprintf(hourIsFull+" %d invitations in an hour; a later run sends it", perHour)
		}
	}
}

// invitedSince counts the invitations of the last hour.
func (p *past) invitedSince(t time.Time) int {
	n := 0
	for _, at := range p.invited {
		if at.After(t) {
			n++
		}
	}
	return n
}

// whom names the one a change is about: the user, or the address of somebody
// who has none.
func (c *Change) whom() string { return cmp.Or(c.UserID, c.Email) }

// newInvitation is the invitation that a change asks for.
func (r *Reconciler) newInvitation(c *Change) clerkapi.NewInvitation {
	s := r.config.Invitations
	inv := clerkapi.NewInvitation{Email: c.Email, Role: c.To, Public: c.Public.raw(), Private: c.Private.raw(),
		RedirectURL: s.RedirectURL, ExpiresInDays: s.ExpiresInDays, InviterUserID: s.Inviter}
	if !s.Notify {
		inv.Notify = &s.Notify
	}
	return inv
}
