package sync

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Precedence: when several rules give one person different roles in one
// organization, the rule higher in the list wins; metadata merges key by key,
// again the higher rule first. What policy takes out of our hands (members
// that are not ours, protected from removal by the mode, unclear identities)
// is copied into the desire as Keep, so that the diff has no exceptions.

// wanted is what the rules want, by organization.
type wanted map[*organizationState][]want

// want is one person's place in one organization, as all rules together want it.
type want struct {
	person          *person
	role            string
	public, private map[string]any
	reason
	dates *dates
}

// merge makes one want of each person's assignments in an organization.
func merge(a *assignments, st *state) (wanted, []Note) {
	out := wanted{}
	var notes []Note
	for _, o := range st.organizations {
		var list []assignment
		for _, name := range o.names {
			list = append(list, a.by[name]...)
			delete(a.by, name) // as large as the directory, and needed no more
		}
		slices.SortStableFunc(list, a.first)
		dated := datedPeople(list)
		index := make(map[*person]int, len(list))
		wants := make([]want, 0, len(list))
		for _, x := range list {
			i, again := index[x.person]
			if !again {
				index[x.person] = len(wants)
				wants = append(wants, want{x.person, x.role, x.public, x.private, x.reason, nil})
				i = len(wants) - 1
			}
			w := &wants[i]
			together := again && a.together(w, &x)
			if dated[x.person] {
				a.date(w, x)
			}
			if !together {
				continue
			}
			if w.role != x.role {
				notes = append(notes, Note{Organization: o.ID, Email: x.person.Email, Text: fmt.Sprintf(
					"%s wins over %s (role %s)", w.because(), x.because(), x.role)})
			}
			w.public, w.private = mergeLower(w.public, x.public), mergeLower(w.private, x.private)
		}
		out[o] = wants
	}
	return out, notes
}

// byRank puts the assignment that wins first. Below the rules' own order it
// does not matter which, only that it is the same whatever order a directory
// answers in.
func byRank(x, y assignment) int {
	return cmp.Or(cmp.Compare(x.rank, y.rank), cmp.Compare(x.listed, y.listed),
		cmp.Compare(x.role, y.role), x.compare(y.reason))
}

// Desired is what the rules and the policy want of one organization.
type Desired struct {
	// People are wanted by user id.
	People map[string]Want
	// Keep are users who stay as they are, whatever the rules say.
	Keep map[string]bool
	// Invite and Create are people without a user. Invited holds the addresses
	// of people who are wanted, true where a pending invitation stays; those of
	// Renew are sent anew.
	Invite, Create []Want
	Invited        map[string]bool
	Renew          map[string]bool
}

// Want is one person as the diff sees them.
type Want struct {
	UserID, Email, Name string
	// First, Last and ExternalID are for a user to be created.
	First, Last, ExternalID string
	Source, ID              string // as in the marker
	Role                    string
	Public, Private         map[string]any // managed keys; nil is absent
	// Mark asks for our marker on a membership that has another or none.
	Mark    bool
	Because string
	rank    rank
}

// desire turns wants into what the diff compares, organization by organization.
type desirer struct {
	config Config
	state  *state
	// frozen are users whom nothing may happen to in any organization (S02).
	frozen map[string]bool
	now    *resolver
	// known are unreadable people whom earlier runs know (S10).
	known  map[string][]identity
	memory *memory
	// domains may be invited, or get users (S07).
	domains map[string]bool
	at      time.Time
}

func newDesirer(config Config, v *resolver, a *assignments, at time.Time) *desirer {
	d := &desirer{config: config, state: v.state, frozen: map[string]bool{}, now: v, known: a.known, memory: a.memory,
		domains: domainSet(config.EmailDomains), at: at}
	for _, p := range v.people {
		if p.trouble != nil && p.trouble.rule == "S02" {
			for _, u := range p.trouble.users {
				d.frozen[u] = true
			}
		}
	}
	return d
}

// organization makes the Desired of one organization, with the notes and
// single holds that its people call for.
func (d *desirer) organization(o *organizationState, wants []want) (Desired, *findings) {
	out := Desired{People: make(map[string]Want, len(wants)), Keep: map[string]bool{}, Invited: map[string]bool{}}
	f := &findings{organization: o.ID}
	for i := range wants {
		d.person(o, &wants[i], &out, f)
	}
	for i := range o.members {
		m := &o.members[i]
		if _, in := out.People[m.UserID]; in {
			continue
		}
		if d.frozen[m.UserID] || d.keep(o, m, f) {
			out.Keep[m.UserID] = true
		}
	}
	for _, name := range o.names {
		for _, id := range d.known[name] {
			d.keepKnown(id, &out)
		}
	}
	for user := range out.Keep {
		delete(out.People, user)
	}
	d.noteDecisions(o, &out, f)
	d.keepInvited(o, wants, &out)
	return out, f
}

// person places one wanted person: among the people, kept, or reported.
func (d *desirer) person(o *organizationState, w *want, out *Desired, f *findings) {
	p := w.person
	switch {
	case p.trouble != nil:
		for _, u := range p.trouble.users {
			out.Keep[u] = true
		}
		f.trouble(p, d.config.IgnoreUnreadable[p.from.Source] || d.explained(p, out))
	case w.ahead():
		d.await(o, w, out)
	case p.userID == "" && d.newcomer(o, w, out, f):
	case p.userID == "":
		why := "no Clerk user yet; the run after they sign up adds them"
		if slices.ContainsFunc(p.emails(), func(e string) bool { return d.now.unproven[e] }) {
			why = "no Clerk user yet: one holds the address unverified, which proves nothing (S03)"
		}
		f.note("", p.Email, fmt.Sprintf("%s: %s; %s", p.Label(), why, w.because()))
	case d.frozen[p.userID] || p.join == joinIdentifier:
		out.Keep[p.userID] = true
	default:
		d.member(o, w, out, f)
	}
}

// explained reports whether earlier runs tell who somebody is whom nothing of
// today joins to a user: whom they know stays as they are (S10).
func (d *desirer) explained(p *person, out *Desired) bool {
	if p.trouble.rule != "S10" {
		return false
	}
	ids, standing := d.memory.judge(p.from.Source, p.Origin.DN, d.config.Removals)
	for _, id := range ids {
		d.keepKnown(id, out)
	}
	return standing != unknown
}

func (d *desirer) keepKnown(id identity, out *Desired) {
	for _, user := range d.state.marked.users(id, nil) {
		out.Keep[user] = true
	}
}

// member decides what is wanted of a person with a user.
func (d *desirer) member(o *organizationState, w *want, out *Desired, f *findings) {
	p := w.person
	id := p.identity()
	x := Want{UserID: p.userID, Email: p.Email, Name: p.FullName(), Source: id.source, ID: id.id,
		Role: w.role, Public: w.public, Private: w.private, Because: w.because()}
	m := o.member(p.userID)
	if m == nil {
		out.People[p.userID] = x
		return
	}
	x.Role = d.roleByMode(w, m.Role)
	switch ours := m.marker != nil && m.marker.Owner == d.config.Owner; {
	case m.marker != nil && !ours && !d.config.Takeover:
		d.leave(o, m, x, out, f, fmt.Sprintf("belongs to %q (its marker), left alone", m.marker.Owner))
		return
	case m.marker == nil && d.config.Removals == RemovalsManaged && d.config.Adopt != AdoptMatched:
		d.leave(o, m, x, out, f, "differs, not ours: set adopt: matched to manage it")
		return
	case ours:
		// The alias of a lower source stays; an address that became an id, and
		// an id that the admin declared the same, are rewritten.
		x.Mark = m.marker.identity() != id && (!d.state.marked.same.known(p, m.marker.identity()) || m.marker.Source == id.source)
	default:
		x.Mark = d.config.Adopt == AdoptMatched || m.marker != nil
	}
	if len(m.Private) == 0 {
		// An absent private_metadata is unknown, not empty: nothing may be derived from it.
		x.Private, x.Mark = nil, false
	}
	out.People[p.userID] = x
}

// leave keeps a member who is not ours; a difference is worth a note (S26).
func (d *desirer) leave(o *organizationState, m *member, x Want, out *Desired, f *findings, why string) {
	out.Keep[m.UserID] = true
	if len(diffMember(x, m, d.state.roles, o.ID, d.config.Owner)) > 0 {
		f.note("S26", x.Email, x.Email+": "+why)
	}
}

// roleByMode lets a role that was set by hand stand, as the rule allows (S27).
func (d *desirer) roleByMode(w *want, have string) string {
	switch w.mode {
	case RolesOnAdd:
		return have
	case RolesAtLeast:
		if d.state.roles.atLeast(have, w.role) {
			return have
		}
	case RolesExact:
	}
	return w.role
}

// keep says that a member whom no rule wants stays all the same.
func (d *desirer) keep(o *organizationState, m *member, f *findings) bool {
	ours := m.marker != nil && m.marker.Owner == d.config.Owner
	switch {
	case d.config.Removals == RemovalsNone:
		return true
	case len(m.Private) == 0:
		// Absent is unknown, not empty: it could carry anybody's marker (S26).
		f.note("S26", m.email(), fmt.Sprintf("user %s: private metadata unknown, left alone", m.UserID))
		return true
	case m.marker != nil && !ours && !d.config.Takeover:
		f.foreign++
		return true
	case o.removed(m):
		return false
	case o.unruled:
		return true
	case ours:
		return false
	}
	return d.config.Removals == RemovalsManaged
}

// conflict is what a hold of identities says (S02, and S06 by option).
type conflict struct {
	Note
	conflict *Conflict
}

// findings are what desiring one organization turned up.
type findings struct {
	organization string
	notes        []Note
	// conflicts are identity problems that hold (S02, and S06 by option).
	conflicts []conflict
	foreign   int
	// unusable are people who are listed but cannot be joined to anybody (S10).
	unusable []string
}

func (f *findings) note(rule, email, text string) {
	f.notes = append(f.notes, Note{Rule: rule, Organization: f.organization, Email: email, Text: text})
}

// trouble files what keeps a person from being joined; ignore is the admin's
// word that unusable members of the source count for nothing (S10).
func (f *findings) trouble(p *person, ignore bool) {
	t := p.trouble
	switch {
	case t.rule == "S10" && !ignore:
		f.unusable = append(f.unusable, t.text)
	case t.hold:
		f.conflicts = append(f.conflicts, conflict{Note{Rule: t.rule, Organization: f.organization, Email: p.Email, Text: t.text}, t.conflict})
	default:
		f.note(t.rule, p.Email, t.text)
	}
}
