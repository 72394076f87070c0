package clerkapi

import (
	"context"
	"encoding/json"
	"errors"
)

var errTODO = errors.New("not written yet")

func (c *Client) FindOrganizations(ctx context.Context, names []string) (map[string]Organization, error) {
	return nil, errTODO
}
func (c *Client) Roles(ctx context.Context) ([]Role, error)       { return nil, errTODO }
func (c *Client) RoleSets(ctx context.Context) ([]RoleSet, error) { return nil, errTODO }
func (c *Client) ListMemberships(ctx context.Context, organizations []Organization) (*Listing, error) {
	return nil, errTODO
}
func (c *Client) Users(ctx context.Context, q UserQuery) ([]User, error)       { return nil, errTODO }
func (c *Client) AllUsers(ctx context.Context) ([]User, error)                 { return nil, errTODO }
func (c *Client) UsersCount(ctx context.Context) (int, error)                  { return 0, errTODO }
func (c *Client) PendingInvitations(ctx context.Context) ([]Invitation, error) { return nil, errTODO }
func (c *Client) Instance(ctx context.Context) (Instance, error)               { return Instance{}, errTODO }
func (c *Client) CreateUser(ctx context.Context, u NewUser) (User, error)      { return User{}, errTODO }
func (c *Client) CreateMembership(ctx context.Context, organization string, m NewMembership) (Membership, error) {
	return Membership{}, errTODO
}
func (c *Client) SetRole(ctx context.Context, organization, user, role string) (Membership, error) {
	return Membership{}, errTODO
}
func (c *Client) MergeMetadata(ctx context.Context, organization, user string, public, private json.RawMessage) (Membership, error) {
	return Membership{}, errTODO
}
func (c *Client) DeleteMembership(ctx context.Context, organization, user string) (Membership, error) {
	return Membership{}, errTODO
}
func (c *Client) FindMembership(ctx context.Context, organization, user string) (Membership, bool, error) {
	return Membership{}, false, errTODO
}
func (c *Client) CreateInvitation(ctx context.Context, organization string, inv NewInvitation) (Invitation, error) {
	return Invitation{}, errTODO
}
func (c *Client) RevokeInvitation(ctx context.Context, organization, invitation string) (Invitation, error) {
	return Invitation{}, errTODO
}
