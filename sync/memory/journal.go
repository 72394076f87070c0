package memory

import (
	"context"
	"time"

	"rollcall/sync/exception"
	"rollcall/sync/journal"
)

// Journal is the part of the history that the memory is read from and written to.
type Journal interface {
	// Facts lists the facts of these kinds; without a kind it lists all.
	Facts(ctx context.Context, kinds ...string) ([]journal.Fact, error)
	// Remember adds facts and removes others.
	Remember(ctx context.Context, run int64, set, forget []journal.Fact) error
	// Pauses lists the organizations that an admin has paused (S25).
	Pauses(ctx context.Context) ([]journal.Pause, error)
	// Exceptions lists what admins have granted and denied for a time, also what has
	// ended.
	Exceptions(ctx context.Context) ([]exception.Exception, error)
	// Approvals lists the approvals that an admin has stored (S23).
	Approvals(ctx context.Context) ([]journal.Approval, error)
	// Latest lists the last done change of each membership, of these actions.
	Latest(ctx context.Context, actions ...string) ([]journal.Change, error)
	// Runs lists the last runs, newest first.
	Runs(ctx context.Context, limit int) ([]journal.Run, error)
}

// ClerkClock is the part of the Clerk client that knows Clerk's time.
type ClerkClock interface {
	// ClockOffset is how far Clerk's clock is ahead of ours. It is not ok
	// before Clerk has answered (S28).
	ClockOffset() (offset time.Duration, ok bool)
}
