package main

import (
	"github.com/spf13/cobra"

	"rollcall/sync"
)

// newPlan is the dry run. It takes no lock and writes nothing but what it sent
// (see sendsFile), if it can, so it works beside a running apply and on a
// read-only disk.
func newPlan(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "plan",
		Short: "Show what apply would do; send nothing but reads",
		Long:  "plan reads the sources and Clerk and shows what apply would do. It changes nothing.\n\n" + exitHelp(),
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return e.reading(c.Context(), func(s *session) error { return e.once(c.Context(), s, sync.Run{}) })
		},
	}
	e.addRunFlags(c, "ics")
	c.Flags().BoolVar(&e.result.pending, "exit-code", false, "exit 5 when changes are pending")
	return c
}
