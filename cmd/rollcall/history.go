package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/pastruns"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/state"
	"rollcall/sync/journal"
)

// newHistory lists earlier runs. It needs no secrets and no lock (S34).
func newHistory(a *app) *cobra.Command {
	f := pastruns.Limits{Runs: 20}
	c := &cobra.Command{
		Use:  "history",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			db, err := a.openHistory(c.Context())
			if errors.Is(err, journal.ErrNone) {
				dir, err := a.historyDirectory(c.Context())
				if err != nil {
					return err
				}
				return pastOutput(a).NoRuns(dir)
			}
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }() // nothing was written
			if f.Person+f.Organization != "" {
				return pastOutput(a).Changes(c.Context(), db, f)
			}
			return pastOutput(a).Runs(c.Context(), db, f.Runs)
		},
	}
	a.addOutput(c, "text", "json")
	c.Flags().IntVar(&f.Runs, "limit", f.Runs, "how many runs to list; 0 for all")
	c.Flags().StringVar(&f.Person, "person", "", "only the changes of this person (address, id in a source, or user id)")
	c.Flags().StringVar(&f.Organization, "organization", "", "only the changes in this organization (slug or id)")
	return c
}

// pastOutput is where a verb writes what the history has.
func pastOutput(a *app) pastruns.Output {
	return pastruns.Output{To: a.stdout, Form: a.flags.output, Options: a.reportOptions()}
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
				return pastOutput(a).Difference(c.Context(), db, run, before)
			}
			return pastOutput(a).Run(c.Context(), db, run)
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
