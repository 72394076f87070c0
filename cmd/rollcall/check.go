package main

import (
	"errors"

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
			checkup := check.New(s, a.flags.config, a.stdout, a.color(), a.log)
			if notifications {
				err = checkup.Notifications(c.Context())
			}
			outcome := checkup.Run(c.Context())
			outcome.Err = errors.Join(err, outcome.Err)
			return ended(outcome)
		},
	}
	c.Flags().BoolVar(&notifications, "notify", false, "send a test message to every channel in the section notify")
	return c
}
