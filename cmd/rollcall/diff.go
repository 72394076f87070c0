package main

import (
	"errors"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/rulediff"
	"rollcall/sync"
)

// newDiff shows what a change of the configuration alone does. It writes nothing.
func newDiff(a *app) *cobra.Command {
	r := rulediff.Request{}
	c := &cobra.Command{
		Use:  "diff OLD.yaml NEW.yaml",
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("config") {
				return usage(errors.New("rollcall diff takes both configurations as arguments, and no --config"))
			}
			a.flags.config, r.Files = args[1], rulediff.Files{Old: args[0], New: args[1]}
			r.Deps, r.Show = a.deps(), func(report *sync.Report, o facts.Options) error {
				o.NoHints = true // an approval is of a plan
				if a.flags.output == "json" {
					return escape.JSON(a.stdout, map[string]any{"old": args[0], "new": args[1], "difference": report.Plan})
				}
				return a.render(report, o)
			}
			return ended(rulediff.Run(c.Context(), r))
		},
	}
	a.addOutput(c, "text", "json", "markdown", "csv", "html")
	c.Flags().BoolVar(&a.flags.all, "all", false, "list every change of a large difference on a terminal too")
	c.Flags().BoolVar(&r.Pending, "exit-code", false, "exit 5 if there is a difference")
	a.addProgress(c)
	return c
}
