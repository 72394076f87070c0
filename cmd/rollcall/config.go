package main

import (
	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/config"
)

func newConfig(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Help with the configuration file",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newConfigCheck(e), newConfigSchema(e))
	return c
}

// newConfigCheck is what a service runs before it starts: it asks no network,
// so that a directory that is away for a moment keeps nothing from starting.
func newConfigCheck(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the configuration file and the files it names, without network",
		Long: "check reads the configuration and the secrets it names, and says all that is wrong with them.\n" +
			"It asks neither Clerk nor a source: rollcall check does that.\n\n" + exitHelp(),
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := e.open()
			if err != nil {
				return err
			}
			defer s.clerk.Close() // nothing was sent, so nothing is kept
			c := &checkup{env: e, session: s}
			if _, err := c.reconciler(); err != nil {
				return err
			}
			c.written()
			return nil
		},
	}
}

func newConfigSchema(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the configuration, for editors",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			schema, err := config.Schema()
			if err != nil {
				return err
			}
			_, err = e.stdout.Write(schema)
			return err
		},
	}
}
