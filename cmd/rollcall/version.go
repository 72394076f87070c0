package main

import (
	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/version"
)

func newVersion(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:  "version",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return version.Read().Write(a.stdout, a.flags.output == "json")
		},
	}
	a.addOutput(c, "text", "json")
	return c
}
