package main

import (
	"errors"

	"github.com/spf13/cobra"

	"rollcall/sync/exception"
)

// newDeny keeps somebody out until a date.
func newDeny(a *app) *cobra.Command {
	v, all := exceptionFlags{}, false
	c := &cobra.Command{
		Use:  "deny PERSON ORGANIZATION|--all --until DATE --reason TEXT",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			if all == (len(args) == 2) {
				return usage(errors.New("deny: name one organization, or use --all for all of them"))
			}
			return v.keep(c.Context(), a, exception.Exception{Kind: exception.Deny}, args[0], append(args, "")[1])
		},
	}
	v.add(c)
	c.Flags().BoolVar(&all, "all", false, "in all organizations")
	return c
}
