package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/sync"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
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
			return rebindPerson(c.Context(), a, s, args[0], other)
		},
	}
	c.Flags().BoolVar(&same, "same-person", false, "both ids are one person")
	c.Flags().BoolVar(&other, "new-person", false, "the address now belongs to another person")
	return c
}

func rebindPerson(ctx context.Context, a *app, s *runner.Session, email string, newPerson bool) error {
	state, err := s.State()
	if err != nil {
		return err
	}
	if state == "" {
		return usage(errors.New("rebind: the decision is kept in the history, but there is no history with state: none; for a migration use sync.id_changed"))
	}
	db, err := openStateAt(ctx, state)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // each write was on disk when it returned
	r, err := s.Reconcile(ctx, sync.Run{}, sync.WithJournal(db, 0))
	if err != nil {
		return err
	}
	conflict := r.Plan.ConflictOf(email)
	if conflict == nil {
		return usage(fmt.Errorf("rebind %s: no plan has this address waiting because of its id (S02); rollcall plan shows what waits", escape.Text(email)))
	}
	if err := db.Remember(ctx, 0, []journal.Fact{memory.Decide(conflict, newPerson)}, nil); err != nil {
		return err
	}
	meaning := "are one person; the next apply rewrites the marker"
	if newPerson {
		meaning = "are two people; the next apply treats the old id as a leaver, and the new one as a person without a Clerk account"
	}
	_, err = fmt.Fprintf(a.stdout, "%s, account %s: %s and %s %s.\n%s\nNext: %s\n",
		escape.Address(conflict.Email), conflict.User, idsText(append([]plan.DirectoryID{conflict.Was}, conflict.Also...)),
		idsText([]plan.DirectoryID{conflict.Now}), meaning, facts.InstanceLine(r.Plan.Instance), commandLine(a.lookup, "plan"))
	return err
}

// idsText names ids with their sources.
func idsText(ids []plan.DirectoryID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = fmt.Sprintf("id %s of source %s", escape.Text(id.ID), escape.Text(id.Source))
	}
	return strings.Join(texts, ", ")
}
