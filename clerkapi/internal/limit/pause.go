package limit

import (
	"context"
	"errors"
	"sync"
	"time"
)

// The longest waits that an answer may ask for: the limits of invitations are
// per hour, all others per 10 s.
const (
	maxPause        = 2 * time.Hour
	maxGeneralPause = 2 * time.Minute
)

// LongestPause is how long an answer may ask a request to wait. A longer pause
// ends the call.
func (k Key) LongestPause() time.Duration {
	if k.Route == General || k.Route == Enquiries {
		return maxGeneralPause
	}
	return maxPause
}

type gateState uint8

const (
	open gateState = iota
	closed
	probing
)

// pauseGate stops the requests that a 429 concerns until Retry-After has
// passed. Then one trial request goes first; the others wait for its result.
//
//	event                      open           closed                 probing
//	wait                       passes         waits until the time   waits for a change
//	tryEnter                   enters         too early: refused     refused
//	                                          else: probing, enters
//	rejected                   closed, news   closed                 probing
//	rejected, by the probe     -              -                      closed, news
//	probeDone, with an answer  -              -                      open
//	probeDone, without         -              -                      closed
//
// Every rejection moves the time until which the gate is closed to a later
// one, in every state. The requests that were under way when the gate closed
// come back with 429s too: they are the same event and no news.
type pauseGate struct {
	// longest is the longest wait here. A caller who would have to wait longer
	// gets a PauseError at once.
	longest time.Duration
	mu      sync.Mutex
	state   gateState
	until   time.Time
	changed chan struct{} // closed, and replaced, at every change
}

func newPauseGate(longest time.Duration) *pauseGate {
	return &pauseGate{longest: longest, changed: make(chan struct{})}
}

// wait returns when the gate is open, or closed and due for a trial request.
func (g *pauseGate) wait(ctx context.Context) error {
	for {
		state, left, changed := g.look()
		var due <-chan time.Time // nil while a trial is under way: only its result counts
		switch {
		case state == open, state == closed && left <= 0:
			return nil
		case state == closed && left > g.longest:
			return &PauseError{left}
		case state == closed:
			due = time.After(left)
		}
		select {
		case <-due:
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (g *pauseGate) look() (state gateState, left time.Duration, changed <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state, time.Until(g.until), g.changed
}

// ready reports whether a caller need not wait.
func (g *pauseGate) ready() bool {
	state, left, _ := g.look()
	return state == open || state == closed && left <= 0
}

// tryEnter is the last check before sending. It never blocks: false means wait
// again. probe is true for the trial request at a closed gate.
func (g *pauseGate) tryEnter() (probe, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.state == open:
		return false, true
	case g.state == probing || time.Until(g.until) > 0:
		return false, false
	}
	g.state = probing
	return true, true
}

// rejected closes the gate. It reports whether this is news, see the table.
func (g *pauseGate) rejected(retryAfter time.Duration, probe bool) (news bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	news = g.state == open || probe
	if news {
		g.state = closed
	}
	if until := time.Now().Add(retryAfter); until.After(g.until) {
		g.until = until
	}
	g.notify()
	return news
}

// probeDone ends a trial request that was not rejected. A trial without any
// answer proved nothing, and the next caller tries.
func (g *pauseGate) probeDone(answered bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state = closed
	if answered {
		g.state = open
	}
	g.notify()
}

func (g *pauseGate) notify() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// ErrTooManyRequests is what a PauseError is, for errors.Is.
var ErrTooManyRequests = errors.New("too many requests")

// PauseError is a pause that is too long to wait for.
type PauseError struct{ Wait time.Duration }

// Error says how long Clerk asks to wait.
func (e *PauseError) Error() string {
	return "Clerk asks to wait for " + e.Wait.Round(time.Second).String() + ": run again later"
}

// Is answers errors.Is for [ErrTooManyRequests].
func (e *PauseError) Is(target error) bool { return target == ErrTooManyRequests }

// Sleep waits for a time, or for the end of the context.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
