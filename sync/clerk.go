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
	"rollcall/sync/writers"
)

// Clerk is all that a run needs of the Clerk Backend API; *clerkapi.Client
// satisfies it. Each package of a stage declares its part.
type Clerk interface {
	roster.Clerk
	writers.Clerk
	identity.Clerk
	apply.Clerk
	memory.ClerkClock
	// Seats are those that the subscription of an organization pays for.
	Seats(ctx context.Context, organization string) (clerkapi.Seats, error)
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
	// EndException ends a grant or a deny; by is empty if the clock does (S28).
	EndException(ctx context.Context, id int64, by string) error
	// Pause stops changes of later runs in an organization (S25).
	Pause(ctx context.Context, p journal.Pause) error
	// DropLinks deletes the links of invitations that are over.
	DropLinks(ctx context.Context, over func(*journal.Link) bool) error
}
