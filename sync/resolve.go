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
	people []*person // the desired ones, each once
	users  map[string]*clerkapi.User
	// byExternal and byEmail are what the look-ups found; addresses verified only (S03).
	byExternal, byEmail map[string][]*clerkapi.User
	// unproven holds addresses that some user holds without proof (S03).
	unproven map[string]bool
	notes    []Note
}

// resolve joins every desired person to a user, or says why that cannot be.
func (r *Reconciler) resolve(ctx context.Context, d *directory, wanted wanted, st *state) (*resolver, error) {
	v := &resolver{config: r.config, state: st, dir: d, users: map[string]*clerkapi.User{},
		byExternal: map[string][]*clerkapi.User{}, byEmail: map[string][]*clerkapi.User{}, unproven: map[string]bool{}}
	v.people = desiredPeople(wanted)
	var unresolved []*person
	free := v.freeByIdentifier(wanted)
	for _, p := range v.people {
		switch {
		case v.byMarker(p) || p.trouble != nil:
		case free[p] != "":
			p.userID, p.join = free[p], joinIdentifier
		default:
			unresolved = append(unresolved, p)
		}
	}
	if err := v.lookUp(ctx, r.clerk, unresolved); err != nil {
		return nil, fmt.Errorf("look up users: %w", err)
	}
	for _, p := range unresolved {
		v.byLookup(p)
		if p.userID == "" && p.trouble == nil && len(p.emails()) == 0 {
			p.trouble = &trouble{rule: "S10", text: fmt.Sprintf(
				"%s has no usable e-mail address, no marker, and no user has the external_id %s", p.Origin, p.ExternalID)}
		}
	}
	v.claims()
	return v, nil
}

// desiredPeople lists each desired person once, in a stable order.
func desiredPeople(wanted wanted) []*person {
	seen := map[*person]bool{}
	var people []*person
	for _, list := range wanted {
		for i := range list {
			if p := list[i].person; !seen[p] {
				seen[p] = true
				people = append(people, p)
			}
		}
	}
	slices.SortFunc(people, func(a, b *person) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Email, b.Email),
			cmp.Compare(a.Origin.String(), b.Origin.String()))
	})
	return people
}

// byMarker joins a person whom our marker names; two users under one id are a conflict (S02).
func (v *resolver) byMarker(p *person) bool {
	users := slices.Clone(v.state.ours[p.identity()])
	for _, alias := range p.aliases {
		users = append(users, v.state.ours[alias]...)
	}
	slices.Sort(users)
	users = slices.Compact(users)
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
	for _, other := range v.state.marks[user] {
		if !p.known(other) && v.config.IDChanged != IDChangedSame {
			v.conflict(p, []string{user}, fmt.Sprintf("%s (%s): user %s is marked as %s, and also as %s of source %s",
				p.Label(), p.Origin, user, cmp.Or(p.ID, p.Email), other.id, other.source))
			return
		}
	}
	p.userID, p.join = user, joinMarker
}

// freeByIdentifier finds people who need no look-up: one address, no
// external_id, and already a member just as desired everywhere (S04). The
// answer is the user that the identifier shows; empty for everybody else.
func (v *resolver) freeByIdentifier(wanted wanted) map[*person]string {
	verdict := map[*person]string{}
	if v.config.Adopt == AdoptMatched {
		return verdict // a marker is written only for somebody who was looked up
	}
	for o, list := range wanted {
		byIdentifier := identifiers(o)
		for i := range list {
			w := &list[i]
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
	if p.Email == "" || p.ExternalID != "" || len(p.OtherEmails) > 0 || len(v.dir.twins[p]) > 0 {
		return ""
	}
	if m == nil || m.marker != nil || len(v.state.marks[m.UserID]) > 0 || m.Role != w.role {
		return ""
	}
	public, _, _ := patch(w.public, decodeObject(m.Public))
	private, _, _ := patch(w.private, decodeObject(m.Private))
	if len(public) > 0 || len(private) > 0 {
		return ""
	}
	return m.UserID
}
