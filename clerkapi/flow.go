package clerkapi

import (
	"context"
	"math"
	"sync"
	"time"
)

// Bounds of how many requests are in flight at once.
const (
	minFlow   = 4
	maxFlow   = 64
	startFlow = 8
	// burstTime is how long the budget of a whole window may take to go out
	// when nothing holds it back: short enough that a run which fits the
	// window feels immediate.
	burstTime = time.Second
)

// flow bounds how many requests are in flight: as many as send one window's
// budget within burstTime at the observed latency, and no more. Time-outs and
// 5xx halve the bound; successes bring it back one by one.
type flow struct {
	mu       sync.Mutex
	budget   int
	latency  time.Duration // smoothed; 0 before the first answer
	ceiling  float64       // what faults have left of maxFlow
	cutAt    time.Time
	inFlight int
	waiting  line
}

func newFlow(budget int) *flow { return &flow{budget: budget, ceiling: maxFlow} }

func (f *flow) take(ctx context.Context) error {
	f.mu.Lock()
	t := f.waiting.join()
	f.pump()
	f.mu.Unlock()
	select {
	case <-t.ready:
		return nil
	case <-ctx.Done():
		f.mu.Lock()
		defer f.mu.Unlock()
		if !f.waiting.leave(t) {
			f.inFlight--
		}
		f.pump()
		return context.Cause(ctx)
	}
}

// done ends a request that was sent at the given time; zero when it was not sent.
func (f *flow) done(sent time.Time, r result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inFlight--
	switch {
	case sent.IsZero():
	case r.faulty():
		f.cut(sent, r.timeout)
	default:
		f.observe(time.Since(sent))
	}
	f.pump()
}

func (f *flow) pump() {
	for !f.waiting.empty() && f.inFlight < f.bound() {
		f.inFlight++
		f.waiting.next()
	}
}

func (f *flow) bound() int {
	want := startFlow
	if f.latency > 0 {
		want = int(math.Ceil(float64(f.budget) * float64(f.latency) / float64(burstTime)))
	}
	return max(1, min(max(want, minFlow), int(f.ceiling)))
}

// cut halves the ceiling, once for all that was in flight together; a
// time-out may leave one single request, a 5xx leaves a few.
func (f *flow) cut(sent time.Time, timeout bool) {
	if sent.Before(f.cutAt) {
		return
	}
	floor := float64(minFlow)
	if timeout {
		floor = 1
	}
	f.ceiling = max(floor, min(f.ceiling, float64(f.bound()))/2)
	f.cutAt = time.Now()
}

func (f *flow) observe(took time.Duration) {
	if f.latency == 0 {
		f.latency = took
	}
	f.latency += (took - f.latency) / 8
	f.ceiling = min(maxFlow, f.ceiling+1/max(1, f.ceiling))
}
