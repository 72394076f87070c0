package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/source"
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
		p.userID, p.join = users[0], joinMarker
		return true
	case len(users) > 1:
		p.trouble = &trouble{rule: "S02", hold: true, users: users, text: fmt.Sprintf(
			"%s (%s) is marked on %d users: %s", p.Label(), p.Origin, len(users), strings.Join(users, ", "))}
	case p.Email == "" && p.ExternalID == "":
		p.trouble = &trouble{rule: "S10", text: fmt.Sprintf("%s has no usable e-mail address and no marker", p.Origin)}
	}
	return false
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

// lookUp reads the users of everybody who is not resolved, by external_id and by address.
func (v *resolver) lookUp(ctx context.Context, clerk Clerk, people []*person) error {
	var externals, emails []string
	for _, p := range people {
		if p.ExternalID != "" {
			externals = append(externals, p.ExternalID)
		}
		emails = append(emails, p.emails()...)
	}
	var byExternal, byEmail []clerkapi.User
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		byExternal, err = findUsers(ctx, clerk, clerkapi.UserQuery{ExternalIDs: unique(externals)}, len(externals))
		return err
	})
	group.Go(func() (err error) {
		byEmail, err = findUsers(ctx, clerk, clerkapi.UserQuery{Emails: unique(emails)}, len(emails))
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	v.remember(byExternal)
	v.remember(byEmail)
	return nil
}

func findUsers(ctx context.Context, clerk Clerk, q clerkapi.UserQuery, n int) ([]clerkapi.User, error) {
	if n == 0 {
		return nil, nil
	}
	return clerk.Users(ctx, q)
}

func unique(in []string) []string {
	slices.Sort(in)
	return slices.Compact(in)
}

// remember indexes users by external_id and by their verified addresses (S03).
func (v *resolver) remember(users []clerkapi.User) {
	for i := range users {
		u := &users[i]
		if v.users[u.ID] != nil {
			continue
		}
		v.users[u.ID] = u
		if u.Banned || u.Deprovisioned {
			v.state.banned[u.ID] = true
		}
		if u.ExternalID != "" {
			v.byExternal[u.ExternalID] = append(v.byExternal[u.ExternalID], u)
		}
		for _, email := range verified(u) {
			v.byEmail[email] = append(v.byEmail[email], u)
		}
		for _, e := range u.Emails {
			if folded, err := source.FoldEmail(e.Address); err == nil && !e.Verified {
				v.unproven[folded] = true
			}
		}
	}
}

// verified lists the user's proven addresses, folded (S03).
func verified(u *clerkapi.User) []string {
	var out []string
	for _, e := range u.Emails {
		if folded, err := source.FoldEmail(e.Address); err == nil && e.Verified {
			out = append(out, folded)
		}
	}
	return unique(out)
}

// byLookup joins a person to the user that the look-ups found.
func (v *resolver) byLookup(p *person) {
	var external *clerkapi.User
	if p.ExternalID != "" && len(v.byExternal[p.ExternalID]) > 0 {
		external = v.byExternal[p.ExternalID][0]
	}
	holders := v.holders(p)
	switch {
	case external != nil && len(holders) > 0 && !slices.Contains(holders, external):
		v.conflict(p, append(userIDs(holders), external.ID), fmt.Sprintf(
			"%s: external_id %s is user %s, but the address is verified by %s",
			p.Label(), p.ExternalID, external.ID, strings.Join(userIDs(holders), ", ")))
	case external != nil:
		v.joinTo(p, external, joinExternal)
	case len(holders) > 1:
		p.trouble = &trouble{rule: "S06", users: userIDs(holders), hold: v.config.Ambiguous == AmbiguousHold,
			text: fmt.Sprintf("%s matches several users: %s", p.Label(), strings.Join(userIDs(holders), ", "))}
	case len(holders) == 1 && p.ExternalID != "" && holders[0].ExternalID != "" && holders[0].ExternalID != p.ExternalID:
		v.conflict(p, userIDs(holders), fmt.Sprintf("%s: user %s has the external_id %s, the directory says %s",
			p.Label(), holders[0].ID, holders[0].ExternalID, p.ExternalID))
	case len(holders) == 1:
		v.joinTo(p, holders[0], joinEmail)
	}
}

// holders are the users who have verified one of the person's addresses.
func (v *resolver) holders(p *person) []*clerkapi.User {
	var out []*clerkapi.User
	for _, email := range p.emails() {
		for _, u := range v.byEmail[email] {
			if !slices.Contains(out, u) {
				out = append(out, u)
			}
		}
	}
	return out
}

func userIDs(users []*clerkapi.User) []string {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	return unique(ids)
}

func (v *resolver) conflict(p *person, users []string, text string) {
	p.trouble = &trouble{rule: "S02", hold: true, users: unique(users), text: text + "; " +
		"compare the two in the directory and in Clerk, then correct the one that is wrong"}
}

// joinTo joins unless our marker gives the user to somebody else (S02).
func (v *resolver) joinTo(p *person, u *clerkapi.User, how join) {
	for _, other := range v.state.marks[u.ID] {
		if p.known(other) {
			continue
		}
		switch v.config.IDChanged {
		case IDChangedNew:
			v.notes = append(v.notes, Note{Rule: "S02", Email: p.Email, Text: fmt.Sprintf(
				"%s is new under the id %s: user %s belongs to %s of source %s", p.Label(), p.ID, u.ID, other.id, other.source)})
			return
		case IDChangedSame:
		case IDChangedHold:
			v.conflict(p, []string{u.ID}, fmt.Sprintf(
				"%s (%s) has the id %s, but user %s, who holds the address, is marked as %s of source %s",
				p.Label(), p.Origin, cmp.Or(p.ID, "none"), u.ID, other.id, other.source))
			return
		}
	}
	p.userID, p.join = u.ID, how
}

// claims finds users whom several people claim (S06), and people who share an
// address within one source.
func (v *resolver) claims() {
	claimed := map[string][]*person{}
	for _, p := range v.people {
		if p.userID != "" {
			claimed[p.userID] = append(claimed[p.userID], p)
		}
	}
	for _, p := range v.people {
		others := claimed[p.userID]
		switch twins := v.dir.twins[p]; {
		case p.trouble != nil && p.trouble.hold:
		case len(twins) > 0 && p.join != joinMarker:
			v.ambiguous(p, "shares the address with "+twins[0].Origin.String())
		case p.userID != "" && len(others) > 1:
			v.ambiguous(p, fmt.Sprintf("claims user %s, as does %s", p.userID, other(others, p).Origin))
		}
	}
}

func other(people []*person, p *person) *person {
	if people[0] == p {
		return people[1]
	}
	return people[0]
}

// ambiguous takes the person's user away and keeps everybody concerned as they are.
func (v *resolver) ambiguous(p *person, text string) {
	var users []string
	if p.userID != "" {
		users = append(users, p.userID)
	}
	if p.trouble != nil {
		users = append(users, p.trouble.users...)
	}
	users = append(users, userIDs(v.holders(p))...)
	p.userID, p.join = "", joinNone
	p.trouble = &trouble{rule: "S06", users: unique(users), hold: v.config.Ambiguous == AmbiguousHold,
		text: fmt.Sprintf("%s (%s) %s", p.Label(), p.Origin, text)}
}
