package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/demo"
)

func newDemo(a *app) *cobra.Command {
	return &cobra.Command{
		Use:  "demo",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := os.MkdirTemp("", "rollcall-demo-")
			if err != nil {
				return fmt.Errorf("create a directory for the demo: %w", err)
			}
			defer func() { _ = os.RemoveAll(dir) }() // nothing depends on it
			stage := demo.Stage{Run: run, Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr, LogLevel: a.flags.logLevel, Width: a.width()}
			return stage.Show(c.Context(), dir)
		},
	}
}
