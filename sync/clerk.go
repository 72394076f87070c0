package sync

import (
	"context"
	"encoding/json"
	"time"

	"rollcall/clerkapi"
)

// Clerk is what a run needs of the Clerk Backend API. Listings are whole or
// an error (S09); *clerkapi.Client satisfies it.
type Clerk interface {
	// Instance is the one that the secret key belongs to (S31).
	Instance(ctx context.Context) (clerkapi.Instance, error)
	// FindOrganizations answers names that are slugs or org_ ids with the
	// organizations that bear exactly that name (S22); a name that nobody
	// bears is absent from the map. Member counts are filled in.
	FindOrganizations(ctx context.Context, names []string) (map[string]clerkapi.Organization, error)
	Roles(ctx context.Context) ([]clerkapi.Role, error)
	RoleSets(ctx context.Context) ([]clerkapi.RoleSet, error)
	// ListMemberships lists the organizations by the cheaper road. An
	// organization that cannot be listed whole carries its error in the
	// Listing; the error result is for what stops every organization.
	ListMemberships(ctx context.Context, organizations []clerkapi.Organization) (*clerkapi.Listing, error)
	// Users looks up in full batches.
	Users(ctx context.Context, q clerkapi.UserQuery) ([]clerkapi.User, error)
	// AllUsers lists the users of the instance, UsersCount counts them.
	AllUsers(ctx context.Context) ([]clerkapi.User, error)
	UsersCount(ctx context.Context) (int, error)
	// PendingInvitations lists those of the whole instance.
	PendingInvitations(ctx context.Context) ([]clerkapi.Invitation, error)

	CreateMembership(ctx context.Context, organization string, m clerkapi.NewMembership) (clerkapi.Membership, error)
	SetRole(ctx context.Context, organization, user, role string) (clerkapi.Membership, error)
	MergeMetadata(ctx context.Context, organization, user string, public, private json.RawMessage) (clerkapi.Membership, error)
	DeleteMembership(ctx context.Context, organization, user string) (clerkapi.Membership, error)
	// FindMembership reads one membership (the list filtered by user_id);
	// ok is false when the user is no member.
	FindMembership(ctx context.Context, organization, user string) (m clerkapi.Membership, ok bool, err error)
	// MembershipsOf reads what some users have in an organization, in full batches.
	MembershipsOf(ctx context.Context, organization string, users []string) ([]clerkapi.Membership, error)
	CreateUser(ctx context.Context, u clerkapi.NewUser) (clerkapi.User, error)
	CreateInvitation(ctx context.Context, organization string, inv clerkapi.NewInvitation) (clerkapi.Invitation, error)
	// CreateInvitations sends up to 10 in one request; see there for its errors.
	CreateInvitations(ctx context.Context, organization string, list []clerkapi.NewInvitation) ([]clerkapi.Invitation, error)
	RevokeInvitation(ctx context.Context, organization, invitation string) (clerkapi.Invitation, error)

	Stats() clerkapi.Stats
	// ClockOffset is how far Clerk's clock is ahead of ours, where that is
	// known (S28).
	ClockOffset() (offset time.Duration, ok bool)
}
