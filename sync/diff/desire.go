package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/identity"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// desired is the state of one organization that rules and policy ask for.
type desired struct {
	// people are wanted by user id.
	people map[string]desiredMember
	// keep are users that stay as they are, whatever the rules say.
	keep map[string]bool
	// unwanted are members that stay although nobody wants them.
	unwanted []*roster.Member
	// invite and create are people without a user. invited holds the addresses
	// of people who are wanted, true where a pending invitation stays; those of
	// renew are sent anew.
	invite, create []desiredMember
	invited        map[string]bool
	renew          map[string]bool
}

// desiredMember is one person as the diff sees them.
type desiredMember struct {
	userID, email, name string
	// first, last and externalID are for a user to be created.
	first, last, externalID string
	source, id              string // as in the marker
	role                    string
	public, private         map[string]any // managed keys; nil is absent
	// obstacles are the paths of values that somebody else wrote where managed
	// keys would have to stand (S26).
	obstacles []string
	// mark asks for our marker on a membership that has another or none.
	mark    bool
	because string
	rank    plan.Priority
}

// desirer makes the desired state of each organization from the entitlements.
type desirer struct {
	config policy.Config
	have   *roster.Roster
	// frozen are users that must not change in any organization, with whoever has the
	// conflict (S02).
	frozen map[string]*directory.Person
	people *identity.Resolver
	// known are the ids of unreadable people that earlier runs could read (S10).
	known  map[string][]plan.DirectoryID
	memory *memory.Memory
	// assigned knows which grants of admins are over.
	assigned *assign.Assignments
	// domains may be invited, or get users (S07).
	domains map[string]bool
	now     time.Time
	// ids are the ids of the people of users that several sources have.
	ids map[string][]plan.DirectoryID
}

func newDesirer(config policy.Config, v *identity.Resolver, a *assign.Assignments, at time.Time) *desirer {
	d := &desirer{config: config, have: v.Have, frozen: map[string]*directory.Person{}, people: v, known: a.Unreadable, memory: a.Memory, assigned: a,
		domains: policy.DomainSet(config.EmailDomains), now: at, ids: idsOfUsers(v)}
	for _, p := range v.People {
		if p.Problem != nil && p.Problem.Rule == "S02" {
			for _, u := range p.Problem.Users {
				if d.frozen[u] == nil {
					d.frozen[u] = p
				}
			}
		}
	}
	return d
}

// organization makes the desired state of one organization, with the notes and
// single holds that its people call for.
func (d *desirer) organization(o *roster.Organization, wants []assign.Entitlement) (desired, *Findings) {
	out := desired{people: make(map[string]desiredMember, len(wants)), keep: map[string]bool{}, invited: map[string]bool{}}
	f := &Findings{Organization: o.ID}
	placed := d.onePerUser(wants, f)
	for i := range placed {
		d.person(o, &placed[i], &out, f)
	}
	for i := range o.Members {
		m := &o.Members[i]
		if _, in := out.people[m.UserID]; in {
			continue
		}
		switch {
		case d.frozen[m.UserID] != nil:
			if !out.keep[m.UserID] && !d.stays(o, m, &Findings{}) {
				f.fileProblem(d.frozen[m.UserID], false) // the conflict may be about another organization
			}
			out.keep[m.UserID] = true
		case d.stays(o, m, f):
			if !out.keep[m.UserID] {
				out.unwanted = append(out.unwanted, m)
			}
			out.keep[m.UserID] = true
		}
	}
	for _, name := range o.AllNames() {
		for _, id := range d.known[name] {
			d.keepKnown(id, &out)
		}
	}
	d.keepNameless(o, &out, f)
	for user := range out.keep {
		delete(out.people, user)
	}
	d.noteDecisions(o, &out, f)
	d.keepInvited(o, wants, &out)
	return out, f
}

// person places one wanted person: among the people, kept, or reported.
func (d *desirer) person(o *roster.Organization, w *assign.Entitlement, out *desired, f *Findings) {
	p := w.Person
	switch {
	case p.Problem != nil:
		for _, u := range p.Problem.Users {
			out.keep[u] = true
		}
		if p.Problem.Noted {
			return
		}
		f.fileProblem(p, d.config.IgnoreUnreadable[p.From.Source] || d.identifiedByHistory(p, out))
	case d.givenToOther(w):
		if p.UserID != "" {
			out.keep[p.UserID] = true
		}
		f.Note("S01", p.Email, fmt.Sprintf("%s: exception %d was made for another account or address (%s); end it, and grant again", p.Label(), w.Granted().ID, w.Granted().Address), p.UserID)
	case w.StartsLater():
		d.keepUntilStart(o, w, out)
	case p.UserID == "" && d.placeNewcomer(o, w, out, f):
	case p.UserID == "":
		why := "has no Clerk account yet; will be added after signing up"
		if slices.ContainsFunc(p.Addresses(), func(e string) bool { return d.people.Unproven[e] }) {
			why = "a Clerk account has this address but has not verified it (S03)"
		}
		f.Note("", p.Email, fmt.Sprintf("%s: %s; %s", p.Label(), why, w.Because()))
	case d.frozen[p.UserID] != nil:
		if m := o.Member(p.UserID); m == nil || roleByMode(d.modeOf(o, w, m), w.Role, m.Role, d.have.Roles) != m.Role {
			f.fileProblem(d.frozen[p.UserID], false)
		}
		out.keep[p.UserID] = true
	case p.MatchedBy == directory.ByIdentifier:
		out.keep[p.UserID] = true
	default:
		d.member(o, w, out, f)
	}
}

// identifiedByHistory reports whether earlier runs know a person that cannot
// be joined to a user today. The users known to earlier runs stay as they are
// (S10).
func (d *desirer) identifiedByHistory(p *directory.Person, out *desired) bool {
	if p.Problem.Rule != "S10" {
		return false
	}
	ids, standing := d.memory.Identify(p.From.Source, p.Origin.DN, d.config.Removals)
	for _, id := range ids {
		d.keepKnown(id, out)
	}
	return standing != memory.Unknown
}

// keepKnown keeps the users that are marked with an id.
func (d *desirer) keepKnown(id plan.DirectoryID, out *desired) {
	for _, user := range d.have.Markers.Users(id, nil) {
		out.keep[user] = true
	}
}

// member decides what a person with a user should have.
func (d *desirer) member(o *roster.Organization, w *assign.Entitlement, out *desired, f *Findings) {
	p := w.Person
	id := p.DirectoryID()
	x := desiredMember{userID: p.UserID, email: p.Email, name: p.FullName(), source: id.Source, id: id.ID,
		role: w.Role, public: w.Public, private: w.Private, because: w.Because()}
	m := o.Member(p.UserID)
	if m == nil {
		out.people[p.UserID] = x
		return
	}
	x.role = roleByMode(d.modeOf(o, w, m), w.Role, m.Role, d.have.Roles)
	x.spare(m)
	switch ours := m.Marker.OwnedBy(d.config.Owner); {
	case m.Marker != nil && !ours && !d.config.Takeover:
		d.leaveAlone(o, m, x, out, f, fmt.Sprintf("the marker names the owner %q, so not changed", m.Marker.Owner), "")
		return
	case len(m.Private) == 0: // unknown, not empty: it could carry anybody's marker, and [desirer.stays] notes it
		out.keep[m.UserID] = true
		return
	case m.Marker == nil && d.config.Removals != policy.RemovalsAll && !d.adopts(o, m, x):
		d.leaveAlone(o, m, x, out, f, "rollcall did not add this member, so not changed", "; to manage this member, set adopt: wanted")
		return
	case ours:
		// The alias of a lower source stays; an address that became an id, and
		// an id that the admin declared the same, are rewritten.
		// The id of another source that has the user too stays as well (S01).
		if was := m.Marker.DirectoryID(); was.Source != id.Source && slices.Contains(d.ids[p.UserID], was) {
			x.source, x.id = was.Source, was.ID
			break
		}
		x.mark = m.Marker.DirectoryID() != id && (!directory.HasID(d.have.Markers.Same, p, m.Marker.DirectoryID()) || m.Marker.Source == id.Source)
	default:
		x.mark = m.Marker != nil || d.adopts(o, m, x)
	}
	if len(x.obstacles) > 0 {
		f.Note("S26", x.email, fmt.Sprintf("%s: %s: not changed; remove that value in Clerk, or use another key in the rule", x.email, x.obstacleText()), m.UserID)
	}
	out.people[p.UserID] = x
}

// spare takes out the managed keys that would have to replace a value of
// somebody else (S26).
func (x *desiredMember) spare(m *roster.Member) {
	for _, half := range []struct {
		name string
		want *map[string]any
		have func() map[string]any
	}{
		{"public_metadata", &x.public, func() map[string]any { return plan.Decode(m.Public) }},
		{"private_metadata", &x.private, m.PrivateMetadata},
	} {
		if !hasObjects(*half.want) {
			continue // the usual case costs nothing
		}
		rest, obstacles := spare(*half.want, half.have())
		*half.want = rest
		for _, path := range obstacles {
			x.obstacles = append(x.obstacles, half.name+"."+path)
		}
	}
}

// adopts reports whether a member without a marker becomes ours.
func (d *desirer) adopts(o *roster.Organization, m *roster.Member, x desiredMember) bool {
	return d.config.Adopt == policy.AdoptWanted || d.config.Adopt == policy.AdoptMatched && len(d.differences(o, m, x)) == 0
}

// leaveAlone keeps a member that is not ours, and notes the differences (S26).
func (d *desirer) leaveAlone(o *roster.Organization, m *roster.Member, x desiredMember, out *desired, f *Findings, why, advice string) {
	out.keep[m.UserID] = true
	if list := d.differences(o, m, x); len(list) > 0 {
		f.Note("S26", x.email, fmt.Sprintf("%s: %s: %s%s", x.email, why, strings.Join(list, ", "), advice), m.UserID)
	}
}

// differences says in which way a member is not as wanted.
func (d *desirer) differences(o *roster.Organization, m *roster.Member, x desiredMember) []string {
	var list []string
	x.mark = false
	for _, c := range diffMember(x, m, d.have.Roles, o.ID, d.config.Owner) {
		if c.Action == plan.SetRole {
			list = append(list, fmt.Sprintf("is %s, should be %s by %s", c.From, c.To, c.Because))
			continue
		}
		keys := slices.Concat(slices.Collect(maps.Keys(plan.Decode([]byte(c.Public)))), slices.Collect(maps.Keys(plan.Decode([]byte(c.Private)))))
		list = append(list, "metadata differ: "+strings.Join(policy.Unique(keys), ", "))
	}
	if len(x.obstacles) > 0 {
		list = append(list, x.obstacleText())
	}
	return list
}

// obstacleText says which values of somebody else stand where managed keys would.
func (x *desiredMember) obstacleText() string {
	return fmt.Sprintf("the rule sets keys below %s, but the value in Clerk is not an object", strings.Join(x.obstacles, ", "))
}

// roleByMode is the role of a member whom a rule gives wanted: a role that was
// set by hand stands where the rule's mode allows it (S27).
func roleByMode(mode policy.RolesMode, wanted, have string, roles roster.Roles) string {
	switch mode {
	case policy.RolesOnAdd:
		return have
	case policy.RolesAtLeast:
		if roles.AtLeast(have, wanted) {
			return have
		}
	case policy.RolesExact:
	}
	return wanted
}

// stays reports whether a member that no rule wants stays anyway.
func (d *desirer) stays(o *roster.Organization, m *roster.Member, f *Findings) bool {
	ours := m.Marker.OwnedBy(d.config.Owner)
	switch {
	case len(m.Private) == 0:
		// Absent is unknown, not empty: it could carry anybody's marker (S26).
		f.Note("S26", m.Email(), fmt.Sprintf("account %s: Clerk did not send the private metadata, so not changed", m.UserID), m.UserID)
		return true
	case m.Marker != nil && !ours && !d.config.Takeover:
		f.addForeign(m)
		return true
	case removalDecided(o, m):
		return d.config.Removals == policy.RemovalsNone
	case o.ReviewOnly:
		return true
	case ours:
		return false
	}
	return d.config.Removals != policy.RemovalsAll
}
