package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/source"
	"rollcall/sync"
)

// set switches on everything that leads to one exit code.
func set(r *result, code int) {
	if r.report == nil {
		r.report = &sync.Report{Plan: &sync.Plan{Organizations: []sync.OrganizationPlan{{}}}}
	}
	o := &r.report.Plan.Organizations[0]
	switch code {
	case 130:
		r.report.Interrupted = true
	case 2:
		r.err = errors.Join(r.err, usageError{errors.New("wrong")})
	case 75:
		r.err = errors.Join(r.err, &lockedError{})
	case 1:
		r.report.Plan.Failures = []sync.Failure{{Text: "not read"}}
	case 4:
		r.report.Outcomes = append(r.report.Outcomes, sync.Outcome{Result: sync.Failed})
	case 3:
		r.report.Plan.Holds = []sync.Hold{{Rule: "S17"}}
	case 5:
		r.pending = true
		o.Changes = append(o.Changes, sync.Change{State: sync.Ready})
	}
}

// The first row that holds gives the code, whatever else holds too.
func TestExitCodePrecedence(t *testing.T) {
	order := []int{130, 2, 75, 1, 4, 3, 5, 0}
	rapid.Check(t, func(t *rapid.T) {
		var r result
		want := 0
		for _, code := range slices.Backward(order) {
			if rapid.Bool().Draw(t, fmt.Sprint(code)) {
				set(&r, code)
				want = code
			}
		}
		if got := exitCode(r); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	})
}

func TestExitCodeOfEachCause(t *testing.T) {
	one := func(c sync.Change, outcomes ...sync.Outcome) *sync.Report {
		return &sync.Report{Plan: &sync.Plan{Organizations: []sync.OrganizationPlan{{Changes: []sync.Change{c}}}}, Outcomes: outcomes}
	}
	for name, c := range map[string]struct {
		result result
		want   int
	}{
		"nothing":                   {result{}, 0},
		"an unknown flag":           {result{err: errors.New("unknown flag"), usage: true}, 2},
		"a problem of the config":   {result{err: usageError{config.Problems{}}}, 2},
		"damage below other words":  {result{err: fmt.Errorf("read source hr: %w", &source.DamageError{})}, 2},
		"the run failed":            {result{err: errors.New("read Clerk: no")}, 1},
		"cancelled":                 {result{err: fmt.Errorf("read Clerk: %w", context.Canceled)}, 130},
		"a signal and an error":     {result{err: errors.New("connection closed"), signalled: true}, 130},
		"a signal after the end":    {result{report: one(sync.Change{}), signalled: true}, 0},
		"a change failed":           {result{report: one(sync.Change{State: sync.Ready}, sync.Outcome{Result: sync.Failed})}, 4},
		"a change was not sent":     {result{report: &sync.Report{Plan: &sync.Plan{}, NotTried: 1}}, 4},
		"an organization stopped":   {result{report: &sync.Report{Plan: &sync.Plan{}, Stopped: []sync.Note{{}}}}, 4},
		"held without a hold":       {result{report: one(sync.Change{State: sync.Held})}, 3},
		"skipped":                   {result{report: one(sync.Change{State: sync.Skipped})}, 0},
		"skipped, strictly":         {result{report: one(sync.Change{State: sync.Skipped}), strict: true}, 3},
		"left out, strictly":        {result{report: one(sync.Change{State: sync.Ready}, sync.Outcome{Result: sync.Dropped}), strict: true}, 3},
		"pending in a plain plan":   {result{report: one(sync.Change{State: sync.Ready})}, 0},
		"pending with --exit-code":  {result{report: one(sync.Change{State: sync.Ready}), pending: true}, 5},
		"found so already":          {result{report: one(sync.Change{State: sync.Ready}, sync.Outcome{Result: sync.Found})}, 0},
		"nothing with --exit-code":  {result{report: one(sync.Change{State: sync.Skipped}), pending: true}, 0},
		"locked":                    {result{err: fmt.Errorf("apply: %w", &lockedError{})}, 75},
		"a usage error that failed": {result{err: errors.Join(errors.New("x"), usageError{errors.New("y")})}, 2},
	} {
		if got := exitCode(c.result); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestHelpListsEveryExitCode(t *testing.T) {
	help := exitHelp()
	for _, row := range exitTable {
		if !strings.Contains(help, fmt.Sprintf("\n  %3d  %s", row.code, row.meaning)) {
			t.Errorf("%d is not in\n%s", row.code, help)
		}
	}
}
