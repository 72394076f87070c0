package limit

import (
	"context"
	"slices"
	"sync"
	"time"
)

// clockMargin is added to every window, for clocks that run apart and for
// servers that count both ends of the window in.
const clockMargin = 20 * time.Millisecond

// slidingWindow lets through at most limit requests in any span of time, as
// the server sees them. The server sees a request somewhere between its sending
// and its answer. So a slot is taken when the request is sent, and is free
// again one span after its answer began to arrive. The server then cannot see
// limit + 1 requests within one span, however the network delays them, and a
// run that fits into the span never waits. A token bucket cannot do both: its
// burst and its refill must stay under the limit together.
type slidingWindow struct {
	mu       sync.Mutex
	limit    int
	span     time.Duration
	inFlight int
	answered []time.Time // of the last span, oldest first
	queue    queue
	timer    *time.Timer
	// reduced is what halve left of the limit, at reducedAt: others use the
	// same budget.
	reduced   int
	reducedAt time.Time
	// announce says that callers wait; the wait that it said last ends at announced.
	announce  func(wait time.Duration, allowed Rate)
	announced time.Time
}

// leastAnnounced is a wait that would look like a hang without a word.
const leastAnnounced = time.Second

func newSlidingWindow(r Rate) *slidingWindow {
	return &slidingWindow{limit: r.Requests, span: r.Window + clockMargin}
}

// take waits for a slot, in the order of the calls.
func (w *slidingWindow) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	w.mu.Lock()
	me := w.queue.push()
	w.serveQueue(time.Now())
	w.mu.Unlock()
	select {
	case <-me.ready:
		return nil
	case <-ctx.Done():
		w.abandon(me)
		return context.Cause(ctx)
	}
}

// abandon ends the wait of a caller whose context ended. A slot that the
// caller got in the meantime goes to the next one.
func (w *slidingWindow) abandon(me *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.queue.remove(me) {
		w.inFlight--
	}
	w.serveQueue(time.Now())
}

// release ends a request. sends is how often the transport sent it: 0 when the
// slot was not used, over 1 when the transport repeated it. answered is when
// its answer began; the zero time means now.
func (w *slidingWindow) release(sends int, answered time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.inFlight--
	if answered.IsZero() {
		answered = now
	}
	at, _ := slices.BinarySearchFunc(w.answered, answered, time.Time.Compare)
	for range sends {
		w.answered = slices.Insert(w.answered, at, answered)
	}
	w.serveQueue(now)
}

// serveQueue gives free slots to waiting callers and sets the timer for the
// next slot that becomes free.
func (w *slidingWindow) serveQueue(now time.Time) {
	w.expire(now)
	for !w.queue.empty() && w.inFlight+len(w.answered) < w.allowed(now) {
		w.inFlight++
		w.queue.serve()
	}
	if w.queue.empty() || len(w.answered) == 0 {
		return
	}
	in := w.answered[0].Add(w.span).Sub(now)
	if w.announce != nil && in >= leastAnnounced && !now.Before(w.announced) {
		w.announced = now.Add(in)
		w.announce(in, Rate{w.allowed(now), w.span - clockMargin})
	}
	if w.timer == nil {
		w.timer = time.AfterFunc(in, w.onTimer)
		return
	}
	w.timer.Reset(in)
}

func (w *slidingWindow) onTimer() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serveQueue(time.Now())
}

func (w *slidingWindow) expire(now time.Time) {
	n := 0
	for n < len(w.answered) && now.Sub(w.answered[n]) >= w.span {
		n++
	}
	w.answered = w.answered[n:]
}

// halve halves what is allowed, because a 429 showed that others use the budget
// too. It grows back 5 % of the limit per window, because other clients, such
// as the website of the instance, share it.
func (w *slidingWindow) halve() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.reduced = max(1, w.allowed(now)/2)
	w.reducedAt = now
}

func (w *slidingWindow) allowed(now time.Time) int {
	if w.reducedAt.IsZero() {
		return w.limit
	}
	step := max(1, w.limit/20)
	grown := w.reduced + step*int(now.Sub(w.reducedAt)/w.span)
	return min(w.limit, grown)
}

// restore counts the requests that an earlier process sent. A time in the
// future comes from a clock that was set back; it counts as now.
func (w *slidingWindow) restore(sends []time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for _, at := range sends {
		age := max(0, now.Sub(at.Round(0)))
		if age < w.span {
			w.answered = append(w.answered, now.Add(-age))
		}
	}
	slices.SortFunc(w.answered, time.Time.Compare)
}

// used is the share of the limit that is taken.
func (w *slidingWindow) used() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expire(time.Now())
	return float64(w.inFlight+len(w.answered)) / float64(w.limit)
}

// sends lists the requests that still count, those in flight as of now.
func (w *slidingWindow) sends() []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.expire(now)
	all := make([]time.Time, 0, len(w.answered)+w.inFlight)
	for _, at := range w.answered {
		all = append(all, at.Round(0))
	}
	for range w.inFlight {
		all = append(all, now.Round(0))
	}
	return all
}
