package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// newApprove lets a held set pass in the next run. It needs neither the Clerk
// key nor the lock (S23, S34).
func newApprove(e *env) *cobra.Command {
	reason := ""
	c := &cobra.Command{
		Use:   "approve HASH --reason TEXT",
		Short: "Let changes that a guard holds pass in the next run",
		Long: "approve prints again what a plan showed as held under HASH (its first 8 characters will do) and lets\n" +
			"just these changes pass, or what is left of them, for 24 hours. One change more, and all are held again.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := needReason(reason); err != nil {
				return err
			}
			db, err := e.openState(c.Context())
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }() // each write was on disk when it returned
			return e.approve(c.Context(), db, args[0], reason)
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why this is meant, for the history")
	return c
}

func (e *env) approve(ctx context.Context, db *journal.DB, hash, reason string) error {
	set, err := db.Held(ctx, hash)
	if errors.Is(err, journal.ErrNoHeld) {
		return usageError{fmt.Errorf("approve %s: %w", hash, err)}
	}
	if err != nil {
		return err
	}
	var organizations []sync.OrganizationPlan
	if err := json.Unmarshal(set.Text, &organizations); err != nil {
		return fmt.Errorf("read the held set %s: %w", hash, err)
	}
	if err := report.Held(e.stdout, organizations, report.Options{Color: e.color()}); err != nil {
		return err
	}
	approval := journal.Approval{Hash: set.Hash, Organization: set.Organization, Keys: set.Keys, Reason: reason, By: whoami()}
	if err := db.Approve(ctx, approval); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "Approved for 24 hours: %s, as they were held at %s. The next rollcall apply does them.\n",
		report.Count(len(set.Keys), "change"), set.At.UTC().Format("2006-01-02 15:04:05Z"))
	return err
}

// needReason wants a word for whoever reads the history later.
func needReason(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return usageError{errors.New("say why with --reason TEXT: it is kept in the history")}
	}
	return nil
}

// whoami is who works here, for the history.
func whoami() string {
	if u, err := user.Current(); err == nil {
		return cmp.Or(u.Username, u.Uid)
	}
	return fmt.Sprint(os.Getuid())
}

// openState opens the journal for writing, wherever the state directory is.
func (e *env) openState(ctx context.Context) (*journal.DB, error) {
	dir, err := e.historyDirectory()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, usageError{fmt.Errorf("open the state directory %s: %w; name the one of the service with --state", dir, err)}
	}
	return journal.Open(ctx, dir, journal.Options{})
}
