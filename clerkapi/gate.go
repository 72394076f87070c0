package clerkapi

import (
	"context"
	"sync"
	"time"
)

// gate closes for what a 429 concerns until Retry-After has passed. Then one
// probe goes through before the herd: its answer opens the gate, or closes it
// again.
type gate struct {
	// longest is how long anybody waits here: whoever would have to wait longer
	// is told so at once.
	longest time.Duration
	mu      sync.Mutex
	closed  bool
	until   time.Time
	probing bool
	changed chan struct{} // closed, and replaced, at every change
}

func newGate(longest time.Duration) *gate {
	return &gate{longest: longest, changed: make(chan struct{})}
}

// wait returns when the gate looks open, or ripe for a probe.
func (g *gate) wait(ctx context.Context) error {
	for {
		left, changed := g.look()
		if changed == nil {
			return nil
		}
		if left > g.longest && left != forever {
			return &longPauseError{left}
		}
		if err := pause(ctx, left, changed); err != nil {
			return err
		}
	}
}

// look says how long to wait at least, and what ends the wait early; a nil
// channel means that nothing need be waited for. While a probe is out there
// is no time to wait for, only its answer.
func (g *gate) look() (time.Duration, <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	left := time.Until(g.until)
	switch {
	case !g.closed:
		return 0, nil
	case g.probing:
		return forever, g.changed
	case left <= 0:
		return 0, nil
	}
	return left, g.changed
}

// enter is the last look before sending. It never blocks: false means wait
// again. probe is true for the one who tries a closed gate.
func (g *gate) enter() (probe, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case !g.closed:
		return false, true
	case g.probing || time.Until(g.until) > 0:
		return false, false
	}
	g.probing = true
	return true, true
}

// rejected closes the gate. It reports whether this is news: the herd that
// was under way comes back with 429s too, and they are the same event.
func (g *gate) rejected(retryAfter time.Duration, probe bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	news := !g.closed || probe
	g.closed = true
	if until := time.Now().Add(retryAfter); until.After(g.until) {
		g.until = until
	}
	if probe {
		g.probing = false
	}
	g.tell()
	return news
}

// probed ends a probe that was not rejected. Without any answer it proved
// nothing, and the next caller probes.
func (g *gate) probed(answered bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.probing = false
	if answered {
		g.closed = false
	}
	g.tell()
}

func (g *gate) tell() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// longPauseError is a wait that nobody sits out.
type longPauseError struct{ wait time.Duration }

func (e *longPauseError) Error() string {
	return "Clerk asks to wait for " + e.wait.Round(time.Second).String() + ": run again after that"
}

func (e *longPauseError) Is(target error) bool { return target == ErrTooManyRequests }

// forever is longer than any run.
const forever = 1000 * time.Hour

// pause waits for a time, for an event, or for the end of the context.
func pause(ctx context.Context, d time.Duration, event <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-event:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
