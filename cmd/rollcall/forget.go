package main

import (
	"errors"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/forget"
	"rollcall/cmd/rollcall/internal/setup"
)

// newForget takes a person who has left out of the state directory.
func newForget(a *app) *cobra.Command {
	yes := false
	c := &cobra.Command{
		Use:  "forget EMAIL|ID",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !yes && !isTerminal(a.stdin) {
				return usage(errors.New("forget deletes for good, and cannot ask without a terminal: add --yes"))
			}
			s, err := a.open(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			desk := forget.Desk{Session: s, Out: a.stdout, Sure: yes, Dialogue: setup.NewDialogue(a.stdin, a.stderr, !yes)}
			return desk.Forget(c.Context(), args[0])
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask for confirmation")
	return c
}
