package recent

import (
	"context"

	"rollcall/clerkapi"
	"rollcall/sync/apply"
	"rollcall/sync/identity"
	"rollcall/sync/memory"
	"rollcall/sync/roster"
	"rollcall/sync/writers"
)

// Clerk is all that a run needs of the Clerk Backend API; *clerkapi.Client
// satisfies it. Each package of a stage declares its part. A [Reader] is one too.
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
