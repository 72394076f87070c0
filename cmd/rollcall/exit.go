package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/source"
	"rollcall/sync"
)

// result is what a verb leaves behind for the exit code.
type result struct {
	report *sync.Report
	err    error
	// usage is true when the command line itself was wrong.
	usage bool
	// signalled is true when SIGINT or SIGTERM came.
	signalled bool
	// pending makes changes that wait an exit code of their own (plan --exit-code).
	pending bool
	// strict makes skipped changes count as held.
	strict bool
}

// exitRow is one exit code.
type exitRow struct {
	code    int
	word    string // as the history has it
	meaning string
	holds   func(result) bool
}

// exitTable is all there is about exit codes: the first row that holds gives
// the code, so the order is the precedence.
var exitTable = []exitRow{
	{exitInterrupted, "interrupted", "interrupted by SIGINT or SIGTERM; the report says what was done", result.interrupted},
	{2, "refused", "wrong usage, configuration or damaged input, or no file to read; nothing was sent to Clerk that changes anything", result.misused},
	{75, "locked out", "another run holds the lock", result.locked},
	{1, "failed", "a read or the run failed; what it feeds was left alone, the rest was done", result.failed},
	{4, "in part", "applied in part: some changes failed or were not sent", result.partial},
	{exitHeld, "held", "changes are held by a guard or a safety rule (with --strict also: skipped)", result.held},
	{5, "pending", "changes are pending (plan --exit-code only)", result.waiting},
	{0, "done", "done, nothing to do, or pending in a plain plan", func(result) bool { return true }},
}

// The codes that others ask for.
const (
	exitHeld        = 3
	exitInterrupted = 130
)

func exitCode(r result) int { return exit(r).code }

// exit is the first row that holds; the last one always does.
func exit(r result) exitRow {
	i := slices.IndexFunc(exitTable, func(row exitRow) bool { return row.holds(r) })
	return exitTable[i]
}

// exitHelp is the table as --help prints it.
func exitHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes, the first that holds:")
	for _, row := range exitTable {
		fmt.Fprintf(&b, "\n  %3d  %s", row.code, row.meaning)
	}
	return b.String()
}

// usageError is an error that the admin mends in the command or the configuration.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

func (r result) interrupted() bool {
	if r.report != nil && r.report.Interrupted {
		return true
	}
	return r.err != nil && (r.signalled || errors.Is(r.err, context.Canceled))
}

func (r result) misused() bool {
	if r.err == nil {
		return false
	}
	_, usage := errors.AsType[usageError](r.err)
	_, problems := errors.AsType[config.Problems](r.err)
	_, damage := errors.AsType[*source.DamageError](r.err)
	// It ends the run only where no other source was read: then most likely the
	// configuration has the wrong path.
	_, missing := errors.AsType[*source.MissingError](r.err)
	return r.usage || usage || problems || damage || missing
}

func (r result) locked() bool {
	_, ok := errors.AsType[*lockedError](r.err)
	return ok
}

func (r result) failed() bool {
	return r.err != nil || r.report != nil && (len(r.report.Plan.Failures) > 0 || r.report.Fault != "")
}

func (r result) partial() bool {
	return r.report != nil && (r.report.Tally(sync.Failed) > 0 || r.report.NotTried > 0 || len(r.report.Stopped) > 0)
}

func (r result) held() bool {
	if r.report == nil {
		return false
	}
	plan := r.report.Plan
	if len(plan.Holds) > 0 || plan.Count(sync.Held) > 0 {
		return true
	}
	return r.strict && (plan.Count(sync.Skipped) > 0 || r.report.Tally(sync.Dropped) > 0)
}

func (r result) waiting() bool {
	return r.pending && r.report != nil && r.report.Plan.Count(sync.Ready) > 0
}
