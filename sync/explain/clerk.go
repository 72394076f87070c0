package explain

import (
	"context"

	"rollcall/sync/identity"
	"rollcall/sync/journal"
	"rollcall/sync/roster"
)

// Clerk is the part of the Clerk Backend API that answering needs: the users
// whom the run has not read, and the pending invitations.
type Clerk interface {
	identity.Clerk
	roster.Clerk
}

// Journal is the part of the history that the answers need: the changes of earlier
// runs, and who made the runs.
type Journal interface {
	// Matching lists the changes that a filter selects, oldest first.
	Matching(ctx context.Context, f journal.Filter) ([]journal.Change, error)
	// Latest lists the last done change of each membership, of these actions.
	Latest(ctx context.Context, actions ...string) ([]journal.Change, error)
	// Run is one run.
	Run(ctx context.Context, id int64) (journal.Run, error)
}
