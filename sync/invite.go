package sync

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/clerkapi"
	"rollcall/source"
)

// People without a Clerk user are invited, or get a user, where missing_users
// says so. An invitation is known by its organization and its folded address
// while it is pending; it carries the marker, which Clerk moves on to the
// membership when it is accepted (S01). Who has left has theirs revoked, if it
// is ours.

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

// newcomer decides about somebody whom no user answers. It reports whether
// that was all there is to say.
func (d *desirer) newcomer(o *organizationState, w *want, out *Desired, f *findings) bool {
	p := w.person
	inv := o.invited[p.Email]
	switch {
	case p.Email == "" || p.notUser() != "":
		return false
	case inv != nil && d.renews(o, w, inv, out):
	case inv != nil:
		f.note("", p.Email, fmt.Sprintf("%s: invited as %s, which is pending; %s", p.Label(), inv.Role, w.because()))
		return true
	case d.config.MissingUsers != MissingInvite && d.config.MissingUsers != MissingCreate:
		return false
	}
	if !d.domains[domainOf(p.Email)] {
		f.note("S07", p.Email, fmt.Sprintf("%s: %s, since email_domains does not list the domain", p.Label(), d.left()))
		delete(out.Renew, p.Email)
		return true
	}
	if d.config.MissingUsers == MissingCreate {
		d.noteClaim(p, f)
		out.Create = append(out.Create, newcomerWant(w))
		return true
	}
	if why := d.sentBefore(o.ID, p.Email); inv == nil && why != "" {
		f.note("", p.Email, p.Label()+": "+why)
		return true
	}
	out.Invite = append(out.Invite, newcomerWant(w))
	return true
}

// left says what does not happen to somebody of another domain.
func (d *desirer) left() string {
	if d.config.MissingUsers == MissingCreate {
		return "no user created"
	}
	return "not invited"
}

// noteClaim says that somebody has written down the address of a user to be
// created: it proves nothing, and creating takes it from them (S03).
func (d *desirer) noteClaim(p *person, f *findings) {
	if d.now.unproven[p.Email] {
		f.note("S03", p.Email, p.Label()+": another user holds the address unverified, which proves nothing; the new user gets it")
	}
}

// newcomerWant is what is wanted of somebody without a user.
func newcomerWant(w *want) Want {
	p := w.person
	id := p.identity()
	return Want{Email: p.Email, Name: p.FullName(), First: p.FirstName, Last: p.LastName, ExternalID: p.ExternalID,
		Source: id.source, ID: id.id, Role: w.role, Public: w.public, Private: w.private, Because: w.because(), rank: rankOf(w)}
}

// renews reports whether a pending invitation of ours is to be sent anew,
// because it is not what the directory wants by now (when_changed).
func (d *desirer) renews(o *organizationState, w *want, inv *clerkapi.Invitation, out *Desired) bool {
	m := d.config.markerOf(inv)
	if d.config.MissingUsers != MissingInvite || d.config.Invitations.WhenChanged != ChangedRenew || m == nil || m.Owner != d.config.Owner {
		return false
	}
	id := w.person.identity()
	private := mergeLower(map[string]any{markerKey: Marker{d.config.Owner, id.source, id.id}.object()}, w.private)
	is := decodeObject(inv.Private)
	is[markerKey] = m.object()
	public, _, _ := patch(w.public, decodeObject(inv.Public))
	secret, _, _ := patch(private, is)
	differs := d.roleByMode(w, inv.Role) != inv.Role || len(public)+len(secret) > 0
	if !differs || d.memory.renewedLately(o.ID, w.person.Email, d.at) {
		return false
	}
	if out.Renew == nil {
		out.Renew = map[string]bool{}
	}
	out.Renew[w.person.Email] = true
	return true
}

// markerOf reads the marker of an invitation, with the source's present name.
func (c *Config) markerOf(inv *clerkapi.Invitation) *Marker {
	m := parseMarker(inv.Private)
	if m == nil {
		return nil
	}
	if now, ok := c.Renamed[m.Source]; ok && m.Owner == c.Owner {
		renamed := *m
		renamed.Source = now
		return &renamed
	}
	return m
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
// who has the address and is no member yet, and of those whom the read cannot
// show (S04, S10).
func (d *desirer) keepInvited(o *organizationState, wants []want, out *Desired) {
	if len(o.invited) == 0 {
		return
	}
	for i := range wants {
		p := wants[i].person
		member := p.userID != "" && p.join != joinIdentifier && o.member(p.userID) != nil
		for _, e := range p.emails() {
			out.Invited[e] = out.Invited[e] || !member
		}
	}
	known := map[identity]bool{}
	for _, name := range o.names {
		for _, id := range d.known[name] {
			known[d.state.marked.same.of(id)] = true
		}
	}
	for email, inv := range o.invited {
		if m := d.config.markerOf(inv); m != nil && known[d.state.marked.same.of(m.identity())] {
			out.Invited[email] = true
		}
	}
}

// diffInvitations compares who is to come with what is pending.
func diffInvitations(want Desired, o *organizationState, have Actual, config Config) []Change {
	var changes []Change
	for _, w := range want.Invite {
		c := addition(w, have)
		c.Action = Invite
		changes = append(changes, c)
	}
	for _, w := range want.Create {
		c := addition(w, have)
		c.Action, c.FirstName, c.LastName, c.ExternalID = CreateUser, w.First, w.Last, w.ExternalID
		changes = append(changes, c)
	}
	for _, email := range slices.Sorted(maps.Keys(o.invited)) {
		inv := o.invited[email]
		m := config.markerOf(inv)
		why := "nothing leads here for the address any more"
		switch {
		case m == nil || m.Owner != have.Owner:
			continue
		case want.Renew[email]:
			why = renewed
		case config.Removals == RemovalsNone || want.Invited[email]:
			continue
		case isWanted(want.Invited, email):
			why = "whoever has the address is a member already"
		}
		changes = append(changes, Change{Action: RevokeInvitation, Organization: o.ID, InvitationID: inv.ID, Email: email, Source: m.Source, ID: m.ID,
			From: inv.Role, Because: why, State: Ready})
	}
	return changes
}

// isWanted reports whether the address is somebody's whom the rules want here.
func isWanted(invited map[string]bool, email string) bool {
	_, ok := invited[email]
	return ok
}

// renewed is the reason of a revocation that an invitation follows.
const renewed = "role or metadata have changed; a new invitation follows (when_changed: renew)"

// tieRenewals keeps the revocation of an invitation and the one that takes its
// place together: nobody loses the first because the second waits.
func (o *OrganizationPlan) tieRenewals() {
	follows := map[string]*Change{}
	for i := range o.Changes {
		if c := &o.Changes[i]; c.Action == Invite {
			follows[c.Email] = c
		}
	}
	for i := range o.Changes {
		c := &o.Changes[i]
		next := follows[c.Email]
		if c.Action != RevokeInvitation || c.Because != renewed || next == nil {
			continue
		}
		switch {
		case c.State == Ready && next.State != Ready:
			c.State, c.Why = next.State, waitsFor+" the new invitation"
		case c.State != Ready && next.State == Ready:
			next.State, next.Why = c.State, waitsFor+" the end of the old invitation"
		}
	}
}

// rank orders those who are invited when not all can be: the highest rule
// first, then who starts first.
type rank struct {
	rule  int32
	start int64 // Unix seconds; 0 is long ago
}

func (r rank) compare(other rank) int {
	return cmp.Or(cmp.Compare(r.rule, other.rule), cmp.Compare(r.start, other.start))
}

func rankOf(w *want) rank {
	out := rank{rule: w.rank}
	if start := w.start(); !start.IsZero() {
		out.start = start.Unix()
	}
	return out
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
