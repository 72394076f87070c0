package identity

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Resolver joins people to users.
type Resolver struct {
	UserIndex
	Config          policy.Config
	Clerk           Clerk
	Log             *zap.Logger
	Watcher         plan.Watcher // may be nil
	Now             func() time.Time
	Have            *roster.Roster
	Directory       *directory.Directory
	Memory          *memory.Memory
	People          []*directory.Person // the desired ones, each once
	Notes           []plan.Note
	Assigned        *assign.Assignments
	Wants           Wanted
	PrecedenceNotes []plan.Note
	// crossed are people whose address joins them to a user that the marker of
	// another source gives to somebody else.
	crossed []*directory.Person
	// questions know which people Clerk refuses to look up.
	questions *questions
	// creators are the people of today for whom runs have created users; nil before
	// somebody has asked.
	creators map[plan.DirectoryID]*directory.Person
}

// Resolve joins the people of the rules to users, and files the decisions of
// access reviews.
func (v *Resolver) Resolve(ctx context.Context, a *assign.Assignments, have *roster.Roster) (*Resolver, error) {
	v.Assigned, v.Directory, v.Memory, v.Have = a, a.Read.Directory, a.Memory, have
	v.Wants, v.PrecedenceNotes = entitlements(a, have)
	if _, err := v.Join(ctx, v.Wants); err != nil {
		return nil, err
	}
	v.excepted().takeDenied(a)
	return v, v.fileDecisions(ctx, a)
}

// With sets the people, the members and the memory to join from; an undo has
// no assignments.
func (v *Resolver) With(read *directory.Reading, have *roster.Roster, m *memory.Memory) *Resolver {
	v.Directory, v.Have, v.Memory = read.Directory, have, m
	return v
}

// Join joins every desired person to a user, or records the problem that
// prevents it.
func (v *Resolver) Join(ctx context.Context, wanted Wanted) (*Resolver, error) {
	d := v.Directory
	v.UserIndex = NewUserIndex(v.Clerk, v.Log, v.Have)
	v.looked = plan.NewMeter(v.Watcher, plan.ReadClerk, plan.Users)
	if err := v.markMovers(ctx); err != nil {
		return nil, err
	}
	v.People = desiredPeople(d, wanted)
	if err := v.excepted().joinAccounts(ctx); err != nil {
		return nil, err
	}
	var rest, unresolved []*directory.Person
	for _, p := range v.People {
		if p.Account() != "" {
			continue
		}
		if p.Problem != nil { // the source gives the id to somebody else too (S02)
			p.Problem.Users = v.Have.Markers.Users(p.DirectoryID(), nil)
			continue
		}
		if !v.joinByMarker(p) && p.Problem == nil {
			rest = append(rest, p)
		}
	}
	if err := v.claims().verifyMarked(ctx); err != nil {
		return nil, err
	}
	free := v.freeByIdentifier(wanted, rest)
	for _, p := range rest {
		if free[p] != "" {
			p.UserID, p.MatchedBy = free[p], directory.ByIdentifier
			continue
		}
		unresolved = append(unresolved, p)
	}
	if err := v.lookUp(ctx, unresolved); err != nil {
		return nil, fmt.Errorf("look up accounts: %w", err)
	}
	for _, p := range unresolved {
		v.joinByLookup(p)
		if p.UserID == "" && p.Problem == nil && len(p.Addresses()) == 0 {
			p.Problem = &directory.Problem{Rule: "S10", Text: fmt.Sprintf(
				"%s has no valid email address and no marker, and no account has the external_id %s", p.Origin, p.ExternalID)}
		}
	}
	if err := v.checkUnlisted(ctx, wanted, unresolved); err != nil {
		return nil, err
	}
	if err := v.reservations().check(ctx, wanted); err != nil {
		return nil, err
	}
	v.claims().freePresent()
	v.claims().sharedUsers()
	keepUnclear(v.People)
	return v, nil
}

// keepUnclear leaves people as they are of whom the source does not say whether they
// count (S10). It comes last: they are joined like everybody, so that it is known which
// user keeps what.
func keepUnclear(people []*directory.Person) {
	for _, p := range people {
		if why := p.Unclear(); why != "" && p.Problem == nil {
			p.Problem = &directory.Problem{Rule: "S10", Text: why, Noted: true}
			if p.UserID != "" {
				p.Problem.Users = []string{p.UserID}
			}
		}
	}
}

// Unresolved counts the desired people without a user, by reason.
func (v *Resolver) Unresolved() map[string]int {
	out := map[string]int{}
	for _, p := range v.People {
		switch {
		case p.Problem != nil:
			out[plan.HoldOf(p.Problem.Rule).String()]++
		case p.UserID == "":
			out[plan.NoUser]++
		}
	}
	return out
}

// desiredPeople lists each desired person once, in a stable order.
func desiredPeople(d *directory.Directory, wanted Wanted) []*directory.Person {
	n := 0
	for _, list := range wanted {
		for i := range list {
			if p := list[i].Person; !p.Wanted {
				p.Wanted = true
				n++
			}
		}
	}
	people := make([]*directory.Person, 0, n)
	for _, list := range d.People {
		for _, p := range list {
			if p.Wanted && !p.Listed {
				p.Listed = true
				people = append(people, p)
			}
		}
	}
	slices.SortStableFunc(people, directory.ComparePeople)
	return people
}

// joinByMarker joins a person by our marker. Two users with the same id are a
// conflict (S02). It reports whether a marker decided.
func (v *Resolver) joinByMarker(p *directory.Person) bool {
	var few [4]string
	users := v.Have.Markers.Users(p.DirectoryID(), few[:0])
	users = v.Have.Markers.Users(p.AddressID(), users)
	for _, alias := range p.Aliases() {
		users = v.Have.Markers.Users(alias, users)
	}
	users = slices.DeleteFunc(users, func(user string) bool { return v.Memory.DecisionOn(p.DirectoryID(), user).New })
	slices.Sort(users)
	switch {
	case len(users) == 1:
		v.joinMarked(p, users[0])
		return true
	case len(users) > 1:
		p.Problem = &directory.Problem{Rule: "S02", Hold: true, Users: users, Text: fmt.Sprintf(
			"%s (%s): the markers of %d accounts name this person: %s", p.Label(), p.Origin, len(users), strings.Join(users, ", "))}
	case len(p.Addresses()) == 0 && p.ExternalID == "":
		p.Problem = &directory.Problem{Rule: "S10", Text: fmt.Sprintf("%s has no valid email address and no marker", p.Origin)}
	}
	return false
}

// joinMarked joins a person to the user with our marker, unless another marker
// of ours gives the user to somebody else (S02).
func (v *Resolver) joinMarked(p *directory.Person, user string) {
	var few [4]plan.DirectoryID
	for _, other := range v.Have.Markers.DirectoryIDs(user, few[:0]) {
		if !directory.HasID(v.Directory.Same, p, other) && !v.claims().foreignID(p, other) && !v.claims().decided(p.DirectoryID(), other, user) {
			v.conflict(p, []string{user}, fmt.Sprintf("%s (%s): account %s is marked as %s, and also as %s of source %s",
				p.Label(), p.Origin, user, cmp.Or(p.ID, p.Email), other.ID, other.Source))
			p.Problem.Conflict = v.conflictOf(p, user, other)
			return
		}
	}
	p.UserID, p.MatchedBy = user, directory.ByMarker
}

// freeByIdentifier finds people that need no look-up: one address, no
// external_id, and everywhere a member exactly as desired (S04). The result is
// the user with that identifier, and empty for everybody else.
func (v *Resolver) freeByIdentifier(wanted Wanted, people []*directory.Person) map[*directory.Person]string {
	if v.Config.Adopt != policy.AdoptNone {
		return nil // a marker is written only for somebody who was looked up
	}
	verdict := make(map[*directory.Person]string, len(people))
	open := make(map[*directory.Person]bool, len(people))
	for _, p := range people {
		open[p] = true
	}
	for o, list := range wanted {
		var byIdentifier map[string]*roster.Member
		for i := range list {
			w := &list[i]
			if !open[w.Person] {
				continue
			}
			if byIdentifier == nil {
				byIdentifier = identifiers(o)
			}
			user, judged := verdict[w.Person]
			now := v.userAsWanted(w, byIdentifier[w.Person.Email])
			if judged && user != now {
				now = ""
			}
			verdict[w.Person] = now
		}
	}
	return verdict
}

// identifiers indexes members without a marker by their identifier; one that
// two members show is left out.
func identifiers(o *roster.Organization) map[string]*roster.Member {
	index := make(map[string]*roster.Member)
	for i := range o.Members {
		m := &o.Members[i]
		email := m.Email()
		if email == "" {
			continue
		}
		if _, twice := index[email]; twice {
			index[email] = nil
			continue
		}
		index[email] = m
	}
	return index
}

// userAsWanted is the member's user when nothing is left to change for the
// person there.
func (v *Resolver) userAsWanted(w *assign.Entitlement, m *roster.Member) string {
	p := w.Person
	if v.Have.Roles.Admin[w.Role] { // an identifier proves nothing, and the admin may be somebody else (S04)
		return ""
	}
	if p.ExternalID != "" || len(p.OtherEmails) > 0 || v.Directory.SameAddress[p] != nil {
		return ""
	}
	if m == nil || m.Marker != nil || len(v.Have.Markers.DirectoryIDs(m.UserID, nil)) > 0 || !asWanted(w, m) {
		return ""
	}
	return m.UserID
}

// asWanted reports whether a member has the role and the metadata of an
// entitlement.
func asWanted(w *assign.Entitlement, m *roster.Member) bool {
	public, _, _ := plan.Patch(w.Public, plan.Decode(m.Public))
	private, _, _ := plan.Patch(w.Private, m.PrivateMetadata())
	return m.Role == w.Role && len(public)+len(private) == 0
}
