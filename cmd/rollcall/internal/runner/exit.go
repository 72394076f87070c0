package runner

import (
	"context"
	"errors"
	"slices"

	"go.uber.org/zap/zapcore"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// exitRow is one exit code.
type exitRow struct {
	code    int
	word    string        // as the history has it
	level   zapcore.Level // of the line "run ended" in the log
	applies func(*Outcome) bool
}

// exitTable is the only place that knows when an exit code applies: the first row
// that does gives the code, so the order is the precedence. What the codes mean is
// said in the topic exit-codes of package help, in the same order.
var exitTable = []exitRow{
	{ExitInterrupted, "interrupted", zapcore.InfoLevel, (*Outcome).interrupted},
	{2, "refused", zapcore.ErrorLevel, (*Outcome).misused},
	{75, "locked out", zapcore.ErrorLevel, (*Outcome).locked},
	{1, "failed", zapcore.ErrorLevel, (*Outcome).failed},
	{4, "in part", zapcore.ErrorLevel, (*Outcome).partial},
	{ExitHeld, "held", zapcore.WarnLevel, (*Outcome).held},
	{5, "pending", zapcore.InfoLevel, (*Outcome).pending},
	{0, "done", zapcore.InfoLevel, func(*Outcome) bool { return true }},
}

// The codes that other packages ask for.
const (
	ExitHeld        = 3
	ExitInterrupted = 130
)

// ExitCodes are all exit codes, in the order of their precedence.
func ExitCodes() []int {
	codes := make([]int, len(exitTable))
	for i, row := range exitTable {
		codes[i] = row.code
	}
	return codes
}

// row is the first row that applies; the last one always does.
func (o *Outcome) row() exitRow {
	i := slices.IndexFunc(exitTable, func(row exitRow) bool { return row.applies(o) })
	return exitTable[i]
}

func (o *Outcome) interrupted() bool {
	if o.Report != nil && o.Report.Interrupted {
		return true
	}
	return o.Err != nil && (o.Signalled || errors.Is(o.Err, context.Canceled))
}

func (o *Outcome) misused() bool {
	if o.Err == nil {
		return false
	}
	_, usage := errors.AsType[UsageError](o.Err)
	_, problems := errors.AsType[config.Problems](o.Err)
	_, damage := errors.AsType[*source.DamageError](o.Err)
	// Damage or a missing file ends the run only where no other source was read
	// (S14): then most likely the configuration has the wrong path.
	_, missing := errors.AsType[*source.MissingError](o.Err)
	return o.Usage || usage || problems || damage || missing
}

func (o *Outcome) locked() bool {
	_, ok := errors.AsType[*LockedError](o.Err)
	return ok
}

func (o *Outcome) failed() bool {
	return o.Err != nil || o.Report != nil && (len(o.Report.Plan.Failures) > 0 || o.Report.Fault != "")
}

func (o *Outcome) partial() bool {
	return o.Report != nil && (o.Report.Tally(apply.Failed) > 0 || o.Report.NotTried > 0 || len(o.Report.Stopped) > 0)
}

func (o *Outcome) held() bool {
	if o.Report == nil {
		return false
	}
	p := o.Report.Plan
	if len(p.Holds) > 0 || p.Count(plan.Held) > 0 {
		return true
	}
	return o.Strict && (p.Count(plan.Skipped) > 0 || p.LeavesOut() || o.Report.Tally(apply.Dropped) > 0 || p.CountNotes(plan.ReaddedLeaver) > 0)
}

func (o *Outcome) pending() bool {
	return o.Pending && o.Report != nil && o.Report.Plan.Count(plan.Ready) > 0
}
