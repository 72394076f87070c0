package sync

import (
	"context"

	"rollcall/clerkapi"
	"rollcall/sync/apply"
	"rollcall/sync/explain"
	"rollcall/sync/guard"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/recent"
	"rollcall/sync/undo"
)

// Clerk is all that a run needs of the Clerk Backend API.
type Clerk = recent.Clerk

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
