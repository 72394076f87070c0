package worker

import (
	"context"
	"errors"
	"os"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/statuspage"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
)

// lastRun is what the history knows of the last run.
func (w *worker) lastRun(ctx context.Context) serve.LastRun {
	if w.state == "" {
		return serve.LastRun{}
	}
	db, err := journal.Open(ctx, w.state, journal.Options{ReadOnly: true})
	if err != nil {
		return serve.LastRun{} // the run reports why it cannot be read
	}
	defer func() { _ = db.Close() }() // nothing was written
	for n := 16; ; n *= 16 {          // there may be thousands of runs of one person since
		runs, err := db.Runs(ctx, n)
		if err != nil {
			return serve.LastRun{}
		}
		if last, whole := lastOf(runs); whole || len(runs) < n {
			return last
		}
	}
}

// lastOf finds the last run of everybody among the newest runs, newest first, and
// reports whether they are enough to tell. Runs of undo and of a part do not count.
func lastOf(runs []journal.Run) (last serve.LastRun, whole bool) {
	seen := 0
	for i := range runs {
		r := &runs[i]
		if r.Undoes != 0 || r.Verb != "apply" && r.Verb != "serve" || memory.SummaryOf(r.Summary).Part {
			continue
		}
		open := r.Finished.IsZero() || r.ExitCode == runner.ExitInterrupted
		if seen++; seen == 1 {
			last = serve.LastRun{Started: r.Started, Unfinished: open}
			continue
		}
		last.Unfinished = last.Unfinished && !open
		return last, true
	}
	return last, false
}

// status is the service as the status page shows it.
func (w *worker) status() statuspage.Service {
	now := w.service.Now()
	c, newest := w.current.Load(), w.newest.Load()
	s := statuspage.Service{Name: notify.NameOf(c.Notify), Zone: c.Serve.Zone(), Instance: w.instance(), Started: now.Started, Next: now.Next, Running: now.Running,
		Approve: newest.Serve.Approve, PublicURL: newest.Serve.PublicURL}
	if now.Schedule != nil {
		s.Schedule = now.Schedule.String()
	}
	if p := w.progress.Load(); p != nil {
		s.Progress = *p
	}
	if now.Refused != nil {
		s.Trouble = "The configuration as it was at " + now.RefusedAt.In(s.Zone).Format("2006-01-02 15:04:05 MST") +
			" has problems, so an older one is used: " + refusal(now.Refused)
	}
	for _, f := range w.backoff.Waiting() {
		s.Backoffs = append(s.Backoffs, statuspage.Backoff{What: string(f.Kind), Name: f.Label, Reason: f.Reason, Until: f.Until})
	}
	return s
}

// nextRun names the run that sends what somebody approves now.
func (w *worker) nextRun() string {
	next := w.service.Now().Next
	if next.IsZero() {
		return "the next run of the service"
	}
	return "the next run of the service, at " + next.Format("2006-01-02 15:04 MST")
}

// refusal is the reason for a refused configuration, in one line.
func refusal(err error) string {
	if problems, ok := errors.AsType[config.Problems](err); ok {
		return problems.Brief()
	}
	return err.Error()
}

func (w *worker) alive() error { return w.service.Alive() }

// ready says why no run could change anything; nil is ready.
func (w *worker) ready(context.Context) error {
	if w.service.Now().Stopping {
		return errors.New("the service is stopping")
	}
	if w.state == "" {
		return nil
	}
	if info, err := os.Stat(w.state); err == nil && !info.IsDir() {
		return errors.New("the state directory is not a directory")
	} else if err == nil && !journal.Writable(w.state) {
		return errors.New("the state directory is not writable")
	}
	return nil
}
