package main

import (
	"github.com/spf13/cobra"

	"rollcall/sync"
)

// newPlan is the dry run. It takes no lock, so it works beside a running apply.
func newPlan(a *app) *cobra.Command {
	pending := false
	c := &cobra.Command{
		Use:  "plan",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := a.open(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			outcome := s.Plan(c.Context(), a.request("plan", sync.Run{}))
			outcome.Pending = pending
			return ended(outcome)
		},
	}
	a.addRunFlags(c)
	c.Flags().BoolVar(&pending, "exit-code", false, "exit 5 if there are changes to apply")
	return c
}
