package undo

import (
	"context"

	"rollcall/sync/journal"
)

// Journal is the part of the history that undo needs (S25).
type Journal interface {
	// Changes lists the changes of one run.
	Changes(ctx context.Context, run int64) ([]journal.Change, error)
}
