package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/source"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// set switches on everything that leads to one exit code.
func set(r *Outcome, code int) {
	if r.Report == nil {
		r.Report = &sync.Report{Plan: &plan.Plan{Organizations: []plan.Organization{{}}}}
	}
	o := &r.Report.Plan.Organizations[0]
	switch code {
	case 130:
		r.Report.Interrupted = true
	case 2:
		r.Err = errors.Join(r.Err, UsageError{Err: errors.New("wrong")})
	case 75:
		r.Err = errors.Join(r.Err, &LockedError{})
	case 1:
		r.Report.Plan.Failures = []plan.Failure{{Text: "not read"}}
	case 4:
		r.Report.Outcomes = append(r.Report.Outcomes, apply.Outcome{Result: apply.Failed})
	case 3:
		r.Report.Plan.Holds = []plan.Hold{{Rule: "S17"}}
	case 5:
		r.Pending = true
		o.Changes = append(o.Changes, plan.Change{State: plan.Ready})
	}
}

// The first row that holds gives the code, whatever else holds too.
func TestExitCodePrecedence(t *testing.T) {
	order := []int{130, 2, 75, 1, 4, 3, 5, 0}
	rapid.Check(t, func(t *rapid.T) {
		var r Outcome
		want := 0
		for _, code := range slices.Backward(order) {
			if rapid.Bool().Draw(t, fmt.Sprint(code)) {
				set(&r, code)
				want = code
			}
		}
		if got := r.Code(); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	})
}

func TestExitCodeOfEachCause(t *testing.T) {
	one := func(c plan.Change, outcomes ...apply.Outcome) *sync.Report {
		return &sync.Report{Plan: &plan.Plan{Organizations: []plan.Organization{{Changes: []plan.Change{c}}}}, Sent: apply.Sent{Outcomes: outcomes}}
	}
	for name, c := range map[string]struct {
		outcome Outcome
		want    int
	}{
		"nothing":                   {Outcome{}, 0},
		"an unknown flag":           {Outcome{Err: errors.New("unknown flag"), Usage: true}, 2},
		"a problem of the config":   {Outcome{Err: UsageError{Err: config.Problems{}}}, 2},
		"damage below other words":  {Outcome{Err: fmt.Errorf("read source hr: %w", &source.DamageError{})}, 2},
		"the run failed":            {Outcome{Err: errors.New("read Clerk: no")}, 1},
		"cancelled":                 {Outcome{Err: fmt.Errorf("read Clerk: %w", context.Canceled)}, 130},
		"a signal and an error":     {Outcome{Err: errors.New("connection closed"), Signalled: true}, 130},
		"a signal after the end":    {Outcome{Report: one(plan.Change{}), Signalled: true}, 0},
		"a change failed":           {Outcome{Report: one(plan.Change{State: plan.Ready}, apply.Outcome{Result: apply.Failed})}, 4},
		"a change was not sent":     {Outcome{Report: &sync.Report{Plan: &plan.Plan{}, Sent: apply.Sent{NotTried: 1}}}, 4},
		"an organization stopped":   {Outcome{Report: &sync.Report{Plan: &plan.Plan{}, Sent: apply.Sent{Stopped: []plan.Note{{}}}}}, 4},
		"held without a hold":       {Outcome{Report: one(plan.Change{State: plan.Held})}, 3},
		"skipped":                   {Outcome{Report: one(plan.Change{State: plan.Skipped})}, 0},
		"skipped, strictly":         {Outcome{Report: one(plan.Change{State: plan.Skipped}), Strict: true}, 3},
		"left out, strictly":        {Outcome{Report: one(plan.Change{State: plan.Ready}, apply.Outcome{Result: apply.Dropped}), Strict: true}, 3},
		"pending in a plain plan":   {Outcome{Report: one(plan.Change{State: plan.Ready})}, 0},
		"pending with --exit-code":  {Outcome{Report: one(plan.Change{State: plan.Ready}), Pending: true}, 5},
		"found so already":          {Outcome{Report: one(plan.Change{State: plan.Ready}, apply.Outcome{Result: apply.Found})}, 0},
		"nothing with --exit-code":  {Outcome{Report: one(plan.Change{State: plan.Skipped}), Pending: true}, 0},
		"locked":                    {Outcome{Err: fmt.Errorf("apply: %w", &LockedError{})}, 75},
		"a usage error that failed": {Outcome{Err: errors.Join(errors.New("x"), UsageError{Err: errors.New("y")})}, 2},
	} {
		if got := c.outcome.Code(); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}
