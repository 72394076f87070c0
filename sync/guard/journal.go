package guard

import (
	"context"
	"time"

	"rollcall/sync/journal"
)

// Journal is the part of the history that the limits over 24 hours and approvals
// need (S17, S23).
type Journal interface {
	// Since lists the changes that were intended from then on.
	Since(ctx context.Context, t time.Time) ([]journal.Change, error)
	// Held gives the set that was shown under a hash.
	Held(ctx context.Context, hash string) (journal.HeldSet, error)
}
