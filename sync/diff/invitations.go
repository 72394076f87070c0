package diff

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// placeNewcomer decides about a person without a user. It reports whether
// nothing else has to be said.
func (d *desirer) placeNewcomer(o *roster.Organization, w *assign.Entitlement, out *desired, f *Findings) bool {
	p := w.Person
	inv := o.Invited[p.Email]
	switch {
	case p.Email == "" || p.NotUser() != "":
		return false
	case inv != nil && d.markRenewal(o, w, inv, out):
	case inv != nil:
		f.Note("", p.Email, fmt.Sprintf("%s: invitation as %s is pending (%s)", p.Label(), inv.Role, w.Because()))
		return true
	case d.config.MissingUsers != policy.MissingInvite && d.config.MissingUsers != policy.MissingCreate:
		return false
	case !d.have.InvitationsRead:
		f.Note("S39", p.Email, fmt.Sprintf("%s: %s, because the pending invitations could not be read: they may have one", p.Label(), d.omission()))
		return true
	}
	if !d.domains[policy.DomainOf(p.Email)] {
		f.Note("S07", p.Email, fmt.Sprintf("%s: %s, because the domain is not in email_domains", p.Label(), d.omission()))
		delete(out.renew, p.Email)
		return true
	}
	if d.config.MissingUsers == policy.MissingCreate {
		if why := d.whyNotCreated(p); why != "" {
			f.Note("S03", p.Email, p.Label()+": no account created, because "+why)
			return true
		}
		d.noteUnprovenAddress(p, f)
		out.create = append(out.create, newcomerOf(w))
		return true
	}
	if why := d.whyNotInvited(o.ID, p.Email); inv == nil && why != "" {
		f.Note("", p.Email, p.Label()+": "+why)
		return true
	}
	if at := w.InvitedAt(d.now, d.config, d.memory); inv == nil && !at.IsZero() {
		f.Note("S28", p.Email, fmt.Sprintf("%s: starts today; the invitation goes out from %s on (invitations.first_day_from)", p.Label(), (&source.Period{Start: at}).FirstDay()))
		return true
	}
	out.invite = append(out.invite, newcomerOf(w))
	return true
}

// omission says what is not done for somebody of another domain.
func (d *desirer) omission() string {
	if d.config.MissingUsers == policy.MissingCreate {
		return "no account created"
	}
	return "not invited"
}

// whyNotCreated says why a person gets no account; empty if they do. A reserved
// address identifies nobody: without an id in the marker or an external_id, the next
// run would not know whose the account is (S03).
func (d *desirer) whyNotCreated(p *directory.Person) string {
	if user := d.people.Reserved[p.Email]; user != "" {
		return d.whyReserved(user)
	}
	if d.config.Create.Address == policy.AddressReserved && p.ID == "" && p.ExternalID == "" {
		return "with create.address: reserved, the source must have a stable id or an external_id of this person: a reserved address identifies nobody"
	}
	return ""
}

// whyReserved says for whom an account has an address reserved, and what to do about it:
// Clerk gives the address to no second account.
func (d *desirer) whyReserved(user string) string {
	why := "no history says that rollcall created it for this id"
	if d.memory != nil {
		if id, ok := d.memory.CreatedFor[user]; ok {
			why = fmt.Sprintf("rollcall created it for the id %s of source %s", id.ID, id.Source)
		}
	}
	return fmt.Sprintf("account %s has the address reserved, nobody has proven it, and %s; if nobody needs that account, delete it in Clerk, and the next run creates one for this person", user, why)
}

// noteUnprovenAddress says that somebody has written down the address of a user to be
// created: it proves nothing, and creating takes it from them (S03).
func (d *desirer) noteUnprovenAddress(p *directory.Person, f *Findings) {
	switch {
	case !d.people.Unproven[p.Email]:
	case d.config.Create.Address == policy.AddressReserved:
		f.Note("S03", p.Email, p.Label()+": another Clerk account has this address but has not verified it; the address is reserved for the new account")
	default:
		f.Note("S03", p.Email, p.Label()+": another Clerk account has this address but has not verified it; the new account gets the address")
	}
}

// newcomerOf is the desired member for a person without a user.
func newcomerOf(w *assign.Entitlement) desiredMember {
	p := w.Person
	id := p.DirectoryID()
	return desiredMember{email: p.Email, name: p.FullName(), first: p.FirstName, last: p.LastName, externalID: p.ExternalID,
		source: id.Source, id: id.ID, role: w.Role, public: w.Public, private: w.Private, because: w.Because(), rank: assign.PriorityOf(w)}
}

// markRenewal marks a pending invitation of ours to be sent again because the
// directory has changed since (when_changed). It reports whether it did.
func (d *desirer) markRenewal(o *roster.Organization, w *assign.Entitlement, inv *clerkapi.Invitation, out *desired) bool {
	m := d.config.Marker(inv.Private)
	if d.config.MissingUsers != policy.MissingInvite || d.config.Invitations.WhenChanged != policy.ChangedRenew || !m.OwnedBy(d.config.Owner) {
		return false
	}
	id := w.Person.DirectoryID()
	private := plan.Merge(map[string]any{plan.MarkerKey: plan.Marker{Owner: d.config.Owner, Source: id.Source, ID: id.ID}.Object()}, w.Private)
	is := plan.Decode(inv.Private)
	is[plan.MarkerKey] = m.Object()
	public, _, _ := plan.Patch(w.Public, plan.Decode(inv.Public))
	secret, _, _ := plan.Patch(private, is)
	differs := roleByMode(w.Mode, w.Role, inv.Role, d.have.Roles) != inv.Role || len(public)+len(secret) > 0
	if !differs || d.memory.RenewedLately(o.ID, w.Person.Email, d.now) {
		return false
	}
	if out.renew == nil {
		out.renew = map[string]bool{}
	}
	out.renew[w.Person.Email] = true
	return true
}

// keepInvited keeps the invitations of people that may be wanted: people that
// have the address and are no members yet, and people that the read cannot
// show (S04, S10).
func (d *desirer) keepInvited(o *roster.Organization, wants []assign.Entitlement, out *desired) {
	if len(o.Invited) == 0 {
		return
	}
	for i := range wants {
		p := wants[i].Person
		member := p.UserID != "" && p.MatchedBy != directory.ByIdentifier && o.Member(p.UserID) != nil
		for _, e := range p.Addresses() {
			out.invited[e] = out.invited[e] || !member
		}
	}
	known := map[plan.DirectoryID]bool{}
	for _, name := range o.Names {
		for _, id := range d.known[name] {
			known[d.have.Markers.Same.Of(id)] = true
		}
	}
	for email, inv := range o.Invited {
		if m := d.config.Marker(inv.Private); m != nil && known[d.have.Markers.Same.Of(m.DirectoryID())] {
			out.invited[email] = true
		}
	}
}

// diffInvitations compares the people without a user with the pending
// invitations.
func diffInvitations(want desired, o *roster.Organization, have actual, config policy.Config) []plan.Change {
	var changes []plan.Change
	for _, w := range want.invite {
		c := addition(w, have)
		c.Action = plan.Invite
		changes = append(changes, c)
	}
	for _, w := range want.create {
		c := addition(w, have)
		c.Action, c.FirstName, c.LastName, c.ExternalID = plan.CreateUser, w.first, w.last, w.externalID
		c.ReservesAddress = config.Create.Address == policy.AddressReserved
		changes = append(changes, c)
	}
	for _, email := range slices.Sorted(maps.Keys(o.Invited)) {
		inv := o.Invited[email]
		m := config.Marker(inv.Private)
		why := "" // the directory says it, see explainLosses
		switch {
		case !m.OwnedBy(have.owner):
			continue
		case want.renew[email]:
			why = "the role or metadata have changed, so a new invitation is sent (when_changed: renew)"
		case want.invited[email]:
			continue
		case isWanted(want.invited, email):
			why = "the account with this address is a member already"
		}
		changes = append(changes, plan.Change{Action: plan.RevokeInvitation, Organization: o.ID, InvitationID: inv.ID, Email: email, Source: m.Source, ID: m.ID,
			From: inv.Role, Because: why, State: plan.Ready, Replaced: want.renew[email]})
	}
	return changes
}

// isWanted reports whether the address belongs to a person that the rules want
// here.
func isWanted(invited map[string]bool, email string) bool {
	_, ok := invited[email]
	return ok
}

// whyNotInvited says why somebody who was invited before is not invited now;
// empty when they are.
func (d *desirer) whyNotInvited(organization, email string) string {
	if d.memory == nil {
		return ""
	}
	f, ok := d.memory.Invitations[memory.InvitationKey(organization, email)]
	s := d.config.Invitations
	if !ok || f.Refused != "" && s.ResendAfter == 0 {
		return ""
	}
	since, what := f.Expires, "the invitation expired on "+onDay(f.Expires)
	switch {
	case f.Refused != "":
		since, what = f.At, fmt.Sprintf("Clerk refused the invitation on %s (%s)", onDay(f.At), f.Refused)
	case d.now.Before(f.Expires):
		return fmt.Sprintf("was invited on %s, but somebody revoked the invitation in Clerk; not invited again", onDay(f.At))
	}
	again := since.Add(s.ResendAfter)
	switch {
	case s.ResendAfter == 0:
		return what + "; not sent again (invitations.resend_after is not set)"
	case f.Sent > s.ResendMost:
		return fmt.Sprintf("%s; sent %s, the limit of invitations.resend_most", what, plan.Count(f.Sent, "time"))
	case d.memory.Clock.Wrong != "":
		return fmt.Sprintf("%s; not sent again, because %s (S28)", what, d.memory.Clock.Wrong)
	case d.now.Before(again):
		return fmt.Sprintf("%s; will be sent again after %s", what, again.UTC().Format("2006-01-02 15:04Z"))
	}
	return ""
}

func onDay(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// keepUntilStart keeps the member whose start date is ahead. Nobody is added
// before that date (S28).
func (d *desirer) keepUntilStart(o *roster.Organization, w *assign.Entitlement, out *desired) {
	if user := w.Person.UserID; user != "" && o.Member(user) != nil {
		out.keep[user] = true
	}
}
