package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

// Limits are the rates that an instance allows. The zero value limits
// nothing. A field of 0 leaves that limit out.
type Limits struct {
	// Requests may arrive within Window, counted over the whole instance.
	Requests int
	Window   time.Duration
	// PerResource is how many changes of one membership, user or organization
	// may arrive within Window. Role and metadata of a membership count
	// together.
	PerResource int
	// Invitations and BulkInvitations are single and bulk calls per hour.
	Invitations, BulkInvitations int
	// FixedWindow counts in windows that begin at multiples of their length
	// instead of sliding ones. Clerk documents neither.
	FixedWindow bool
}

// Production are the documented limits of a production instance.
func Production() Limits {
	return Limits{Requests: 1000, Window: 10 * time.Second, PerResource: 10, Invitations: 250, BulkInvitations: 50}
}

// Development are the documented limits of a development instance.
func Development() Limits {
	l := Production()
	l.Requests = 100
	return l
}

// ParseLimits turns production, development or none into Limits.
func ParseLimits(name string) (Limits, error) {
	switch name {
	case "production":
		return Production(), nil
	case "development":
		return Development(), nil
	case "none":
		return Limits{}, nil
	}
	return Limits{}, fmt.Errorf("choose the limits: %q is not one of production, development, none", name)
}

// limiter counts requests and refuses them. The lock of traffic guards it.
type limiter struct {
	limits  Limits
	general *window
	others  map[string]*window
}

func newLimiter(l Limits) *limiter {
	return &limiter{limits: l, general: newWindow(l.Requests, l.Window, l.FixedWindow), others: map[string]*window{}}
}

// check counts the request and returns the 429 that refuses it, or nil. The
// limit of the instance is checked before the limit of the route.
func (l *limiter) check(now time.Time, kind, resource string) *failure {
	if wait := l.general.take(now); wait > 0 {
		return tooManyRequests(wait)
	}
	w := l.routeWindow(kind, resource)
	if w == nil {
		return nil
	}
	if wait := w.take(now); wait > 0 {
		return tooManyRequests(wait)
	}
	return nil
}

// routeWindow finds the window of a route, or of a resource, that has a limit of
// its own.
func (l *limiter) routeWindow(kind, resource string) *window {
	switch kind {
	case "POST /organizations/{organization_id}/invitations":
		return l.window("invitations", l.limits.Invitations, time.Hour)
	case "POST /organizations/{organization_id}/invitations/bulk":
		return l.window("bulk", l.limits.BulkInvitations, time.Hour)
	}
	if resource == "" {
		return nil
	}
	return l.window(resource, l.limits.PerResource, l.limits.Window)
}

func (l *limiter) window(key string, limit int, length time.Duration) *window {
	if limit == 0 {
		return nil
	}
	w := l.others[key]
	if w == nil {
		w = newWindow(limit, length, l.limits.FixedWindow)
		l.others[key] = w
	}
	return w
}

func tooManyRequests(wait time.Duration) *failure {
	f := refuse(http.StatusTooManyRequests, "too_many_requests", "too many requests: wait for the time in Retry-After")
	f.retryAfter = int((wait + time.Second - 1) / time.Second)
	return f
}

// window counts requests. When the limit is reached, it refuses everything until
// the block is over. A block is a whole number of seconds.
type window struct {
	limit   int
	length  time.Duration
	fixed   bool
	times   []time.Time // ring of the last limit arrivals, oldest at next
	next    int
	start   time.Time // of the fixed window
	count   int       // in the fixed window
	blocked time.Time
}

func newWindow(limit int, length time.Duration, fixed bool) *window {
	w := &window{limit: limit, length: length, fixed: fixed}
	if limit > 0 && !fixed {
		w.times = make([]time.Time, limit)
	}
	return w
}

// take counts an arrival, or returns how long the caller is blocked.
// Refused requests do not count.
func (w *window) take(now time.Time) time.Duration {
	if w.limit == 0 {
		return 0
	}
	if now.Before(w.blocked) {
		return w.blocked.Sub(now)
	}
	full := w.takeSliding
	if w.fixed {
		full = w.takeFixed
	}
	if wait := full(now); wait > 0 {
		w.blocked = now.Add((wait + time.Second - 1).Truncate(time.Second))
		return w.blocked.Sub(now)
	}
	return 0
}

func (w *window) takeSliding(now time.Time) time.Duration {
	oldest := w.times[w.next]
	if !oldest.IsZero() && now.Sub(oldest) < w.length {
		return oldest.Add(w.length).Sub(now)
	}
	w.times[w.next] = now
	w.next = (w.next + 1) % w.limit
	return 0
}

func (w *window) takeFixed(now time.Time) time.Duration {
	if start := now.Truncate(w.length); !start.Equal(w.start) {
		w.start, w.count = start, 0
	}
	if w.count >= w.limit {
		return w.start.Add(w.length).Sub(now)
	}
	w.count++
	return 0
}
