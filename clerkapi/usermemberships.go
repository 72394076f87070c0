package clerkapi

import (
	"context"
	"fmt"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/wire"
)

const userMembershipsPath = usersPath + "/{user_id}/organization_memberships"

// MembershipsOfUser lists the memberships of one user in all organizations. The
// list is whole or an error (GET /users/{user_id}/organization_memberships).
func (c *users) MembershipsOfUser(ctx context.Context, user string) ([]Membership, error) {
	if err := arguments.Of("MembershipsOfUser").ID("user", user).Err(); err != nil {
		return nil, err
	}
	l := &calls.Pager[wire.Membership, Membership]{
		What: "memberships of a user", Path: userMembershipsPath, Args: []string{user},
		ID: func(m *Membership) string { return m.ID }, Fast: wire.ReadMembershipPage,
		Convert: toMembershipsOfUser(user),
	}
	return l.All(ctx, c.sender)
}

// toMembershipsOfUser converts a page. A row of another user than the one asked
// for means that the answer belongs to another question (S09). Clerk's contract
// lets a row leave its user out: there is only one whose it can be.
func toMembershipsOfUser(user string) func([]wire.Membership) ([]Membership, error) {
	convert := toMemberships("")
	return func(rows []wire.Membership) ([]Membership, error) {
		items, err := convert(rows)
		for i := range items {
			m := &items[i]
			if m.UserID != "" && m.UserID != user {
				return nil, fmt.Errorf("asked for the memberships of %s, got one of %s", user, wire.CleanMessage(m.UserID))
			}
			m.UserID = user
		}
		return items, err
	}
}
