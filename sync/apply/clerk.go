package apply

import (
	"context"
	"encoding/json"

	"rollcall/clerkapi"
	"rollcall/sync/journal"
)

// Clerk is the part of the Clerk Backend API that sending changes needs: the
// writes, and the reads that show what a write without an answer has done.
type Clerk interface {
	// CreateMembership adds a user to an organization.
	CreateMembership(ctx context.Context, organization string, m clerkapi.NewMembership) (clerkapi.Membership, error)
	// SetRole changes the role of a member.
	SetRole(ctx context.Context, organization, user, role string) (clerkapi.Membership, error)
	// MergeMetadata merges patches into the metadata of a membership.
	MergeMetadata(ctx context.Context, organization, user string, public, private json.RawMessage) (clerkapi.Membership, error)
	// DeleteMembership removes a member.
	DeleteMembership(ctx context.Context, organization, user string) (clerkapi.Membership, error)
	// CreateUser creates a user of the instance.
	CreateUser(ctx context.Context, u clerkapi.NewUser) (clerkapi.User, error)
	// CreateInvitation invites one address to an organization.
	CreateInvitation(ctx context.Context, organization string, inv clerkapi.NewInvitation) (clerkapi.Invitation, error)
	// CreateInvitations invites up to 10 addresses in one request; see
	// clerkapi for its errors.
	CreateInvitations(ctx context.Context, organization string, list []clerkapi.NewInvitation) ([]clerkapi.Invitation, error)
	// RevokeInvitation revokes a pending invitation.
	RevokeInvitation(ctx context.Context, organization, invitation string) (clerkapi.Invitation, error)
	// LockUser and BanUser refuse sign-ins; UnlockUser and UnbanUser take that back.
	LockUser(ctx context.Context, user string) (clerkapi.User, error)
	BanUser(ctx context.Context, user string) (clerkapi.User, error)
	UnlockUser(ctx context.Context, user string) (clerkapi.User, error)
	UnbanUser(ctx context.Context, user string) (clerkapi.User, error)
	// ActiveSessions lists the active sessions of a user, RevokeSession ends one.
	ActiveSessions(ctx context.Context, user string) ([]clerkapi.Session, error)
	RevokeSession(ctx context.Context, session string) (clerkapi.Session, error)
	// APIKeys lists the API keys of a user that work, RevokeAPIKey revokes one.
	APIKeys(ctx context.Context, user string) ([]clerkapi.APIKey, error)
	RevokeAPIKey(ctx context.Context, key, reason string) (clerkapi.APIKey, error)
	// FindMembership reads one membership. It is not ok if the user is no member.
	FindMembership(ctx context.Context, organization, user string) (m clerkapi.Membership, ok bool, err error)
	// MembershipsOfUser lists the memberships of a user in all organizations, whole
	// or an error.
	MembershipsOfUser(ctx context.Context, user string) ([]clerkapi.Membership, error)
	// Users looks users up in batches.
	Users(ctx context.Context, q clerkapi.UserQuery) ([]clerkapi.User, error)
	// PendingInvitations lists the pending invitations of the whole instance.
	PendingInvitations(ctx context.Context) ([]clerkapi.Invitation, error)
}

// Journal is the part of the history that sending changes needs. A write is on
// disk when it returns (S32).
type Journal interface {
	// Intend writes changes before they are sent, and returns their numbers.
	Intend(ctx context.Context, run int64, changes []journal.Change) ([]int64, error)
	// Record writes the outcomes of changes.
	Record(ctx context.Context, outcomes []journal.Outcome) error
	// Unfinished lists the changes without an outcome.
	Unfinished(ctx context.Context) ([]journal.Change, error)
	// Remember adds facts and removes others.
	Remember(ctx context.Context, run int64, set, forget []journal.Fact) error
}
