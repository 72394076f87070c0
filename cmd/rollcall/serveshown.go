package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"time"

	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/statuspage"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// lastRun is what the history knows of the last run.
func (w *worker) lastRun(ctx context.Context) serve.Last {
	if w.state == "" {
		return serve.Last{}
	}
	db, err := journal.Open(ctx, w.state, journal.Options{ReadOnly: true})
	if err != nil {
		return serve.Last{} // that it cannot be read is for the run to say
	}
	defer func() { _ = db.Close() }() // nothing was written
	const enough = 100
	runs, err := db.Runs(ctx, enough)
	if err != nil {
		return serve.Last{}
	}
	return lastOf(runs)
}

// lastOf looks at the newest runs, newest first. What takes runs back, or
// rewrites markers, is no run of the schedule.
func lastOf(runs []journal.Run) serve.Last {
	var last serve.Last
	seen := 0
	for i := range runs {
		r := &runs[i]
		if r.Undoes != 0 || r.Verb != "apply" && r.Verb != "serve" {
			continue
		}
		open := r.Finished.IsZero() || r.ExitCode == exitInterrupted
		if seen++; seen == 1 {
			last = serve.Last{Started: r.Started, Unfinished: open}
			continue
		}
		last.Unfinished = last.Unfinished && !open
		break
	}
	return last
}

// shown is what the status page says of the service.
func (w *worker) shown() statuspage.Service {
	now := w.runner.Now()
	s := statuspage.Service{Started: now.Started, Next: now.Next, Running: now.Running}
	if now.Schedule != nil {
		s.Schedule = now.Schedule.String()
	}
	if now.Refused != nil {
		s.Trouble = "The configuration as it was at " + now.RefusedAt.UTC().Format("2006-01-02 15:04:05 MST") +
			" is refused, and an older one is in force: " + refusal(now.Refused)
	}
	for _, f := range w.service.quarantine.Waiting() {
		s.Quarantined = append(s.Quarantined, statuspage.Quarantine{What: string(f.Kind), Name: f.Label, Reason: f.Reason, Until: f.Until})
	}
	return s
}

// refusal says in a line why a configuration is refused.
func refusal(err error) string {
	if problems, ok := errors.AsType[config.Problems](err); ok {
		return problems.Brief()
	}
	return err.Error()
}

func (w *worker) alive() error { return w.runner.Alive() }

// ready says why no run could do its work.
func (w *worker) ready(context.Context) error {
	if w.runner.Now().Stopping {
		return errors.New("the service is stopping")
	}
	if w.state == "" {
		return nil
	}
	if info, err := os.Stat(w.state); err == nil && !info.IsDir() {
		return errors.New("the state directory is no directory")
	} else if err == nil && !journal.Writable(w.state) {
		return errors.New("the state directory cannot be written")
	}
	return nil
}

// summarize is the one line of the log that says how a run went.
func (e *env) summarize(why serve.Trigger, took time.Duration) {
	row := exit(e.result)
	fields := []zap.Field{zap.Int64("run", e.run), zap.String("outcome", row.word), zap.Int("exit_code", row.code),
		zap.String("why", string(why)), zap.Duration("took", took.Round(time.Millisecond))}
	if r := e.result.report; r != nil {
		fields = append(fields, zap.Int("done", r.Tally(sync.Done)), zap.Int("held", r.Plan.Count(sync.Held)),
			zap.Int("skipped", r.Plan.Count(sync.Skipped)), zap.Int("failed", r.Tally(sync.Failed)), zap.Int("not_sent", r.NotTried))
		if notRead := failures(r.Plan); len(notRead) > 0 {
			fields = append(fields, zap.Strings("not_read", notRead))
		}
	}
	if fault, ok := errors.AsType[*serve.PanicError](e.result.err); ok {
		fields = append(fields, zap.ByteString("stack", fault.Stack))
	}
	switch row.code {
	case 0, exitInterrupted:
		e.log.Info("run ended", fields...)
	case exitHeld:
		e.log.Warn("run ended", fields...)
	default:
		e.log.Error("run ended", append(fields, zap.Error(e.result.err))...)
	}
}

// failures names what could not be read: why may hold addresses, which are in
// the history and on the status page.
func failures(p *sync.Plan) []string {
	var names []string
	for _, f := range p.Failures {
		names = append(names, cmp.Or(f.Source, f.Organization))
	}
	return names
}
