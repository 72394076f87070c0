package main

import (
	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/report"
)

func newReport(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "report",
		Short: "Help with reports",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of plan, apply and undo with --output json",
		Long:  "schema prints the JSON Schema of the reports that --output json writes. Keys may be added to it; plan.version\nchanges when a reader of an older version would misread a newer one.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := e.stdout.Write(report.Schema)
			return err
		},
	})
	return c
}
