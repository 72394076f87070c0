package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/state"
	"rollcall/source/platform"
)

// showLinks prints the links of a run's pending invitations. Whoever has a link can
// accept, so no other output has one, and nobody but the owner of the state directory
// gets them.
func showLinks(c *cobra.Command, a *app, run int64) error {
	dir, err := a.historyDirectory(c.Context()) // root works as the owner from here on (S34)
	if err != nil {
		return err
	}
	if err := checkOwner(dir, os.Geteuid()); err != nil {
		return usage(err)
	}
	db, err := a.openHistory(c.Context())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // nothing was written
	if _, err := db.Run(c.Context(), run); err != nil {
		return usage(err)
	}
	links, err := db.Links(c.Context(), run)
	if err != nil {
		return err
	}
	known, err := state.Read(c.Context(), db)
	if err != nil {
		return err
	}
	instance, err := db.Instance(c.Context())
	if err == nil {
		_, err = fmt.Fprintf(a.stdout, "%s\n%s\n", state.LinkLines(run, links, known.Label), facts.InstanceLine(instance))
	}
	return err
}

// checkOwner refuses everybody but the owner of the state directory, and root.
func checkOwner(dir string, uid int) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("show links: %w", err)
	}
	owner, _, known := platform.Owner(info)
	if !known {
		return errors.New("show links: whoever has a link can accept the invitation, so only the owner of the state directory sees them, and this system does not tell who that is; copy the link from the Clerk dashboard")
	}
	if uid != 0 && uid != owner {
		return fmt.Errorf("show links: whoever has a link can accept the invitation, so only the owner of the state directory %s (user %d) and root see them, and you are user %d", dir, owner, uid)
	}
	return nil
}
