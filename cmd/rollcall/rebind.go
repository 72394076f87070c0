package main

import (
	"errors"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/approve"
	"rollcall/sync"
)

// newRebind keeps what an admin says of an address that has another id than
// the marker of the user who holds it (S02).
func newRebind(a *app) *cobra.Command {
	same, other := false, false
	c := &cobra.Command{
		Use:  "rebind EMAIL --same-person|--new-person",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if same == other {
				return usage(errors.New("rebind: choose --same-person or --new-person"))
			}
			s, err := a.open(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			state, err := s.State()
			if err != nil {
				return err
			}
			if state == "" {
				return usage(errors.New("rebind: the decision is kept in the history, but there is no history with state: none; for a migration use sync.id_changed"))
			}
			db, err := openStateAt(c.Context(), state)
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }() // each write was on disk when it returned
			r, err := s.Reconcile(c.Context(), sync.Run{}, sync.WithJournal(db, 0))
			if err != nil {
				return err
			}
			return approve.Rebind(c.Context(), db, r.Plan, a.stdout, args[0], other, commandLine(a.lookup, "plan"))
		},
	}
	c.Flags().BoolVar(&same, "same-person", false, "both ids are one person")
	c.Flags().BoolVar(&other, "new-person", false, "the address now belongs to another person")
	return c
}
