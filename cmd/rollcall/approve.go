package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	stdsync "sync"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/approve"
	"rollcall/cmd/rollcall/internal/setup"
	"rollcall/sync/journal"
)

// newApprove lets held sets pass in the next run. It needs neither the Clerk key
// nor the lock (S23, S34).
func newApprove(a *app) *cobra.Command {
	v := approveFlags{}
	c := &cobra.Command{
		Use:  "approve [HASH]... --reason TEXT",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			atTerminal := isTerminal(a.stdin)
			if err := v.check(args, atTerminal); err != nil {
				return usage(err)
			}
			db, err := a.openState(c.Context())
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }() // each write was on disk when it returned
			desk := approve.Desk{DB: db, Out: a.stdout, Options: a.reportOptions(), Dialogue: setup.NewDialogue(a.stdin, a.stderr, atTerminal && !v.list),
				Sure: v.yes || !atTerminal, Reason: v.reason, By: userName()}
			switch {
			case v.list:
				return desk.List(c.Context())
			case len(args) == 0:
				return desk.Walk(c.Context())
			}
			return desk.Approve(c.Context(), args)
		},
	}
	c.Flags().StringVar(&v.reason, "reason", "", "why you approve; the history keeps it")
	c.Flags().BoolVar(&v.yes, "yes", false, "do not ask for confirmation")
	c.Flags().BoolVar(&v.list, "list", false, "print what waits, with the command for each")
	return c
}

type approveFlags struct {
	reason    string
	yes, list bool
}

// check judges the command line before anything is opened.
func (v *approveFlags) check(args []string, atTerminal bool) error {
	switch {
	case v.list && len(args) > 0:
		return errors.New("approve --list takes no hash: it prints all that waits")
	case v.list:
		return nil
	case len(args) == 0 && !atTerminal:
		return errors.New("approve needs a hash when it cannot ask on a terminal: rollcall approve --list prints what waits")
	case len(args) == 0 && v.yes:
		return errors.New("approve --yes needs a hash: without one, it asks about each set that waits")
	case len(args) > 0 || v.reason != "":
		if err := approve.CheckReason(v.reason); err != nil {
			return err
		}
	}
	for _, hash := range args {
		if err := checkHash(hash); err != nil {
			return fmt.Errorf("approve: %w", err)
		}
	}
	return nil
}

// userName is the account that runs the command, for the history. It is asked
// for before root's rights are given away (S34), and stays.
var userName = stdsync.OnceValue(func() string {
	if u, err := user.Current(); err == nil {
		return cmp.Or(u.Username, u.Uid)
	}
	return fmt.Sprint(os.Getuid())
})

// openState opens the journal for writing, wherever the state directory is.
func (a *app) openState(ctx context.Context) (*journal.DB, error) {
	dir, err := a.historyDirectory(ctx)
	if err != nil {
		return nil, err
	}
	return openStateAt(ctx, dir)
}

func openStateAt(ctx context.Context, dir string) (*journal.DB, error) {
	if missing(dir) {
		return nil, usage(fmt.Errorf("open the state directory %s: no run has used it yet; if a service runs, name its state directory with --state", dir))
	}
	return journal.Open(ctx, dir, journal.Options{})
}
