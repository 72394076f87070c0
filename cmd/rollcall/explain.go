package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
)

// newExplain answers the question that admins get asked. It plans as plan does.
func newExplain(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "explain EMAIL|DN|ID",
		Short: "Say why one person has what they have, or has not",
		Long: "explain plans, and says of one person who they are in the sources and in Clerk, what each rule makes of them, what\n" +
			"they have today, what would change, and what keeps it from changing. It sends nothing but reads. The person is\n" +
			"named by an address, a DN, a stable id of a source, or a user id of Clerk; the exit code is 2 when nobody is.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return e.reading(c.Context(), func(s *session) error { return e.explain(c.Context(), s, args[0]) })
		},
	}
	e.addOutput(c, "text", "json")
	return c
}

func (e *env) explain(ctx context.Context, s *session, subject string) error {
	r, err := e.reconcile(ctx, s, sync.Run{Explain: subject})
	if err != nil {
		return err
	}
	// What was not read is a failure here too; what is held is an answer.
	e.result.report = &sync.Report{Plan: &sync.Plan{Failures: r.Explanation.Failures}}
	if e.flags.output == "json" {
		err = report.Encode(e.stdout, r.Explanation)
	} else {
		err = report.Explanation(e.stdout, r.Explanation, e.shown())
	}
	if err == nil && r.Explanation.Unknown && len(r.Explanation.Failures) == 0 {
		err = usageError{errors.New("nobody is known by that; look at how it is written, or name the address, the DN or the id")}
	}
	return err
}
