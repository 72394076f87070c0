package approve

import (
	"context"
	"slices"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync/journal"
)

// Standing says whether a set can be approved.
type Standing int

// The standings.
const (
	// Open is a set that the newest plan left waiting.
	Open Standing = iota + 1
	// Approved is a set that somebody has approved, and that no run has sent yet.
	Approved
	// Made is a set whose changes were approved and made.
	Made
	// Outdated is a set that the newest plan does not have.
	Outdated
	// OfUndo is a set of an undo, which no run of a service sends.
	OfUndo
)

// Find is the set with that hash, with whoever has approved it, and whether it can be
// approved. It fails with [journal.ErrNoHeld] if there is none, or if it was shown too
// long ago.
func Find(ctx context.Context, db *journal.DB, hash string) (report.KeptSet, Standing, error) {
	found, err := db.Held(ctx, hash)
	if err != nil {
		return report.KeptSet{}, 0, err
	}
	set, err := report.NewKeptSet(found)
	if err != nil || found.Run != 0 {
		return set, OfUndo, err
	}
	open, err := Waiting(ctx, db)
	if err != nil {
		return set, 0, err
	}
	if i := slices.IndexFunc(open, func(k report.KeptSet) bool { return k.Hash == found.Hash }); i >= 0 {
		set.Approved = open[i].Approved
		if set.Approved == nil {
			return set, Open, nil
		}
		return set, Approved, nil
	}
	approvals, err := db.Approvals(ctx)
	if err != nil {
		return set, 0, err
	}
	if set.Approved = coveredBy(approvals, &found); set.Approved != nil && set.Approved.Used {
		return set, Made, nil
	}
	return set, Outdated, nil
}
