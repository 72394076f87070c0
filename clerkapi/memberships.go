package clerkapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
)

const (
	membershipsPath = "/organizations/{organization_id}/memberships"
	membershipPath  = membershipsPath + "/{user_id}"
	instancePath    = "/organization_memberships"
)

// MembershipQuery is a page of the memberships of one organization, ordered
// and filtered as GET /organizations/{organization_id}/memberships allows.
// Filters with several values take 100 at most; the zero value filters nothing.
type MembershipQuery struct {
	Limit  int // 1 to 500; 0 is 500
	Offset int
	// OrderBy is phone_number, email_address, created_at, first_name,
	// last_name or username, with + (ascending) or -; empty is +created_at.
	OrderBy string

	UserIDs, Emails, PhoneNumbers, Usernames, Web3Wallets, Roles []string
	// Query looks for a part of any identifier or name; the others for a
	// part of theirs.
	Query, EmailQuery, PhoneNumberQuery, UsernameQuery, NameQuery string
	// In Unix milliseconds; 0 is unset. CreatedBefore and CreatedAfter are
	// about the user, not the membership.
	CreatedBefore, CreatedAfter, LastActiveBefore, LastActiveAfter int64
}

var membershipOrders = []string{"phone_number", "email_address", createdAt, "first_name", "last_name", "username"}

// MembershipPage reads one page of the memberships of an organization.
func (c *Client) MembershipPage(ctx context.Context, organization string, q MembershipQuery) (Page[Membership], error) {
	a := checking("MembershipPage").organization(organization).page(q.Limit, q.Offset).orderBy(q.OrderBy, membershipOrders...)
	query := q.values(a)
	if err := a.err(); err != nil {
		return Page[Membership]{}, err
	}
	l := membershipList(organization)
	l.query = query
	l.order = orElse(q.OrderBy, byAge)
	c.expect(l.kind(), 1)
	return l.page(ctx, c, q.Offset, orLimit(q.Limit))
}

func (q *MembershipQuery) values(a *arguments) url.Values {
	query := url.Values{}
	many := map[string][]string{
		"user_id": q.UserIDs, "email_address": q.Emails, "phone_number": q.PhoneNumbers,
		"username": q.Usernames, "web3_wallet": q.Web3Wallets, "role": q.Roles,
	}
	for name, values := range many {
		if a.values(name, values); len(values) > 0 {
			query[name] = values
		}
	}
	one := map[string]string{
		"query": q.Query, "email_address_query": q.EmailQuery, "phone_number_query": q.PhoneNumberQuery,
		"username_query": q.UsernameQuery, "name_query": q.NameQuery,
	}
	for name, value := range one {
		if value != "" {
			query.Set(name, value)
		}
	}
	q.times(a, query)
	return query
}

func (q *MembershipQuery) times(a *arguments, query url.Values) {
	times := map[string]int64{
		"created_at_before": q.CreatedBefore, "created_at_after": q.CreatedAfter,
		"last_active_at_before": q.LastActiveBefore, "last_active_at_after": q.LastActiveAfter,
	}
	for name, ms := range times {
		if ms < 0 {
			a.refuse(name, "%d is before 1970", ms)
		}
		if ms > 0 {
			query.Set(name, strconv.FormatInt(ms, 10))
		}
	}
}

// Memberships lists all memberships of one organization, whole or an error.
func (c *Client) Memberships(ctx context.Context, organization string) ([]Membership, error) {
	if err := checking("Memberships").organization(organization).err(); err != nil {
		return nil, err
	}
	return membershipList(organization).whole(ctx, c)
}

// InstanceMemberships reads one page of the memberships of all organizations
// (GET /organization_memberships, which has no filters). limit is 1 to 500, 0
// for 500; orderBy is as in [MembershipQuery].
func (c *Client) InstanceMemberships(ctx context.Context, limit, offset int, orderBy string) (Page[Membership], error) {
	if err := checking("InstanceMemberships").page(limit, offset).orderBy(orderBy, membershipOrders...).err(); err != nil {
		return Page[Membership]{}, err
	}
	l := membershipList("")
	l.order = orElse(orderBy, byAge)
	c.expect(l.kind(), 1)
	return l.page(ctx, c, offset, orLimit(limit))
}

// FindMembership reads one membership: the list filtered by user_id, since
// Clerk has no call for one. ok is false when the user is no member.
func (c *Client) FindMembership(ctx context.Context, organization, user string) (m Membership, ok bool, err error) {
	if err := checking("FindMembership").organization(organization).id("user", user).err(); err != nil {
		return Membership{}, false, err
	}
	page, err := c.MembershipPage(ctx, organization, MembershipQuery{UserIDs: []string{user}, Limit: 10})
	if err != nil {
		return Membership{}, false, err
	}
	for _, m := range page.Items {
		if m.UserID == user {
			return m, true, nil
		}
	}
	if page.Total != 0 {
		return Membership{}, false, &IncompleteError{Organization: organization, What: "the membership of " + user, Got: 0, Want: page.Total}
	}
	return Membership{}, false, nil
}

// CreateMembership adds a user to an organization. It is repeated when the
// answer is lost: [ErrAlreadyMember] with Error.Attempts over 1 may be our own
// doing, so read it back (S33).
func (c *Client) CreateMembership(ctx context.Context, organization string, m NewMembership) (Membership, error) {
	a := checking("CreateMembership").organization(organization).id("user", m.UserID).role(m.Role)
	if err := a.metadata("public", m.Public).metadata("private", m.Private).err(); err != nil {
		return Membership{}, err
	}
	in := struct {
		UserID  string          `json:"user_id"`
		Role    string          `json:"role"`
		Public  json.RawMessage `json:"public_metadata,omitempty"`
		Private json.RawMessage `json:"private_metadata,omitempty"`
	}{m.UserID, m.Role, m.Public, m.Private}
	return c.membership(ctx, organization, &call{
		method: "POST", path: membershipsPath, args: []string{organization}, in: in,
	})
}

// SetRole changes the role of a membership.
func (c *Client) SetRole(ctx context.Context, organization, user, role string) (Membership, error) {
	if err := checking("SetRole").organization(organization).id("user", user).role(role).err(); err != nil {
		return Membership{}, err
	}
	return c.membership(ctx, organization, &call{
		method: "PATCH", path: membershipPath, args: []string{organization, user},
		in: map[string]string{"role": role}, membership: organization + "/" + user,
	})
}

// MergeMetadata merges RFC 7396 patches into the metadata of a membership: a
// null removes its key, at any depth. A nil patch is not sent; both nil is
// refused, because it would cost a request and change nothing.
func (c *Client) MergeMetadata(ctx context.Context, organization, user string, public, private json.RawMessage) (Membership, error) {
	a := checking("MergeMetadata").organization(organization).id("user", user).
		metadata("public", public).metadata("private", private)
	if public == nil && private == nil {
		a.refuse("public", "nothing to merge")
	}
	if err := a.err(); err != nil {
		return Membership{}, err
	}
	in := struct {
		Public  json.RawMessage `json:"public_metadata,omitempty"`
		Private json.RawMessage `json:"private_metadata,omitempty"`
	}{public, private}
	return c.membership(ctx, organization, &call{
		method: "PATCH", path: membershipPath + "/metadata", args: []string{organization, user},
		in: in, membership: organization + "/" + user,
	})
}

// DeleteMembership removes a user from an organization and answers with the
// membership as it last was (S33). It is repeated when the answer is lost:
// [ErrNotFound] with Error.Attempts over 1 may be our own doing.
func (c *Client) DeleteMembership(ctx context.Context, organization, user string) (Membership, error) {
	if err := checking("DeleteMembership").organization(organization).id("user", user).err(); err != nil {
		return Membership{}, err
	}
	return c.membership(ctx, organization, &call{method: "DELETE", path: membershipPath, args: []string{organization, user}})
}

// membership sends a call that answers with a membership. All of them are
// safe to repeat.
func (c *Client) membership(ctx context.Context, organization string, k *call) (Membership, error) {
	var out wireMembership
	k.out, k.repeat = &out, always
	if err := c.do(ctx, k); err != nil {
		return Membership{}, err
	}
	m := out.membership()
	m.OrganizationID = organization
	return m, nil
}

func membershipList(organization string) *pager[wireMembership, Membership] {
	l := &pager[wireMembership, Membership]{
		what: "memberships", organization: organization, order: byAge,
		id: func(m *Membership) string { return m.ID },
	}
	if organization == "" {
		l.path, l.convert = instancePath, toMemberships("")
		return l
	}
	l.path, l.args, l.convert = membershipsPath, []string{organization}, toMemberships(organization)
	return l
}

// wireMembership is OrganizationMembership of the contract. The embedded
// organization repeats up to 16 KB of metadata in every row; only its id is
// decoded.
type wireMembership struct {
	ID           string `json:"id"`
	Role         string `json:"role"`
	Organization struct {
		ID string `json:"id"`
	} `json:"organization"`
	User struct {
		UserID        string `json:"user_id"`
		Identifier    string `json:"identifier"`
		FirstName     string `json:"first_name"`
		LastName      string `json:"last_name"`
		Banned        shown  `json:"banned"`
		Deprovisioned shown  `json:"deprovisioned"`
	} `json:"public_user_data"`
	Public  json.RawMessage `json:"public_metadata"`
	Private json.RawMessage `json:"private_metadata"`
}

// shown is a truth value that an answer may leave out.
type shown uint8

const (
	unshown shown = iota // absent or null
	shownFalse
	shownTrue
)

// UnmarshalJSON takes true, false and null.
func (s *shown) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true":
		*s = shownTrue
	case "false":
		*s = shownFalse
	case "null":
		*s = unshown
	default:
		return errors.New("not true or false")
	}
	return nil
}

func (w *wireMembership) check() error {
	if w.ID == "" || w.Role == "" || w.User.UserID == "" {
		return errors.New("a membership lacks its id, role or user")
	}
	if !objectOrNothing(w.Public) || !objectOrNothing(w.Private) {
		return errors.New("metadata of a membership is no object")
	}
	return nil
}

func objectOrNothing(raw json.RawMessage) bool {
	return raw == nil || string(raw) == "null" || raw[0] == '{'
}

func (w *wireMembership) membership() Membership {
	return Membership{
		ID: w.ID, OrganizationID: w.Organization.ID, UserID: w.User.UserID, Role: w.Role,
		Identifier: w.User.Identifier, FirstName: w.User.FirstName, LastName: w.User.LastName,
		Banned: w.User.Banned == shownTrue, Deprovisioned: w.User.Deprovisioned == shownTrue,
		StandingUnknown: w.User.Banned == unshown || w.User.Deprovisioned == unshown,
		Public:          present(w.Public), Private: present(w.Private),
	}
}

// present turns null into nil: unknown, not empty.
func present(raw json.RawMessage) json.RawMessage {
	if string(raw) == "null" {
		return nil
	}
	return raw
}

// toMemberships converts a page. Rows of another organization than the one
// asked for mean that the answer belongs to another question (S09).
func toMemberships(organization string) func([]wireMembership) ([]Membership, error) {
	return func(rows []wireMembership) ([]Membership, error) {
		shared := interner{}
		items := make([]Membership, len(rows))
		for i := range rows {
			m := rows[i].membership()
			if organization == "" && m.OrganizationID == "" {
				return nil, errors.New("a membership lacks its organization")
			}
			if organization != "" && m.OrganizationID != "" && m.OrganizationID != organization {
				return nil, fmt.Errorf("asked for %s, got memberships of %s", organization, clean(m.OrganizationID))
			}
			if organization != "" {
				m.OrganizationID = organization
			}
			shared.share(&m)
			items[i] = m
		}
		return items, nil
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func orLimit(limit int) int {
	if limit == 0 {
		return PageLimit
	}
	return limit
}
