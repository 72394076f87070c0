package runner

import (
	"cmp"
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// Outcome is how a verb ended. Its exit code follows from it; see exit.go.
type Outcome struct {
	Verb string
	// Trigger says why a service made the run; empty otherwise.
	Trigger string
	// Run is the number in the history of a run that may change Clerk; 0 without one.
	Run int64
	// Started and Finished are zero where no run was begun.
	Started, Finished time.Time
	Report            *sync.Report // nil where nothing could be planned
	// Instance is the Clerk instance of the run; zero where none was meant.
	Instance clerkapi.Instance
	Err      error
	// Kept is true when the held sets of the plan were kept for approve.
	Kept bool
	// Usage is true when the command line itself was wrong, Signalled when
	// SIGINT or SIGTERM came.
	Usage, Signalled bool
	// Pending gives changes that could be applied an exit code of their own
	// (plan --exit-code).
	Pending bool
	// Strict makes skipped changes count as held.
	Strict bool
	// Logged is true once the log has the outcome.
	Logged bool
}

// UsageError is an error that the admin fixes in the command or the configuration.
type UsageError struct{ Err error }

// Error is the text of the error below.
func (u UsageError) Error() string { return u.Err.Error() }

func (u UsageError) Unwrap() error { return u.Err }

// Declined is the error of a command whose question got no yes. The text says what was
// not done. An interruption stays one.
func Declined(ctx context.Context, text string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return UsageError{Err: errors.New(text)}
}

// Code is the exit code.
func (o *Outcome) Code() int { return o.row().code }

// Word is the exit code as the history has it.
func (o *Outcome) Word() string { return o.row().word }

// Log writes the one line that says how a run ended, at the level of its exit
// code. No other function writes it.
func (o *Outcome) Log(log *zap.Logger) {
	row := o.row()
	fields := []zap.Field{zap.String("verb", o.Verb), zap.Int64("run", o.Run), zap.String("outcome", row.word), zap.Int("exit_code", row.code)}
	if o.Trigger != "" {
		fields = append(fields, zap.String("why", o.Trigger))
	}
	if !o.Started.IsZero() {
		fields = append(fields, zap.Duration("took", o.Finished.Sub(o.Started).Round(time.Millisecond)))
	}
	if o.Report != nil {
		fields = append(fields, reportFields(o.Report)...)
	}
	if fault, ok := errors.AsType[*serve.PanicError](o.Err); ok {
		fields = append(fields, zap.ByteString("stack", fault.Stack))
	}
	if o.Instance != (clerkapi.Instance{}) {
		fields = append(fields, zap.Stringer("instance", o.Instance))
	}
	log.Log(row.level, "run ended", append(fields, zap.Error(o.Err))...) // no field where the error is nil
	o.Logged = true
}

// reportFields are the counts of a report. Failures are given by name only:
// their texts may hold addresses, and stand in the history and on the status page.
func reportFields(r *sync.Report) []zap.Field {
	fields := []zap.Field{zap.Int("done", r.Tally(apply.Done)), zap.Int("failed", r.Tally(apply.Failed)), zap.Int("not_sent", r.NotTried),
		zap.Int("held", r.Plan.Count(plan.Held)), zap.Int("holds", len(r.Plan.Holds)), zap.Int("skipped", r.Plan.Count(plan.Skipped))}
	if names := failureNames(r.Plan); len(names) > 0 {
		fields = append(fields, zap.Strings("not_read", names))
	}
	return fields
}

// failureNames are the sources and organizations that could not be read. Clerk stands for
// a list of the whole instance.
func failureNames(p *plan.Plan) []string {
	var names []string
	for _, f := range p.Failures {
		names = append(names, cmp.Or(f.Source, f.Organization, "Clerk"))
	}
	return names
}
