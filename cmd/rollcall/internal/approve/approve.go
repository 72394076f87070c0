package approve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/report/history"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/setup"
	"rollcall/sync/journal"
)

// Desk is where somebody approves.
type Desk struct {
	DB      *journal.DB
	Out     io.Writer
	Options facts.Options
	// Dialogue asks whoever approves. Sure says that nobody is asked.
	Dialogue *setup.Dialogue
	Sure     bool
	// Reason is why they approve, and By who they are.
	Reason, By string
}

// Approve shows the sets, asks about them unless somebody is sure, and records
// the approvals: all of them, or none.
func (d *Desk) Approve(ctx context.Context, hashes []string) error {
	waiting, err := Waiting(ctx, d.DB)
	if err != nil {
		return err
	}
	var sets []report.KeptSet
	for _, hash := range hashes {
		set, err := d.DB.Held(ctx, hash)
		if errors.Is(err, journal.ErrNoHeld) {
			return runner.UsageError{Err: fmt.Errorf("approve %s: %w", hash, err)}
		}
		if err != nil {
			return err
		}
		if slices.ContainsFunc(sets, func(k report.KeptSet) bool { return k.Hash == set.Hash }) {
			continue // named twice
		}
		kept, err := report.NewKeptSet(set)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(waiting, func(k report.KeptSet) bool { return k.Hash == kept.Hash }); i >= 0 {
			kept.Number = waiting[i].Number
		}
		sets = append(sets, kept)
	}
	if err := d.show(ctx, sets, false); err != nil {
		return err
	}
	if !d.Sure {
		_, changes := report.PeopleOf(sets)
		if err := d.confirm(ctx, "Approve "+facts.Count(changes, "change")+"?"); err != nil {
			return err
		}
	}
	return d.record(ctx, sets)
}

// show prints sets, with exactly their people.
func (d *Desk) show(ctx context.Context, sets []report.KeptSet, commands bool) error {
	instance, err := d.DB.Instance(ctx)
	if err != nil {
		return err
	}
	return report.Kept(d.Out, instance, sets, commands, d.Options)
}

// Record writes down that somebody approves sets: all of them, or none.
func Record(ctx context.Context, db *journal.DB, sets []report.KeptSet, reason, by string) error {
	var approvals []journal.Approval
	for i := range sets {
		s := &sets[i]
		approvals = append(approvals, journal.Approval{Hash: s.Hash, Organization: s.Organization, Keys: s.Keys, Reason: reason, By: by})
	}
	return db.Approve(ctx, approvals...)
}

// record writes the approvals down and says what happens next.
func (d *Desk) record(ctx context.Context, sets []report.KeptSet) error {
	if err := Record(ctx, d.DB, sets, d.Reason, d.By); err != nil {
		return err
	}
	people, changes := report.PeopleOf(sets)
	_, err := fmt.Fprintf(d.Out, "Approved for 24 hours: %s for %s, as they waited at %s.\n%s\n",
		facts.Count(changes, "change"), facts.Count(people, "person"), history.Moment(sets[0].At), d.whoSends(sets))
	return err
}

// whoSends says what sends the changes that were approved.
func (d *Desk) whoSends(sets []report.KeptSet) string {
	commands := facts.Commands{Program: d.Options.Program, Flags: d.Options.Flags}
	var undos []string
	for i := range sets {
		if run := sets[i].Run; run != 0 {
			undos = append(undos, commands.Command("undo", fmt.Sprint(run)))
		}
	}
	undos = slices.Compact(slices.Sorted(slices.Values(undos)))
	switch {
	case len(undos) == 0:
		return "The next run of the service or " + commands.Command("apply") + " sends them."
	case len(undos) == len(sets):
		return "To send them: " + strings.Join(undos, ", then ")
	}
	return "To send them: " + strings.Join(append(undos, commands.Command("apply")), ", then ")
}

// confirm asks whether what was shown is to pass. Only a yes is one (S43).
func (d *Desk) confirm(ctx context.Context, question string) error {
	if yes, err := d.Dialogue.Confirm(ctx, question); err != nil || !yes {
		return notApproved(ctx)
	}
	return nil
}
