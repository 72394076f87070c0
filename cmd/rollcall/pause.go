package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"rollcall/sync/journal"
)

// newPause keeps runs from changing anything (S25). It needs no secrets (S34).
func newPause(e *env) *cobra.Command {
	reason := ""
	c := &cobra.Command{
		Use:   "pause [ORGANIZATION] --reason TEXT",
		Short: "Change nothing in an organization, or in any, until resume",
		Long:  "pause keeps runs from changing an organization (its slug or id), or all of them when none is named.\nPlans go on and say so; a run exits 0.",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := needReason(reason); err != nil {
				return err
			}
			return e.withOrganization(c.Context(), args, func(db *journal.DB, id, label string) error {
				if err := db.Pause(c.Context(), journal.Pause{Organization: id, Reason: reason, By: whoami()}); err != nil {
					return err
				}
				_, err := fmt.Fprintf(e.stdout, "Paused: %s. Nothing changes there until %s.\n", label, strings.TrimSpace("rollcall resume "+strings.Join(args, "")))
				return err
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for whoever reads the next plan")
	return c
}

// newResume ends a pause.
func newResume(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "resume [ORGANIZATION]",
		Short: "End a pause",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return e.withOrganization(c.Context(), args, func(db *journal.DB, id, label string) error {
				err := db.Resume(c.Context(), id)
				if errors.Is(err, journal.ErrNotPaused) {
					return usageError{fmt.Errorf("resume %s: %w; a plan names what is paused", label, err)}
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(e.stdout, "Resumed: %s.\n", label)
				return err
			})
		},
	}
}

// withOrganization opens the state and finds the organization that is meant;
// none is all.
func (e *env) withOrganization(ctx context.Context, args []string, do func(db *journal.DB, id, label string) error) error {
	db, err := e.openState(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // each write was on disk when it returned
	if len(args) == 0 {
		return do(db, "", "all organizations")
	}
	id, err := organizationID(ctx, db, args[0])
	if err != nil {
		return err
	}
	return do(db, id, args[0])
}

// organizationID finds an organization that earlier runs have seen.
func organizationID(ctx context.Context, db *journal.DB, name string) (string, error) {
	facts, err := db.Facts(ctx, "organization")
	if err != nil {
		return "", err
	}
	for _, f := range facts {
		var o struct {
			Slug string `json:"slug"`
		}
		if err := json.Unmarshal(f.Value, &o); err != nil {
			return "", fmt.Errorf("read what is known of %s: %w", f.Key, err)
		}
		if name == f.Key || name == cmp.Or(o.Slug, f.Key) {
			return f.Key, nil
		}
	}
	if strings.HasPrefix(name, "org_") {
		return name, nil // a slug cannot begin so
	}
	return "", usageError{fmt.Errorf("find the organization %q: no run has seen it yet; name it by its id, org_…", name)}
}
