package main

import (
	"time"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/cases"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/source"
)

// newTest compares the rules with a file of cases. It asks Clerk nothing and needs no
// state directory.
func newTest(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:  "test CASES.yaml",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadWith(a, config.LoadRules)
			if err != nil {
				return usage(err)
			}
			file, err := cases.Read(args[0], cfg.Sources, time.Now())
			if err != nil {
				return usage(err)
			}
			r, err := cases.Test(c.Context(), cfg, file, openSources(a))
			if err != nil {
				return err
			}
			if err := r.Write(a.stdout, a.flags.output, terminal.Style{On: a.color()}); err != nil {
				return err
			}
			return r.Err()
		},
	}
	a.addOutput(c, "text", "json")
	return c
}

// openSources opens the sources for a verb that asks Clerk nothing.
func openSources(a *app) func() ([]source.Source, error) {
	return func() ([]source.Source, error) {
		cfg, err := loadWith(a, config.LoadSources)
		if err != nil {
			return nil, usage(err)
		}
		return runner.OpenSources(cfg, a.deps(), nil)
	}
}
