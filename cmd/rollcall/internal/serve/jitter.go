package serve

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// jitterSchedule makes each run of a schedule late by chance. The library's own
// schedule decides about the next one from the time without the delay, so that
// delays do not add up.
type jitterSchedule struct {
	*Schedule
	most time.Duration
	late time.Duration // of the run that was given last; only the library's goroutine asks
	next atomic.Pointer[time.Time]
}

// Next is called by the library when it starts, and after each run.
func (j *jitterSchedule) Next(t time.Time) time.Time {
	due := j.Schedule.Next(t.Add(-j.late))
	if due.IsZero() {
		j.next.Store(&due)
		return due
	}
	var late time.Duration
	if j.most > 0 {
		late = rand.N(j.most) //nolint:gosec // chance, not a secret
	}
	at := due.Add(late)
	if !at.After(t) { // a stall, or the clock was set
		due = j.Schedule.Next(t)
		at = due.Add(late)
	}
	j.late = at.Sub(due)
	j.next.Store(&at)
	return at
}

// due is when the next run begins; the zero time is never.
func (j *jitterSchedule) due() time.Time {
	if at := j.next.Load(); at != nil {
		return *at
	}
	return time.Time{}
}
