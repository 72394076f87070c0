package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/approve"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/state"
	"rollcall/sync/journal"
)

// newPause keeps runs from changing anything (S25). It needs no secrets (S34).
func newPause(a *app) *cobra.Command {
	reason := ""
	c := &cobra.Command{
		Use:  "pause [ORGANIZATION] --reason TEXT",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := approve.CheckReason(reason); err != nil {
				return err
			}
			if err := makeState(c.Context(), a); err != nil {
				return err
			}
			return withOrganization(c.Context(), a, args, func(db *journal.DB, id, label, instance string) error {
				if err := db.Pause(c.Context(), journal.Pause{Organization: id, Reason: reason, By: userName()}); err != nil {
					return err
				}
				_, err := fmt.Fprintf(a.stdout, "Paused: %s. Nothing changes there until %s.\n%s\n", label, commandLine(a.lookup, "resume", args...), instance)
				return err
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why you pause; the next plan shows it")
	return c
}

// makeState makes the state directory before the first run. It must be that of the
// configuration: a directory that somebody names by mistake would take a pause that
// no run sees.
func makeState(ctx context.Context, a *app) error {
	dir, err := a.historyDirectory(ctx)
	if err != nil || !missing(dir) || a.flags.state != "" || missing(a.flags.config) {
		return err
	}
	const private = 0o700
	if err := os.MkdirAll(dir, private); err != nil {
		return fmt.Errorf("create the state directory: %w", err)
	}
	_, err = fmt.Fprintf(a.stdout, "No run has used the state directory %s yet. It was created for this.\n", dir)
	return err
}

// newResume ends a pause.
func newResume(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "resume [ORGANIZATION ...]",
		RunE: func(c *cobra.Command, args []string) error {
			if dir, err := a.historyDirectory(c.Context()); err == nil && missing(dir) {
				_, err = fmt.Fprintf(a.stdout, "Nothing is paused: there is no state directory %s.\n", dir)
				return err
			}
			known := func(*journal.DB, string, string, string) error { return nil }
			for _, name := range args { // all or none
				if err := withOrganization(c.Context(), a, []string{name}, known); err != nil {
					return err
				}
			}
			if len(args) < 2 {
				return resume(c.Context(), a, args)
			}
			for _, name := range args {
				if err := resume(c.Context(), a, []string{name}); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// resume ends the pause of one organization, or that of all.
func resume(ctx context.Context, a *app, args []string) error {
	return withOrganization(ctx, a, args, func(db *journal.DB, id, label, instance string) error {
		err := db.Resume(ctx, id)
		if errors.Is(err, journal.ErrNotPaused) {
			return approve.NotPaused(ctx, db, a.stdout, label, instance)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "Resumed: %s.\n%s\n", label, instance)
		return err
	})
}

// withOrganization opens the state and finds the organization that is meant;
// none is all. It passes on a line that names the instance (S41).
func withOrganization(ctx context.Context, a *app, args []string, do func(db *journal.DB, id, label, instance string) error) error {
	db, err := a.openState(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // each write was on disk when it returned
	of, err := db.Instance(ctx)
	if err != nil {
		return err
	}
	instance := facts.InstanceLine(of)
	if len(args) == 0 {
		return do(db, "", "all organizations", instance)
	}
	known, err := state.Read(ctx, db)
	if err != nil {
		return err
	}
	id, found := known.ID(args[0])
	if !found {
		return usage(fmt.Errorf("find the organization %q: no run has seen it yet; use its id, org_…%s", args[0], known.Suggestion(args[0])))
	}
	return do(db, id, args[0], instance)
}
