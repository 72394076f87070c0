package sandbox

import (
	"strconv"
	"sync"
	"time"
)

// traffic is what arrives at a server, and what makes it wait or fail: the clock,
// the limits and the faults. Its lock guards all of it, so that requests are
// counted in the order of their times.
type traffic struct {
	mu           sync.Mutex
	clock        func() time.Time
	offset       time.Duration // of MoveClock
	limits       *limiter
	activeFaults []*activeFault
	requests     []Request
	traces       int64
}

// now is the clock's time plus the offset of MoveClock.
func (t *traffic) now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.clock().Add(t.offset)
}

// MoveClock sets the server's time to its clock plus an offset; the Date header
// follows.
func (t *traffic) MoveClock(offset time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.offset = offset
}

// accept counts the request and finds the fault that applies to it. It refuses
// requests that never reach an endpoint.
func (t *traffic) accept(c *call, key string) (*failure, *Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.clock().Add(t.offset)
	c.at, c.now = at, at.UnixMilli()
	t.traces++
	c.trace = "sandbox_" + strconv.FormatInt(t.traces, 10)
	if f := c.authenticate(key); f != nil {
		return f, nil
	}
	if f := t.limits.check(at, c.kind, c.resource()); f != nil {
		return f, nil
	}
	return nil, t.matchFault(c)
}
