package sync

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"rollcall/sync/journal"
)

// clock is what time-driven changes need to know of the time (S28, S29).
type clock struct {
	// wrong says why nothing may happen because time has passed; empty when it may.
	wrong string
	// failed is when the newest run began that did not end well.
	failed time.Time
}

// maxSkew is how far our clock and Clerk's may differ (S28).
const maxSkew = 5 * time.Minute

// recentRuns is how many runs are looked at for one that failed. Further back
// than that, no interval between two good runs reaches.
const recentRuns = 200

// readClock compares the clock with Clerk's and with the journal's (S28).
func (r *Reconciler) readClock(ctx context.Context) (clock, error) {
	runs, err := r.journal.Runs(ctx, recentRuns)
	if err != nil {
		return clock{}, fmt.Errorf("read the journal: %w", err)
	}
	c := clock{}
	for i := range runs {
		run := &runs[i]
		if run.ID == r.run {
			continue
		}
		if run.Started.After(r.now()) || run.Finished.After(r.now()) {
			c.wrong = fmt.Sprintf("the clock is behind run %d, which began at %s", run.ID, run.Started.UTC().Format(time.RFC3339))
		}
		if !endedWell(run) && run.Started.After(c.failed) {
			c.failed = run.Started
		}
	}
	c.wrong = cmp.Or(r.skew(), c.wrong)
	return c, nil
}

// skew says that our clock and Clerk's differ; empty while they agree, or as
// long as Clerk has not answered.
func (r *Reconciler) skew() string {
	offset, ok := r.clerk.ClockOffset()
	if !ok || offset.Abs() <= maxSkew {
		return ""
	}
	return fmt.Sprintf("the clock differs from Clerk's by %s", offset.Abs().Round(time.Second))
}

// clockFault says why nothing may happen because time has passed, once Clerk
// has been read; empty when it may.
func (r *Reconciler) clockFault(m *memory) string {
	if m != nil && m.clock.wrong != "" {
		return m.clock.wrong
	}
	return r.skew()
}

// endedWell reports whether a run read all that it had to and did what it
// could. One that was killed has not.
func endedWell(run *journal.Run) bool {
	return !run.Finished.IsZero() && (run.ExitCode == 0 || run.ExitCode == exitHeld)
}

// exitHeld is the exit code of a run that held changes: its read was whole.
const exitHeld = 3
