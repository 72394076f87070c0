package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/report/history"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/state"
	"rollcall/sync/journal"
)

// historyFlags are what history is limited to.
type historyFlags struct {
	limit                int
	person, organization string
}

// newHistory lists earlier runs. It needs no secrets and no lock (S34).
func newHistory(a *app) *cobra.Command {
	f := historyFlags{limit: 20}
	c := &cobra.Command{
		Use:  "history",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			db, err := a.openHistory(c.Context())
			if errors.Is(err, journal.ErrNone) {
				return noRuns(c.Context(), a)
			}
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }() // nothing was written
			instance, err := db.Instance(c.Context())
			if err != nil {
				return err
			}
			if f.person+f.organization != "" {
				return showChanges(c.Context(), a, db, instance, f)
			}
			return listRuns(c.Context(), a, db, instance, f.limit)
		},
	}
	a.addOutput(c, "text", "json")
	c.Flags().IntVar(&f.limit, "limit", f.limit, "how many runs to list; 0 for all")
	c.Flags().StringVar(&f.person, "person", "", "only the changes of this person (address, id in a source, or user id)")
	c.Flags().StringVar(&f.organization, "organization", "", "only the changes in this organization (slug or id)")
	return c
}

func listRuns(ctx context.Context, a *app, db *journal.DB, instance clerkapi.Instance, limit int) error {
	runs, err := db.Runs(ctx, limit)
	open, openErr := state.Open(ctx, db)
	if err = errors.Join(err, openErr); err != nil {
		return err
	}
	if a.flags.output == "json" {
		return history.ListJSON(a.stdout, instance, runs, open)
	}
	return history.List(a.stdout, instance, runs, open, a.reportOptions().Width)
}

// showChanges shows the changes of one person, or in one organization, by run.
func showChanges(ctx context.Context, a *app, db *journal.DB, instance clerkapi.Instance, f historyFlags) error {
	known, err := state.Read(ctx, db)
	if err != nil {
		return err
	}
	organization := ""
	if f.organization != "" {
		var found bool
		if organization, found = known.ID(f.organization); !found {
			return usage(fmt.Errorf("find the organization %q: no run has seen it%s", f.organization, known.Suggestion(f.organization)))
		}
	}
	past, err := state.Past(ctx, db, organization, f.person, f.limit)
	if err != nil {
		return err
	}
	if a.flags.output == "json" {
		return history.ChangesJSON(a.stdout, instance, past)
	}
	if len(past) == 0 {
		_, err = fmt.Fprintf(a.stdout, "No run has changed anything there.\n%s\n", facts.InstanceLine(instance))
		return err
	}
	return report.PastRuns(a.stdout, instance, known.Label, past, a.reportOptions())
}

// noRuns is the list of a state directory before the first run.
func noRuns(ctx context.Context, a *app) error {
	if a.flags.output == "json" {
		return history.ListJSON(a.stdout, clerkapi.Instance{}, nil, nil)
	}
	dir, err := a.historyDirectory(ctx)
	if err == nil {
		_, err = fmt.Fprintf(a.stdout, "No runs yet in %s. The first apply creates one.\n", dir)
	}
	return err
}

// newShow shows each change of one run, with its reason, or how its plan differs from
// that of an earlier run.
func newShow(a *app) *cobra.Command {
	diff, links := "", false
	c := &cobra.Command{
		Use:  "show [RUN] [--diff [RUN] | --links]",
		Args: cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			id, before, err := runsToShow(args, diff)
			if err != nil {
				return usage(err)
			}
			if links && id == 0 {
				return usage(errors.New("rollcall show --links needs the number of a run: rollcall show 12 --links"))
			}
			if links {
				if diff != "" || c.Flags().Changed("output") {
					return usage(errors.New("rollcall show --links prints text only, so it takes neither --diff nor --output: rollcall show 12 --links"))
				}
				return showLinks(c, a, id)
			}
			db, err := a.openHistory(c.Context())
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }() // nothing was written
			if id == 0 {
				id, err = newestRun(c.Context(), db)
			}
			if err != nil {
				return err
			}
			run, err := state.Run(c.Context(), db, id, 0)
			if errors.Is(err, journal.ErrNoRun) {
				return usage(err)
			}
			if err != nil {
				return err
			}
			if diff != "" {
				return showDifference(c.Context(), a, db, run, before)
			}
			return showRun(c.Context(), a, db, run)
		},
		DisableFlagsInUseLine: true,
	}
	a.addOutput(c, "text", "json", "html")
	c.Flags().StringVar(&diff, "diff", "", "compare the plan with that of an earlier `RUN`; without a number, with the run before")
	c.Flags().Lookup("diff").NoOptDefVal = theRunBefore
	c.Flags().BoolVar(&links, "links", false, "print the links of the run's pending invitations, for the owner of the state directory")
	return c
}

// newestRun is the run that show takes when none is named.
func newestRun(ctx context.Context, db *journal.DB) (int64, error) {
	runs, err := db.Runs(ctx, 1)
	if err == nil && len(runs) == 0 {
		err = usage(errors.New("there is no run to show yet"))
	}
	if err != nil {
		return 0, err
	}
	return runs[0].ID, nil
}

// theRunBefore is the value of --diff without a number.
const theRunBefore = "before"

// runsToShow are the runs that show is asked for; without a number it is the newest,
// which is 0 here. The number behind --diff is an argument to the parser, since --diff
// stands without one too.
func runsToShow(args []string, diff string) (run, before int64, err error) {
	if len(args) == 2 && diff != theRunBefore {
		return 0, 0, errors.New("rollcall show takes one run; --diff compares it with another: rollcall show 12 --diff 11")
	}
	if len(args) == 0 {
		if diff != "" && diff != theRunBefore {
			before, err = runNumber(diff)
		}
		return 0, before, err
	}
	if run, err = runNumber(args[0]); err != nil {
		return 0, 0, err
	}
	switch {
	case len(args) == 2:
		diff = args[1]
	case diff == "" || diff == theRunBefore:
		return run, 0, nil
	}
	if before, err = runNumber(diff); err == nil && before >= run {
		err = fmt.Errorf("--diff needs an earlier run, and run %d is not earlier than run %d: rollcall show 12 --diff 11", before, run)
	}
	return run, before, err
}

func showRun(ctx context.Context, a *app, db *journal.DB, run *history.Past) error {
	instance, err := db.Instance(ctx)
	if err != nil {
		return err
	}
	if a.flags.output == "json" {
		return history.RunJSON(a.stdout, instance, run)
	}
	known, err := state.Read(ctx, db)
	if err != nil {
		return err
	}
	if a.flags.output == "html" {
		return history.RunHTML(a.stdout, instance, known.Label, run, a.reportOptions())
	}
	return report.PastRuns(a.stdout, instance, known.Label, []history.Past{*run}, a.reportOptions())
}

// showDifference shows how the plan of a run differs from that of an earlier one; 0 is
// the run before.
func showDifference(ctx context.Context, a *app, db *journal.DB, run *history.Past, before int64) error {
	d, err := state.Difference(ctx, db, run, before, 0)
	if errors.Is(err, journal.ErrNoRun) || errors.Is(err, history.ErrNoPlan) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	instance, err := db.Instance(ctx)
	if err != nil {
		return err
	}
	if a.flags.output == "json" {
		return history.DifferenceJSON(a.stdout, instance, d)
	}
	known, err := state.Read(ctx, db)
	if err != nil {
		return err
	}
	if a.flags.output == "html" {
		return history.DifferenceHTML(a.stdout, instance, known.Label, d, a.reportOptions())
	}
	return report.Difference(a.stdout, instance, known.Label, d, a.reportOptions())
}

// historyDirectory is where the state directory is, for verbs that need no secrets.
func (a *app) historyDirectory(ctx context.Context) (string, error) {
	var configured config.Place
	if a.flags.state == "" {
		if a.refused != nil {
			return "", a.refused
		}
		var err error
		if configured, err = config.State(a.flags.config, a.lookup); err != nil {
			return "", usage(err)
		}
	}
	place, err := runner.StateDirectory(a.flags.state, configured.State, configured.Clerk.APIURL, a.lookup)
	if err == nil && place.Dir == "" {
		err = usage(errors.New("open the history: there is no history with state: none; use a state directory with --state"))
	}
	if err == nil {
		err = runner.TakeOwner(place.Dir)
	}
	if err != nil {
		return "", err
	}
	dir, err := place.OfVerb(ctx, configured.Clerk.SecretKey)
	if err != nil {
		return "", err
	}
	return dir, runner.TakeOwner(dir)
}

// openHistory opens the journal for reading.
func (a *app) openHistory(ctx context.Context) (*journal.DB, error) {
	dir, err := a.historyDirectory(ctx)
	if err != nil {
		return nil, err
	}
	db, err := journal.Open(ctx, dir, journal.Options{ReadOnly: true})
	if errors.Is(err, journal.ErrNone) {
		return nil, usage(err)
	}
	return db, err
}
