package main

import (
	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/check"
	"rollcall/cmd/rollcall/internal/config"
)

func newConfig(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:  "config",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newConfigCheck(a), newConfigSchema(a))
	return c
}

// newConfigCheck is what a service runs before it starts: it asks no network,
// so that a directory that is away for a moment keeps nothing from starting.
func newConfigCheck(a *app) *cobra.Command {
	return &cobra.Command{
		Use:  "check",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := a.openWith(a.deps())
			if err != nil {
				return err
			}
			defer s.Clerk.Close() // no request was sent, so there is none to keep
			return check.New(s, a.flags.config, a.stdout, a.reportOptions(), a.log).Offline()
		},
	}
}

func newConfigSchema(a *app) *cobra.Command {
	return &cobra.Command{
		Use:  "schema",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.stdout.Write(config.Schema)
			return err
		},
	}
}
