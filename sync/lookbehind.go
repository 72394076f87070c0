package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"rollcall/clerkapi"
)

// An organization that cannot be listed hides its markers: an address could
// then join somebody new to a leaver's user and let them in elsewhere (S01,
// S02). The users behind such joins are looked for there one by one.

// lookBehind reads, in each organization whose list failed, what the users
// have whom an address or an external_id was joined to, and judges them again.
func (v *resolver) lookBehind(ctx context.Context, clerk Clerk, people []*person) error {
	people = slices.DeleteFunc(slices.Clone(people), func(p *person) bool { return p.userID == "" })
	var users []string
	for _, p := range people {
		users = append(users, p.userID)
	}
	if users = unique(users); len(users) == 0 {
		return nil
	}
	for _, o := range v.state.organizations {
		if o.err == nil {
			continue
		}
		found, ok := behind(ctx, clerk, o, users)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !ok {
			v.doubt(people, o)
			return nil
		}
		v.addMarkers(found)
	}
	for _, p := range people {
		user, how := p.userID, p.join
		p.userID, p.join = "", joinNone
		v.joinTo(p, v.users[user], how)
	}
	return nil
}

// behind reads what the users have in an organization; it is not ok when that
// cannot be read either, or leaves out the metadata.
func behind(ctx context.Context, clerk Clerk, o *organizationState, users []string) (found []clerkapi.Membership, ok bool) {
	found, err := clerk.MembershipsOf(ctx, o.ID, users)
	unknown := slices.ContainsFunc(found, func(m clerkapi.Membership) bool { return len(m.Private) == 0 })
	return found, err == nil && !unknown
}

// addMarkers takes our markers into account wherever they were found.
func (v *resolver) addMarkers(found []clerkapi.Membership) {
	for i := range found {
		m := &found[i]
		marker := parseMarker(m.Private)
		if marker == nil || marker.Owner != v.config.Owner {
			continue
		}
		if now := v.config.Renamed[marker.Source]; now != "" {
			marker.Source = now
		}
		v.state.marked.add(&member{UserID: m.UserID, Role: m.Role, marker: marker})
	}
}

// doubt leaves everybody alone who was joined without a marker, until the
// organization can be read; its failure is in the plan already.
func (v *resolver) doubt(people []*person, o *organizationState) {
	for _, p := range people {
		p.trouble = &trouble{rule: "S02", users: []string{p.userID}, text: fmt.Sprintf(
			"%s (%s): waits until the organization %s can be read, which may know user %s as somebody else", p.Label(), p.Origin, cmp.Or(o.Slug, o.ID), p.userID)}
		p.userID, p.join = "", joinNone
	}
}
