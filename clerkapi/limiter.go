package clerkapi

import (
	"context"
	"slices"
	"sync"
	"time"
)

// clockMargin is added to every window, for clocks that run apart and for
// servers that count both ends of the window in.
const clockMargin = 20 * time.Millisecond

// window is a sliding log: it lets through at most limit requests in any span
// of time, as the server sees them. A request is seen somewhere between its
// sending and its answer, so its slot is taken when it is sent and free again
// one span after its answer began to come back. However the network bunches requests
// up, limit + 1 of them cannot be seen within one span; and a run that fits
// into the span never waits. No token bucket does both: its burst and what
// drips in meanwhile must stay under the limit together.
type window struct {
	mu       sync.Mutex
	limit    int
	span     time.Duration
	inFlight int
	answered []time.Time // of the last span, oldest first
	waiting  line
	wake     *time.Timer
	// What was learned about others on the same budget, see shrink.
	reduced   int
	reducedAt time.Time
}

func newWindow(r Rate) *window {
	return &window{limit: r.Requests, span: r.Window + clockMargin}
}

// take waits for a slot, first come first served.
func (w *window) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	w.mu.Lock()
	t := w.waiting.join()
	w.pump(time.Now())
	w.mu.Unlock()
	select {
	case <-t.ready:
		return nil
	case <-ctx.Done():
		w.abandon(t)
		return context.Cause(ctx)
	}
}

func (w *window) abandon(t *turn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.waiting.leave(t) {
		w.inFlight--
	}
	w.pump(time.Now())
}

// done ends a request. sends is how often it went over the wire: 0 when the
// slot was not used, over 1 when the transport repeated it. answered is when
// its answer began; the zero time is now.
func (w *window) done(sends int, answered time.Time) {
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
	w.pump(now)
}

// pump gives free slots to those who wait and sets the alarm for the next.
func (w *window) pump(now time.Time) {
	w.expire(now)
	for !w.waiting.empty() && w.inFlight+len(w.answered) < w.allowed(now) {
		w.inFlight++
		w.waiting.next()
	}
	if w.waiting.empty() || len(w.answered) == 0 {
		return
	}
	in := w.answered[0].Add(w.span).Sub(now)
	if w.wake == nil {
		w.wake = time.AfterFunc(in, w.alarm)
		return
	}
	w.wake.Reset(in)
}

func (w *window) alarm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pump(time.Now())
}

func (w *window) expire(now time.Time) {
	n := 0
	for n < len(w.answered) && now.Sub(w.answered[n]) >= w.span {
		n++
	}
	w.answered = w.answered[n:]
}

// shrink halves what is allowed, because a 429 showed that others use the
// budget too. It comes back by a twentieth of the limit per span: slowly, so
// that the customer's website does not pay for our curiosity.
func (w *window) shrink() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.reduced = max(1, w.allowed(now)/2)
	w.reducedAt = now
}

func (w *window) allowed(now time.Time) int {
	if w.reducedAt.IsZero() {
		return w.limit
	}
	step := max(1, w.limit/20)
	grown := w.reduced + step*int(now.Sub(w.reducedAt)/w.span)
	return min(w.limit, grown)
}

// restore takes in what an earlier process sent. Times of the future come
// from a clock that was set back; they count as now.
func (w *window) restore(sends []time.Time) {
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
func (w *window) used() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expire(time.Now())
	return float64(w.inFlight+len(w.answered)) / float64(w.limit)
}

// sends lists what still counts, those in flight as of now.
func (w *window) sends() []time.Time {
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
