package check

import (
	"context"
	"fmt"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/report/facts"
)

// Notifications sends a test message to each channel. Run reports which of them took it.
func (c *Checkup) Notifications(ctx context.Context) {
	state, _ := c.session.State()      // a test message needs none
	_, _ = c.session.ReadInstance(ctx) // Run reports the error
	failed, tests := 0, notify.New(c.config.Notify, state, notify.WithInstance(c.session.Instance())).Test(ctx)
	if len(tests) == 0 {
		c.warn("the configuration has no notify section, so nobody is notified when a run fails")
	}
	for _, t := range tests {
		if t.Err != nil {
			c.bad("notify.%s: %v", t.Channel, t.Err)
			failed++
			continue
		}
		c.ok("notify.%s: a test message was accepted", t.Channel)
	}
	if failed > 0 {
		c.notifyProblem = fmt.Errorf("%s of the notify section did not accept a test message", facts.Count(failed, "channel"))
	}
}
