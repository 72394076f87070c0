package main

import (
	"strings"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/progress"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/report/access"
)

func newReport(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:  "report",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(paged(a, newAccess(a)), newReportSchema(a))
	return c
}

func newReportSchema(a *app) *cobra.Command {
	return &cobra.Command{
		Use:       "schema [access|progress]",
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"access", "progress"},
		RunE: func(_ *cobra.Command, args []string) error {
			schemas := map[string][]byte{"": report.Schema, "access": access.Schema, "progress": progress.Schema}
			_, err := a.stdout.Write(schemas[strings.Join(args, "")])
			return err
		},
	}
}
