package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync/journal"
)

// newHistory lists earlier runs. It needs no secrets and no lock (S34).
func newHistory(e *env) *cobra.Command {
	limit := 20
	c := &cobra.Command{
		Use:   "history",
		Short: "List the runs that were written down, the newest first",
		Long:  "history lists the runs of apply and undo that the state directory knows. It needs neither the Clerk key nor the lock.",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			db, err := e.openHistory(c.Context())
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }() // nothing was written
			runs, err := db.Runs(c.Context(), limit)
			if err != nil {
				return err
			}
			if e.flags.output == "json" {
				return report.HistoryJSON(e.stdout, runs)
			}
			return report.History(e.stdout, runs)
		},
	}
	e.addOutput(c, "text", "json")
	c.Flags().IntVar(&limit, "limit", limit, "how many runs at most; 0 is all")
	return c
}

// newShow shows what one run did to whom, and why.
func newShow(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "show RUN",
		Short: "Show each change of a run, with its reason and what became of it",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := runNumber(args[0])
			if err != nil {
				return usageError{err}
			}
			db, err := e.openHistory(c.Context())
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }() // nothing was written
			return e.showRun(c.Context(), db, id)
		},
	}
	e.addOutput(c, "text", "json")
	return c
}

func (e *env) showRun(ctx context.Context, db *journal.DB, id int64) error {
	run, err := db.Run(ctx, id)
	if errors.Is(err, journal.ErrNoRun) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	changes, err := db.Changes(ctx, id)
	if err != nil {
		return err
	}
	if e.flags.output == "json" {
		return report.RunJSON(e.stdout, run, changes)
	}
	return report.Run(e.stdout, run, changes)
}

// historyDirectory is where the state directory is, for verbs that need no secrets.
func (e *env) historyDirectory() (string, error) {
	configured := ""
	if e.flags.state == "" {
		var err error
		if configured, err = config.State(e.flags.config, e.lookup); err != nil {
			return "", usageError{err}
		}
	}
	dir, err := e.stateDirectory(configured)
	if err == nil && dir == "" {
		err = usageError{errors.New("open the history: there is none with state: none; name a directory with --state")}
	}
	return dir, err
}

// openHistory opens the journal for reading.
func (e *env) openHistory(ctx context.Context) (*journal.DB, error) {
	dir, err := e.historyDirectory()
	if err != nil {
		return nil, err
	}
	db, err := journal.Open(ctx, dir, journal.Options{ReadOnly: true})
	if errors.Is(err, journal.ErrNone) {
		return nil, usageError{err}
	}
	return db, err
}
