package approve

import (
	"context"
	"fmt"
	"time"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/sync/journal"
)

// Waiting lists what the newest plan left waiting, with what somebody has approved
// of it already, in the order of the plan.
func Waiting(ctx context.Context, db *journal.DB) ([]report.KeptSet, error) {
	sets, err := db.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	approvals, err := db.Approvals(ctx)
	if err != nil {
		return nil, err
	}
	var out []report.KeptSet
	for _, set := range sets {
		kept, err := report.NewKeptSet(set)
		if err != nil {
			return nil, err
		}
		by := coveredBy(approvals, &set)
		if by != nil && by.Used {
			continue // done since
		}
		kept.Approved = by
		out = append(out, kept)
	}
	report.NumberKept(out)
	return out, nil
}

// coveredBy is the approval that covers a set: one that lives, or one that was used
// after the set was shown.
func coveredBy(approvals []journal.Approval, set *journal.HeldSet) *journal.Approval {
	for i := range approvals {
		a := &approvals[i]
		if (a.Live(time.Now()) || a.Used && a.Given.After(set.At)) && coversAll(a.Keys, set.Keys) {
			return a
		}
	}
	return nil
}

func coversAll(keys, of []string) bool {
	have := make(map[string]bool, len(keys))
	for _, k := range keys {
		have[k] = true
	}
	for _, k := range of {
		if !have[k] {
			return false
		}
	}
	return true
}

// List prints what waits.
func (d *Desk) List(ctx context.Context) error {
	sets, err := Waiting(ctx, d.DB)
	if err != nil {
		return err
	}
	if len(sets) == 0 {
		return d.nothing()
	}
	return d.show(ctx, sets, true)
}

func (d *Desk) nothing() error {
	_, err := fmt.Fprintln(d.Out, "Nothing waits for approval.")
	return err
}

// Walk shows one set after the other, asks about each, then once for the reason.
func (d *Desk) Walk(ctx context.Context) error {
	sets, err := Waiting(ctx, d.DB)
	if err != nil {
		return err
	}
	var chosen []report.KeptSet
	asked := 0
	for i := range sets {
		if sets[i].Approved != nil {
			continue
		}
		asked++
		yes, err := d.askAbout(ctx, sets[i:i+1])
		if err != nil {
			return err
		}
		if yes {
			chosen = append(chosen, sets[i])
		}
	}
	switch {
	case asked == 0:
		return d.nothing()
	case len(chosen) == 0:
		return notApproved(ctx)
	}
	if d.Reason == "" {
		if d.Reason, err = d.Dialogue.AskUntil(ctx, "Why do you approve? The history keeps it", CheckReason); err != nil {
			return notApproved(ctx)
		}
	}
	return d.record(ctx, chosen)
}

// askAbout shows one set and asks about it.
func (d *Desk) askAbout(ctx context.Context, set []report.KeptSet) (bool, error) {
	if err := d.show(ctx, set, false); err != nil {
		return false, err
	}
	people, changes := report.PeopleOf(set)
	yes, err := d.Dialogue.Confirm(ctx, fmt.Sprintf("Approve %s for %s?", facts.Count(changes, "change"), facts.Count(people, "person")))
	if err != nil {
		return false, notApproved(ctx)
	}
	return yes, nil
}

// notApproved is the error where somebody has not said yes.
func notApproved(ctx context.Context) error { return runner.Declined(ctx, "nothing was approved") }
