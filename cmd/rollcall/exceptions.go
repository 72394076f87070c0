package main

import (
	"context"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/exceptions"
)

// newExceptions lists what was granted and denied, and ends it. It needs no secrets
// (S34).
func newExceptions(a *app) *cobra.Command {
	end, all := int64(0), false
	c := &cobra.Command{
		Use:  "exceptions [--end ID]",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("end") {
				return listExceptions(c.Context(), a, all)
			}
			db, err := a.openState(c.Context())
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }() // each write was on disk when it returned
			return exceptions.End(c.Context(), db, a.stdout, end, userName(), commandLine(a.lookup, "apply"))
		},
	}
	c.Flags().Int64Var(&end, "end", 0, "end this exception now; the next apply follows the rules again")
	c.Flags().BoolVar(&all, "all", false, "list those that have ended too")
	a.addOutput(c, "text", "json")
	return c
}

func listExceptions(ctx context.Context, a *app, all bool) error {
	db, err := a.openHistory(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // nothing was written
	return exceptions.List(ctx, db, a.stdout, all, a.flags.output == "json")
}
