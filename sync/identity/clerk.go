package identity

import (
	"context"

	"rollcall/clerkapi"
)

// Clerk is the part of the Clerk Backend API that finding users needs.
type Clerk interface {
	// Users looks users up in batches.
	Users(ctx context.Context, q clerkapi.UserQuery) ([]clerkapi.User, error)
	// AllUsers lists the users of the instance.
	AllUsers(ctx context.Context) ([]clerkapi.User, error)
	// UsersCount counts the users of the instance.
	UsersCount(ctx context.Context) (int, error)
	// MembershipsOfUser lists the memberships of a user in all organizations, whole
	// or an error.
	MembershipsOfUser(ctx context.Context, user string) ([]clerkapi.Membership, error)
}
