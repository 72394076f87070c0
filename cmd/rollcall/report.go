package main

import (
	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/report"
)

func newReport(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "report",
		Short: "Who has access and why, and the schemas of reports",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newAccess(e), newReportSchema(e))
	return c
}

func newReportSchema(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [access]",
		Short: "Print the JSON Schema of plan, apply and undo with --output json, or of report access",
		Long: "schema prints the JSON Schema of the reports that --output json writes, or that of report access. Keys may be\n" +
			"added to them; version changes when a reader of an older version would misread a newer one.",
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"access"},
		RunE: func(_ *cobra.Command, args []string) error {
			schema := report.Schema
			if len(args) > 0 {
				schema = report.AccessSchema
			}
			_, err := e.stdout.Write(schema)
			return err
		},
	}
}
