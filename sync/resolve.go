package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/clerkapi"
)

// Identity, in the order of trust: our marker (free, it comes with the
// listing), external_id, a verified address (S01). A person is resolved for
// free only by the marker, or when one address and no external_id already
// holds just what the rules want; everybody else is looked up in full batches
// before any membership may be called undesired.

// resolver joins people to users.
type resolver struct {
	config Config
	state  *state
	dir    *directory
	memory *memory
	people []*person // the desired ones, each once
	users  map[string]*clerkapi.User
	// byExternal and byEmail are what the look-ups found; addresses verified only (S03).
	byExternal, byEmail map[string][]*clerkapi.User
	// unproven holds addresses that some user holds without proof (S03).
	unproven map[string]bool
	notes    []Note
}

// resolve joins every desired person to a user, or says why that cannot be.
func (r *Reconciler) resolve(ctx context.Context, d *directory, wanted wanted, st *state, m *memory) (*resolver, error) {
	v := &resolver{config: r.config, state: st, dir: d, memory: m, users: map[string]*clerkapi.User{},
		byExternal: map[string][]*clerkapi.User{}, byEmail: map[string][]*clerkapi.User{}, unproven: map[string]bool{}}
	if err := r.markMovers(ctx, v); err != nil {
		return nil, err
	}
	v.people = desiredPeople(d, wanted)
	var rest, unresolved []*person
	for _, p := range v.people {
		if !v.byMarker(p) && p.trouble == nil {
			rest = append(rest, p)
		}
	}
	free := v.freeByIdentifier(wanted, rest)
	for _, p := range rest {
		if free[p] != "" {
			p.userID, p.join = free[p], joinIdentifier
			continue
		}
		unresolved = append(unresolved, p)
	}
	if err := v.lookUp(ctx, r, unresolved); err != nil {
		return nil, fmt.Errorf("look up users: %w", err)
	}
	for _, p := range unresolved {
		v.byLookup(p)
		if p.userID == "" && p.trouble == nil && len(p.emails()) == 0 {
			p.trouble = &trouble{rule: "S10", text: fmt.Sprintf(
				"%s has no usable e-mail address, no marker, and no user has the external_id %s", p.Origin, p.ExternalID)}
		}
	}
	if err := v.lookBehind(ctx, r.clerk, unresolved); err != nil {
		return nil, err
	}
	v.claims()
	return v, nil
}

// unresolved counts the desired people without a user, by reason.
func (v *resolver) unresolved() map[string]int {
	out := map[string]int{}
	for _, p := range v.people {
		switch {
		case p.trouble != nil:
			out[guardNames[p.trouble.rule]]++
		case p.userID == "":
			out[noUser]++
		}
	}
	return out
}

// noUser is the reason of people who have no Clerk user yet.
const noUser = "no_user"

// desiredPeople lists each desired person once, in a stable order.
func desiredPeople(d *directory, wanted wanted) []*person {
	n := 0
	for _, list := range wanted {
		for i := range list {
			if p := list[i].person; !p.wanted {
				p.wanted = true
				n++
			}
		}
	}
	people := make([]*person, 0, n)
	for _, list := range d.people {
		for _, p := range list {
			if p.wanted && !p.listed {
				p.listed = true
				people = append(people, p)
			}
		}
	}
	slices.SortStableFunc(people, comparePeople)
	return people
}

// comparePeople looks at the origin last: it is a text to be made first.
func comparePeople(a, b *person) int {
	if c := cmp.Or(strings.Compare(a.from.Source, b.from.Source), strings.Compare(a.ID, b.ID), strings.Compare(a.Email, b.Email)); c != 0 {
		return c
	}
	return cmp.Compare(a.Origin.String(), b.Origin.String())
}

// byMarker joins a person whom our marker names; two users under one id are a conflict (S02).
func (v *resolver) byMarker(p *person) bool {
	var few [4]string
	users := v.state.marked.users(p.identity(), few[:0])
	users = v.state.marked.users(p.address(), users)
	for _, alias := range p.aliases() {
		users = v.state.marked.users(alias, users)
	}
	slices.Sort(users)
	switch {
	case len(users) == 1:
		v.joinMarked(p, users[0])
		return true
	case len(users) > 1:
		p.trouble = &trouble{rule: "S02", hold: true, users: users, text: fmt.Sprintf(
			"%s (%s) is marked on %d users: %s", p.Label(), p.Origin, len(users), strings.Join(users, ", "))}
	case len(p.emails()) == 0 && p.ExternalID == "":
		p.trouble = &trouble{rule: "S10", text: fmt.Sprintf("%s has no usable e-mail address and no marker", p.Origin)}
	}
	return false
}

// joinMarked joins a person to the user that our marker names, unless another
// marker of ours gives the same user to somebody else (S02).
func (v *resolver) joinMarked(p *person, user string) {
	var few [4]identity
	for _, other := range v.state.marked.identities(user, few[:0]) {
		if !v.dir.same.known(p, other) && v.config.IDChanged != IDChangedSame && v.memory.decision(p, user).Was != other.origin() {
			v.conflict(p, []string{user}, fmt.Sprintf("%s (%s): user %s is marked as %s, and also as %s of source %s",
				p.Label(), p.Origin, user, cmp.Or(p.ID, p.Email), other.id, other.source))
			p.trouble.conflict = conflictOf(p, user, other)
			return
		}
	}
	p.userID, p.join = user, joinMarker
}

// freeByIdentifier finds people who need no look-up: one address, no
// external_id, and already a member just as desired everywhere (S04). The
// answer is the user that the identifier shows; empty for everybody else.
func (v *resolver) freeByIdentifier(wanted wanted, people []*person) map[*person]string {
	if v.config.Adopt == AdoptMatched {
		return nil // a marker is written only for somebody who was looked up
	}
	verdict := make(map[*person]string, len(people))
	open := make(map[*person]bool, len(people))
	for _, p := range people {
		open[p] = true
	}
	for o, list := range wanted {
		var byIdentifier map[string]*member
		for i := range list {
			w := &list[i]
			if !open[w.person] {
				continue
			}
			if byIdentifier == nil {
				byIdentifier = identifiers(o)
			}
			user, judged := verdict[w.person]
			now := v.satisfied(w, byIdentifier[w.person.Email])
			if judged && user != now {
				now = ""
			}
			verdict[w.person] = now
		}
	}
	return verdict
}

// identifiers indexes members without a marker by their identifier; one that
// two members show is left out.
func identifiers(o *organizationState) map[string]*member {
	index := make(map[string]*member)
	for i := range o.members {
		m := &o.members[i]
		email := m.email()
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

// satisfied answers the member's user when nothing is left to do for the person there.
func (v *resolver) satisfied(w *want, m *member) string {
	p := w.person
	if p.ExternalID != "" || len(p.OtherEmails) > 0 || v.dir.twins[p] != nil {
		return ""
	}
	if m == nil || m.marker != nil || len(v.state.marked.identities(m.UserID, nil)) > 0 || m.Role != w.role {
		return ""
	}
	public, _, _ := patch(w.public, decodeObject(m.Public))
	private, _, _ := patch(w.private, m.private())
	if len(public) > 0 || len(private) > 0 {
		return ""
	}
	return m.UserID
}
