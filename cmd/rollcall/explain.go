package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/sync"
	"rollcall/sync/explain"
	"rollcall/sync/plan"
)

// newExplain answers the question that admins get asked. It plans as plan does.
func newExplain(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:  "explain EMAIL|DN|ID",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := a.open(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			return ended(explainPerson(c.Context(), a, s, args[0]))
		},
	}
	a.addOutput(c, "text", "json")
	a.addProgress(c)
	return c
}

func explainPerson(ctx context.Context, a *app, s *runner.Session, subject string) runner.Outcome {
	var answer *explain.Explanation
	out := s.Plan(ctx, runner.Request{Verb: "explain", Run: sync.Run{Explain: subject}, Show: func(r *sync.Report, o facts.Options) error {
		answer = r.Explanation
		if a.flags.output == "json" {
			return escape.JSON(a.stdout, answer)
		}
		return report.Explanation(a.stdout, r, o)
	}})
	if answer == nil {
		return out
	}
	if out.Err == nil && answer.Unknown && len(answer.Failures) == 0 {
		out.Err = usage(errors.New("no such person. Check the spelling, or name an address, a DN, an id in a source or an account"))
	}
	// A source that was not read fails this verb too; held changes are an answer.
	out.Report = &sync.Report{Plan: &plan.Plan{Failures: answer.Failures}}
	return out
}
