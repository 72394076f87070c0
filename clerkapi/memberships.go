package clerkapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/limit"
	"rollcall/clerkapi/internal/pages"
	"rollcall/clerkapi/internal/wire"
)

const (
	membershipsPath = "/organizations/{organization_id}/memberships"
	membershipPath  = membershipsPath + "/{user_id}"
	instancePath    = "/organization_memberships"
)

// memberships are the calls that concern memberships.
type memberships struct {
	sender *sender
	size   *instanceSize
}

// FindMembership reads one membership. Clerk has no call for one membership, so
// this reads the list filtered by user_id. ok is false when the user is no
// member.
func (c *memberships) FindMembership(ctx context.Context, organization, user string) (m Membership, ok bool, err error) {
	if err := arguments.Of("FindMembership").Organization(organization).ID("user", user).Err(); err != nil {
		return Membership{}, false, err
	}
	page, err := membershipsOfUsers(ctx, c.sender, organization, []string{user}, 10)
	if err != nil {
		return Membership{}, false, err
	}
	for _, m := range page.Items {
		// The one row of a list that was asked for one user is of that user, even
		// if Clerk left out whose it is.
		if m.UserID == user || m.UserID == "" && page.Total == 1 {
			m.UserID = user
			return m, true, nil
		}
	}
	if page.Total != 0 {
		return Membership{}, false, &IncompleteError{Organization: organization, What: "the membership of " + user, Got: 0, Want: page.Total}
	}
	return Membership{}, false, nil
}

// membershipsOfUsers reads one page, of at most limit memberships, of the
// memberships that some users have in an organization. users are 100 at most.
func membershipsOfUsers(ctx context.Context, s *sender, organization string, users []string, limit int) (pages.Page[Membership], error) {
	l := membershipList(organization)
	l.Query = url.Values{"user_id": users}
	s.CountLeast(l.Kind(), 1)
	return l.Page(ctx, s, 0, limit)
}

// CreateMembership adds a user to an organization. It is repeated when the
// answer is lost. An [ErrAlreadyMember] with Error.Attempts over 1 may come from
// an earlier attempt of this call, so read the membership back (S33).
func (c *memberships) CreateMembership(ctx context.Context, organization string, m NewMembership) (Membership, error) {
	a := arguments.Of("CreateMembership").Organization(organization).ID("user", m.UserID).Role(m.Role)
	if err := a.Metadata("public", m.Public).Metadata("private", m.Private).Err(); err != nil {
		return Membership{}, err
	}
	in := struct {
		UserID  string          `json:"user_id"`
		Role    string          `json:"role"`
		Public  json.RawMessage `json:"public_metadata,omitempty"`
		Private json.RawMessage `json:"private_metadata,omitempty"`
	}{m.UserID, m.Role, m.Public, m.Private}
	return sendForMembership(ctx, c.sender, organization, &calls.Call{
		Method: "POST", Path: membershipsPath, Args: []string{organization}, In: in,
	})
}

// SetRole changes the role of a membership.
func (c *memberships) SetRole(ctx context.Context, organization, user, role string) (Membership, error) {
	if err := arguments.Of("SetRole").Organization(organization).ID("user", user).Role(role).Err(); err != nil {
		return Membership{}, err
	}
	return sendForMembership(ctx, c.sender, organization, &calls.Call{
		Method: "PATCH", Path: membershipPath, Args: []string{organization, user},
		In: map[string]string{"role": role}, Limits: limit.Key{Membership: organization + "/" + user},
	})
}

// MergeMetadata merges RFC 7396 patches into the metadata of a membership: a
// null removes its key, at any depth. A nil patch is not sent. Two nil patches
// are refused, because the request would change nothing.
func (c *memberships) MergeMetadata(ctx context.Context, organization, user string, public, private json.RawMessage) (Membership, error) {
	a := arguments.Of("MergeMetadata").Organization(organization).ID("user", user).
		Metadata("public", public).Metadata("private", private)
	if public == nil && private == nil {
		a.Refuse("public", "no metadata to merge")
	}
	if err := a.Err(); err != nil {
		return Membership{}, err
	}
	in := struct {
		Public  json.RawMessage `json:"public_metadata,omitempty"`
		Private json.RawMessage `json:"private_metadata,omitempty"`
	}{public, private}
	return sendForMembership(ctx, c.sender, organization, &calls.Call{
		Method: "PATCH", Path: membershipPath + "/metadata", Args: []string{organization, user},
		In: in, Limits: limit.Key{Membership: organization + "/" + user},
	})
}

// DeleteMembership removes a user from an organization and returns the
// membership as it last was (S33). It is repeated when the answer is lost. An
// [ErrNotFound] with Error.Attempts over 1 may come from an earlier attempt of
// this call.
func (c *memberships) DeleteMembership(ctx context.Context, organization, user string) (Membership, error) {
	if err := arguments.Of("DeleteMembership").Organization(organization).ID("user", user).Err(); err != nil {
		return Membership{}, err
	}
	return sendForMembership(ctx, c.sender, organization, &calls.Call{Method: "DELETE", Path: membershipPath, Args: []string{organization, user}})
}

// sendForMembership sends a call that answers with a membership. All such calls
// are safe to repeat.
func sendForMembership(ctx context.Context, s *sender, organization string, k *calls.Call) (Membership, error) {
	var out wire.Membership
	k.Out, k.Repeat = &out, calls.Always
	if err := s.Do(ctx, k); err != nil {
		return Membership{}, err
	}
	m := membershipOf(&out)
	m.OrganizationID = organization
	return m, nil
}

func membershipList(organization string) *calls.Pager[wire.Membership, Membership] {
	l := &calls.Pager[wire.Membership, Membership]{
		What: "memberships", Organization: organization, Order: calls.OldestFirst,
		ID: func(m *Membership) string { return m.ID }, Fast: wire.ReadMembershipPage,
	}
	if organization == "" {
		l.Path, l.Convert = instancePath, toMemberships("")
		return l
	}
	l.Path, l.Args, l.Convert = membershipsPath, []string{organization}, toMemberships(organization)
	return l
}

func membershipOf(w *wire.Membership) Membership {
	return Membership{
		ID: w.ID, OrganizationID: w.Organization.ID, UserID: w.User.UserID, Role: w.Role,
		Identifier: w.User.Identifier, FirstName: w.User.FirstName, LastName: w.User.LastName,
		Banned: w.User.Banned == wire.True, Deprovisioned: w.User.Deprovisioned == wire.True,
		StandingUnknown: w.User.Banned == wire.Absent || w.User.Deprovisioned == wire.Absent,
		Public:          wire.NullToNil(w.Public), Private: wire.NullToNil(w.Private),
		CreatedAt: int64(w.CreatedAt),
	}
}

// toMemberships converts a page. A row of another organization than the one
// asked for means that the answer belongs to another question (S09).
func toMemberships(organization string) func([]wire.Membership) ([]Membership, error) {
	return func(rows []wire.Membership) ([]Membership, error) {
		shared := wire.Interner{}
		items := make([]Membership, len(rows))
		for i := range rows {
			m := membershipOf(&rows[i])
			if organization == "" && m.OrganizationID == "" {
				return nil, errors.New("a membership has no organization")
			}
			if organization != "" && m.OrganizationID != "" && m.OrganizationID != organization {
				return nil, fmt.Errorf("asked for the memberships of %s, got those of %s", organization, wire.CleanMessage(m.OrganizationID))
			}
			if organization != "" {
				m.OrganizationID = organization
			}
			m.share(shared)
			items[i] = m
		}
		return items, nil
	}
}

// share replaces what repeats from row to row by one copy.
func (m *Membership) share(t wire.Interner) {
	m.OrganizationID = t.String(m.OrganizationID)
	m.Role = t.String(m.Role)
	m.FirstName = t.String(m.FirstName)
	m.LastName = t.String(m.LastName)
	m.Public, m.Private = t.Object(m.Public), t.Object(m.Private)
}
