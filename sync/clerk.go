package sync

import (
	"context"

	"rollcall/clerkapi"
	"rollcall/sync/apply"
	"rollcall/sync/explain"
	"rollcall/sync/guard"
	"rollcall/sync/identity"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/roster"
	"rollcall/sync/undo"
)

// Clerk is all that a run needs of the Clerk Backend API; *clerkapi.Client
// satisfies it. Each package of a stage declares its part.
type Clerk interface {
	roster.Clerk
	identity.Clerk
	apply.Clerk
	memory.ClerkClock
	// Instance is the instance that the secret key belongs to (S31).
	Instance(ctx context.Context) (clerkapi.Instance, error)
	// Stats counts the requests that the client has sent.
	Stats() clerkapi.Stats
}

// Journal is all that a run needs of the history; *journal.DB satisfies it.
type Journal interface {
	memory.Journal
	apply.Journal
	guard.Journal
	explain.Journal
	undo.Journal
	// Bind refuses another Clerk instance than that of earlier runs (S31).
	Bind(ctx context.Context, instance clerkapi.Instance) error
	// UseApproval records which changes of an approval were applied (S23).
	UseApproval(ctx context.Context, hash string, keys []string) error
	// Pause stops changes of later runs in an organization (S25).
	Pause(ctx context.Context, p journal.Pause) error
}
