package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// newRebind keeps what an admin says of an address that has another id than
// the marker of the user who holds it (S02).
func newRebind(e *env) *cobra.Command {
	same, other := false, false
	c := &cobra.Command{
		Use:   "rebind EMAIL --same-person|--new-person",
		Short: "Say who somebody is whose id has changed",
		Long: "rebind ends the hold of an address that stands under a new id in the directory (S02).\n" +
			"--same-person: both ids are one person; the next apply rewrites the marker and changes no access.\n" +
			"--new-person: the user in Clerk is that of the old id, who has left; the new one has no user yet.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if same == other {
				return usageError{errors.New("rebind: say which it is, --same-person or --new-person")}
			}
			s, err := e.open()
			if err != nil {
				return err
			}
			defer e.close(s)
			return e.rebind(c.Context(), s, args[0], other)
		},
	}
	c.Flags().BoolVar(&same, "same-person", false, "both ids are one person")
	c.Flags().BoolVar(&other, "new-person", false, "the address is that of somebody else now")
	return c
}

func (e *env) rebind(ctx context.Context, s *session, email string, newPerson bool) error {
	if s.state == "" {
		return usageError{errors.New("rebind: what you say is kept in the history, and there is none with state: none; for a migration use sync.id_changed")}
	}
	db, err := e.openState(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // each write was on disk when it returned
	s.history = sync.WithJournal(db, 0)
	r, err := e.reconcile(ctx, s, sync.Run{})
	if err != nil {
		return err
	}
	conflict := r.Plan.ConflictOf(email)
	if conflict == nil {
		return usageError{fmt.Errorf("rebind %s: no plan holds this address for its id (S02); rollcall plan shows what is held", report.Escape(email))}
	}
	if err := db.Remember(ctx, 0, []journal.Fact{conflict.Decide(newPerson)}, nil); err != nil {
		return err
	}
	meaning := "are one person; the next apply rewrites the marker"
	if newPerson {
		meaning = "are two people; the next apply treats the old id as a leaver, and the new one as somebody without a Clerk user"
	}
	_, err = fmt.Fprintf(e.stdout, "%s, user %s: id %s of source %s and id %s of source %s %s.\nNext: rollcall plan\n",
		report.Escape(conflict.Email), conflict.User, report.Escape(conflict.Was.ID), report.Escape(conflict.Was.Source),
		report.Escape(conflict.Now.ID), report.Escape(conflict.Now.Source), meaning)
	return err
}
