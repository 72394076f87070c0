package runner

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// The line is the same for a run by hand, a run of the service, and a verb that
// had no report to show.
func TestEndOfARunInTheLog(t *testing.T) {
	failed := &sync.Report{Plan: &plan.Plan{Failures: []plan.Failure{{Source: "hr", Text: "ann@corp.example is twice"}, {Organization: "acme"}, {Text: "list invitations: 500"}}}}
	part := &sync.Report{Plan: &plan.Plan{}, Sent: apply.Sent{NotTried: 1}}
	at := time.Now()
	for name, c := range map[string]struct {
		outcome Outcome
		level   zapcore.Level
		fields  map[string]any
	}{
		"a run": {Outcome{Verb: "apply", Run: 7, Started: at, Finished: at.Add(1234567 * time.Microsecond), Report: &sync.Report{Plan: &plan.Plan{}}}, zap.InfoLevel,
			map[string]any{"verb": "apply", "run": int64(7), "outcome": "done", "exit_code": int64(0), "took": 1235 * time.Millisecond,
				"done": int64(0), "failed": int64(0), "not_sent": int64(0), "held": int64(0), "holds": int64(0), "skipped": int64(0)}},
		"a source that failed": {Outcome{Verb: "serve", Trigger: "schedule", Report: failed}, zap.ErrorLevel,
			map[string]any{"verb": "serve", "run": int64(0), "outcome": "failed", "exit_code": int64(1), "why": "schedule",
				"done": int64(0), "failed": int64(0), "not_sent": int64(0), "held": int64(0), "holds": int64(0), "skipped": int64(0), "not_read": []any{"hr", "acme", "Clerk"}}},
		"in part": {Outcome{Verb: "apply", Report: part}, zap.ErrorLevel,
			map[string]any{"verb": "apply", "run": int64(0), "outcome": "in part", "exit_code": int64(4),
				"done": int64(0), "failed": int64(0), "not_sent": int64(1), "held": int64(0), "holds": int64(0), "skipped": int64(0)}},
		"no report": {Outcome{Verb: "plan", Err: UsageError{Err: errors.New("wrong")}}, zap.ErrorLevel,
			map[string]any{"verb": "plan", "run": int64(0), "outcome": "refused", "exit_code": int64(2), "error": "wrong"}},
		"a panic": {Outcome{Verb: "serve", Err: &serve.PanicError{What: "a string", Stack: []byte("main.go:1")}}, zap.ErrorLevel,
			map[string]any{"verb": "serve", "run": int64(0), "outcome": "failed", "exit_code": int64(1), "stack": "main.go:1",
				"error": (&serve.PanicError{What: "a string"}).Error()}},
		"interrupted": {Outcome{Verb: "serve", Err: errors.New("no"), Signalled: true}, zap.InfoLevel,
			map[string]any{"verb": "serve", "run": int64(0), "outcome": "interrupted", "exit_code": int64(130), "error": "no"}},
	} {
		core, logs := observer.New(zap.DebugLevel)
		c.outcome.Log(zap.New(core))
		lines := logs.All()
		if len(lines) != 1 || lines[0].Message != "run ended" || lines[0].Level != c.level || !c.outcome.Logged {
			t.Fatalf("%s: %+v", name, lines)
		}
		if diff := cmp.Diff(c.fields, lines[0].ContextMap()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
