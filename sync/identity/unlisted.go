package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/sync/directory"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// An organization that cannot be listed hides its markers. An address could then
// join a new person to the user of a leaver, and give them access elsewhere (S01,
// S02). The organization holds nothing elsewhere all the same: the memberships of
// each such user say whether they carry a marker there, in one request. Only
// those wait whose memberships cannot be read either (S40).

// readsAtOnce bounds the reads of memberships in flight. The limits of the client
// decide how fast they go.
const readsAtOnce = 16

// checkUnlisted reads the memberships of users that were joined without a marker
// and would get something, if an organization could not be listed. It joins these
// people again with the markers found there.
func (v *Resolver) checkUnlisted(ctx context.Context, wanted Wanted, people []*directory.Person) error {
	hidden := v.Have.Hidden()
	if hidden == nil {
		return nil
	}
	people = v.gaining(wanted, people)
	read, err := v.readMemberships(ctx, people)
	if err != nil {
		return err
	}
	unknown := map[string]bool{}
	for user, list := range read {
		list = slices.DeleteFunc(list, func(m clerkapi.Membership) bool { return !hidden(m.OrganizationID) })
		// Metadata that are absent are unknown, not empty.
		unknown[user] = slices.ContainsFunc(list, func(m clerkapi.Membership) bool { return len(m.Private) == 0 })
		v.addMarkers(list)
	}
	for _, p := range people {
		user, how := p.UserID, p.MatchedBy
		p.UserID, p.MatchedBy = "", directory.Unmatched
		if _, ok := read[user]; !ok || unknown[user] {
			v.waitUntilListed(p, user)
			continue
		}
		v.joinTo(p, v.Users[user], how)
	}
	return nil
}

// gaining lists the people with a user who are not yet just as wanted in every
// organization that was listed. Nobody else gets anything by their address.
func (v *Resolver) gaining(wanted Wanted, people []*directory.Person) []*directory.Person {
	gains := map[*directory.Person]bool{}
	for o, list := range wanted {
		for i := range list {
			w := &list[i]
			if o.Err != nil || w.StartsLater() || w.Person.UserID == "" || gains[w.Person] {
				continue
			}
			m := o.Member(w.Person.UserID)
			gains[w.Person] = m == nil || !asWanted(w, m) || v.Config.Adopt != policy.AdoptNone && m.Marker == nil
		}
	}
	return slices.DeleteFunc(slices.Clone(people), func(p *directory.Person) bool { return !gains[p] })
}

// readMemberships reads the memberships of the users of people, each once. Those
// of a user that cannot be read are left out.
func (v *Resolver) readMemberships(ctx context.Context, people []*directory.Person) (map[string][]clerkapi.Membership, error) {
	var users []string
	for _, p := range people {
		users = append(users, p.UserID)
	}
	users = policy.Unique(users)
	lists, faults := make([][]clerkapi.Membership, len(users)), make([]error, len(users))
	var group errgroup.Group
	group.SetLimit(readsAtOnce)
	for i, user := range users {
		group.Go(func() error {
			if lists[i], faults[i] = v.Clerk.MembershipsOfUser(ctx, user); faults[i] != nil {
				v.Log.Warn("cannot read the memberships of an account", zap.String("user", user), zap.Error(faults[i]))
			}
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("read the memberships of accounts: %w", err)
	}
	read := map[string][]clerkapi.Membership{}
	for i, user := range users {
		if faults[i] == nil {
			read[user] = lists[i]
		}
	}
	return read, nil
}

// addMarkers adds our markers of memberships to those that the lists showed.
func (v *Resolver) addMarkers(found []clerkapi.Membership) {
	for i := range found {
		m := &found[i]
		if marker := v.Config.Marker(m.Private); marker.OwnedBy(v.Config.Owner) {
			v.Have.Markers.Add(&roster.Member{UserID: m.UserID, Role: m.Role, Marker: marker})
		}
	}
}

// waitUntilListed records that a person was joined without a marker and waits
// until the organizations can be read. The plan already has their failure.
func (v *Resolver) waitUntilListed(p *directory.Person, user string) {
	names := v.Have.HiddenNames()
	which := "the organization " + names[0]
	if len(names) > 1 {
		which = "the organizations " + strings.Join(names, ", ")
	}
	p.Problem = &directory.Problem{Rule: "S02", Users: []string{user}, Text: fmt.Sprintf(
		"%s (%s): waits until %s can be read, where account %s may be marked as another person", p.Label(), p.Origin, which, user)}
}
