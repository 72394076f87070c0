package roster

import (
	"context"

	"rollcall/clerkapi"
)

// Clerk is the part of the Clerk Backend API that reading organizations needs.
// A listing is complete or an error (S09).
type Clerk interface {
	// FindOrganizations finds organizations by slug or org_ id (S22). The map
	// has no entry for a name that no organization has. Member counts are set. A
	// *clerkapi.NamesError has the names that could not be asked for (S40).
	FindOrganizations(ctx context.Context, names []string) (map[string]clerkapi.Organization, error)
	// ReadOrganizations are organizations that FindOrganizations has read without
	// being asked for them, if it missed a name.
	ReadOrganizations() []clerkapi.Organization
	// Roles lists the roles of the instance.
	Roles(ctx context.Context) ([]clerkapi.Role, error)
	// RoleSets lists the role sets of the instance.
	RoleSets(ctx context.Context) ([]clerkapi.RoleSet, error)
	// ListMemberships lists the members of the organizations by the cheaper
	// strategy. The Listing carries the error of each organization that could
	// not be listed. The second result is an error that stops every organization.
	ListMemberships(ctx context.Context, organizations []clerkapi.Organization) (*clerkapi.Listing, error)
	// ListOthers lists the memberships of the whole instance, by organization, if
	// there are more than the seen ones; those that take more than one request only
	// where whole is true.
	ListOthers(ctx context.Context, seen int, whole bool) (map[string][]clerkapi.Membership, error)
	// PendingInvitations lists the pending invitations of the whole instance.
	PendingInvitations(ctx context.Context) ([]clerkapi.Invitation, error)
}
