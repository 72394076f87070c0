package limit

import (
	"context"
	"math"
	"sync"
	"time"
)

// Bounds of how many requests are in flight at once.
const (
	MaxConcurrency   = 64
	minConcurrency   = 4
	startConcurrency = 8
	// burstTime is how long the budget of a whole window may take to go out
	// when nothing holds it back: short enough that a run which fits the
	// window feels immediate.
	burstTime = time.Second
)

// concurrency bounds how many requests are in flight: as many as send one
// window's budget within burstTime at the observed latency, and no more.
//
//	event                    starting        measured                 reduced
//	(the limit is)           (8)             (budget × latency,       (the ceiling)
//	                                         from 4 to 64)
//	good answer              measured        measured                 ceiling + 1/ceiling; measured
//	                                                                  once the ceiling is no bound
//	5xx or no answer         reduced to half of the limit, and to 4 at least
//	time-out                 reduced to half of the limit, and to 1 at least
//	fault of a request sent  no change       no change                no change
//	before the last halving
//	request not sent         no change       no change                no change
//
// The state is not stored. It is starting while the latency is 0, and reduced
// while the ceiling is under the measured number.
type concurrency struct {
	mu       sync.Mutex
	budget   int
	latency  time.Duration // smoothed; 0 before the first answer
	ceiling  float64       // what faults have left of MaxConcurrency
	halvedAt time.Time
	inFlight int
	queue    queue
}

func newConcurrency(budget int) *concurrency {
	return &concurrency{budget: budget, ceiling: MaxConcurrency}
}

func (c *concurrency) acquire(ctx context.Context) error {
	c.mu.Lock()
	me := c.queue.push()
	c.serveQueue()
	c.mu.Unlock()
	select {
	case <-me.ready:
		return nil
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.queue.remove(me) {
			c.inFlight--
		}
		c.serveQueue()
		return context.Cause(ctx)
	}
}

// release ends a request that was sent at the given time; the zero time means
// that it was not sent.
func (c *concurrency) release(sent time.Time, r Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inFlight--
	switch {
	case sent.IsZero():
	case r.faulty():
		c.halve(sent, r.Timeout)
	default:
		c.observe(time.Since(sent))
	}
	c.serveQueue()
}

func (c *concurrency) serveQueue() {
	for !c.queue.empty() && c.inFlight < c.limit() {
		c.inFlight++
		c.queue.serve()
	}
}

func (c *concurrency) limit() int {
	want := startConcurrency
	if c.latency > 0 {
		want = int(math.Ceil(float64(c.budget) * float64(c.latency) / float64(burstTime)))
	}
	return max(1, min(max(want, minConcurrency), int(c.ceiling)))
}

// halve halves the ceiling, once for all requests that were in flight together.
func (c *concurrency) halve(sent time.Time, timeout bool) {
	if sent.Before(c.halvedAt) {
		return
	}
	floor := float64(minConcurrency)
	if timeout {
		floor = 1
	}
	c.ceiling = max(floor, min(c.ceiling, float64(c.limit()))/2)
	c.halvedAt = time.Now()
}

func (c *concurrency) observe(took time.Duration) {
	if c.latency == 0 {
		c.latency = took
	}
	c.latency += (took - c.latency) / 8
	c.ceiling = min(MaxConcurrency, c.ceiling+1/max(1, c.ceiling))
}
