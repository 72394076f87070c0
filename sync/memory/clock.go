package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"rollcall/sync/journal"
)

// clock is whether changes may happen because time has passed (S28, S29).
type clock struct {
	// Wrong is why nothing may happen because time has passed; empty if it may.
	Wrong string
	// failed is when the last unsuccessful run began.
	failed time.Time
	// Unsure are the runs since the last successful one, oldest first. They may
	// have been cut off before they wrote down what they did.
	Unsure []int64
	// lately is how many runs of everything began within oftenWithin.
	lately int
}

// Runs come often if so many began in so short a time: a service makes them, and not a
// nightly job with somebody who tries something beside it.
const (
	oftenRuns   = 3
	oftenWithin = 4 * time.Hour
)

// RunsOften reports whether runs come so often that one may leave to a later one what
// belongs to a later hour of the same day.
func (m *Memory) RunsOften() bool { return m != nil && m.Clock.lately >= oftenRuns }

// MaxSkew is how far our clock and Clerk's may differ (S28).
const MaxSkew = 5 * time.Minute

// recentRuns is how many runs are searched for one that failed. Two successful
// runs are never further apart.
const recentRuns = 200

// readClock compares the clock with Clerk's and with the journal (S28).
func (r *Store) readClock(ctx context.Context) (clock, error) {
	runs, err := r.Journal.Runs(ctx, recentRuns)
	if err != nil {
		return clock{}, fmt.Errorf("read the history: %w", err)
	}
	c := clock{}
	good := false
	for i := range runs {
		run := &runs[i]
		if run.ID == r.Run {
			continue
		}
		if r.Now().Sub(run.Started) < oftenWithin && !SummaryOf(run.Summary).Part {
			c.lately++
		}
		if run.Started.After(r.Now()) || run.Finished.After(r.Now()) {
			c.Wrong = fmt.Sprintf("the clock is behind the start of run %d (%s)", run.ID, run.Started.UTC().Format(time.RFC3339))
		}
		if !succeeded(run) && run.Started.After(c.failed) {
			c.failed = run.Started
		}
		if good = good || succeeded(run); !good {
			c.Unsure = append(c.Unsure, run.ID)
		}
	}
	slices.Reverse(c.Unsure)
	c.Wrong = cmp.Or(clockSkew(r.Clerk), c.Wrong)
	return c, nil
}

// clockSkew is a text if our clock and Clerk's differ too much; empty if they
// agree, or before Clerk has answered.
func clockSkew(clerk ClerkClock) string {
	offset, ok := clerk.ClockOffset()
	if !ok || offset.Abs() <= MaxSkew {
		return ""
	}
	return fmt.Sprintf("the clock differs from Clerk's by %s", offset.Abs().Round(time.Second))
}

// ClockFault is why nothing may happen because time has passed, once Clerk has
// been read; empty if it may.
func ClockFault(clerk ClerkClock, m *Memory) string {
	if m != nil && m.Clock.Wrong != "" {
		return m.Clock.Wrong
	}
	return clockSkew(clerk)
}

// succeeded reports whether a run read everything and applied what it could. A
// run that was killed has not. A change that Clerk refuses makes no read
// incomplete: it must not delay the removals of others (S39).
func succeeded(run *journal.Run) bool {
	return !run.Finished.IsZero() && (run.ExitCode == 0 || run.ExitCode == exitHeld || run.ExitCode == exitInPart)
}

// The exit codes of runs that held changes, or could not send some. Their read
// was complete.
const (
	exitHeld   = 3
	exitInPart = 4
)
