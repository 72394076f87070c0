package pastruns

import (
	"context"
	"errors"
	"fmt"
	"io"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/report/history"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/state"
	"rollcall/sync/journal"
)

// Output is where a verb writes, in which form: text, json or html.
type Output struct {
	To      io.Writer
	Form    string
	Options facts.Options
}

// Limits are what the changes of earlier runs are limited to.
type Limits struct {
	Runs                 int // how many; 0 for all
	Person, Organization string
}

// Runs lists the runs, the newest first; limit 0 is all.
func (o Output) Runs(ctx context.Context, db *journal.DB, limit int) error {
	instance, err := db.Instance(ctx)
	runs, runsErr := db.Runs(ctx, limit)
	open, openErr := state.Open(ctx, db)
	if err = errors.Join(err, runsErr, openErr); err != nil {
		return err
	}
	if o.Form == "json" {
		return history.ListJSON(o.To, instance, runs, open)
	}
	return history.List(o.To, instance, runs, open, o.Options.Width)
}

// NoRuns is the list of a state directory before the first run.
func (o Output) NoRuns(dir string) error {
	if o.Form == "json" {
		return history.ListJSON(o.To, clerkapi.Instance{}, nil, nil)
	}
	_, err := fmt.Fprintf(o.To, "No runs yet in %s. The first apply creates one.\n", dir)
	return err
}

// Changes shows the changes of one person, or in one organization, by run.
func (o Output) Changes(ctx context.Context, db *journal.DB, l Limits) error {
	instance, err := db.Instance(ctx)
	if err != nil {
		return err
	}
	known, err := state.Read(ctx, db)
	if err != nil {
		return err
	}
	organization := ""
	if l.Organization != "" {
		var found bool
		if organization, found = known.ID(l.Organization); !found {
			return runner.UsageError{Err: fmt.Errorf("find the organization %q: no run has seen it%s", l.Organization, known.Suggestion(l.Organization))}
		}
	}
	past, err := state.Past(ctx, db, organization, l.Person, l.Runs)
	if err != nil {
		return err
	}
	if o.Form == "json" {
		return history.ChangesJSON(o.To, instance, past)
	}
	if len(past) == 0 {
		_, err = fmt.Fprintf(o.To, "No run has changed anything there.\n%s\n", facts.InstanceLine(instance))
		return err
	}
	return report.PastRuns(o.To, instance, known.Label, past, o.Options)
}

// Run shows each change of one run.
func (o Output) Run(ctx context.Context, db *journal.DB, run *history.Past) error {
	instance, err := db.Instance(ctx)
	if err != nil {
		return err
	}
	if o.Form == "json" {
		return history.RunJSON(o.To, instance, run)
	}
	known, err := state.Read(ctx, db)
	if err != nil {
		return err
	}
	if o.Form == "html" {
		return history.RunHTML(o.To, instance, known.Label, run, o.Options)
	}
	return report.PastRuns(o.To, instance, known.Label, []history.Past{*run}, o.Options)
}

// Difference shows how the plan of a run differs from that of an earlier one; 0 is the
// run before.
func (o Output) Difference(ctx context.Context, db *journal.DB, run *history.Past, before int64) error {
	d, err := state.Difference(ctx, db, run, before, 0)
	if errors.Is(err, journal.ErrNoRun) || errors.Is(err, history.ErrNoPlan) {
		return runner.UsageError{Err: err}
	}
	if err != nil {
		return err
	}
	instance, err := db.Instance(ctx)
	if err != nil {
		return err
	}
	if o.Form == "json" {
		return history.DifferenceJSON(o.To, instance, d)
	}
	known, err := state.Read(ctx, db)
	if err != nil {
		return err
	}
	if o.Form == "html" {
		return history.DifferenceHTML(o.To, instance, known.Label, d, o.Options)
	}
	return report.Difference(o.To, instance, known.Label, d, o.Options)
}
