package main

import (
	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/check"
)

// newCheck looks at everything that a run depends on and says what it found.
func newCheck(a *app) *cobra.Command {
	notifications := false
	c := &cobra.Command{
		Use:  "check",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := a.open(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			checkup := check.New(s, a.flags.config, a.stdout, a.reportOptions(), a.log)
			if notifications {
				checkup.Notifications(c.Context())
			}
			return ended(checkup.Run(c.Context()))
		},
	}
	c.Flags().BoolVar(&notifications, "notify", false, "send a test message to every channel in the section notify")
	return c
}
