package clerkapi

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// How often and how long a call is tried. A 429 was not carried out, so it is
// repeated more patiently than a failure.
const (
	maxFailures   = 5
	maxRejections = 10
	maxTrouble    = 5 * time.Minute
	// maxPause is the longest wait that an answer may ask for: the limits of
	// invitations are per hour.
	maxPause = 2 * time.Hour
	// maxGeneralPause is that of all other calls: their limits are per 10 s.
	maxGeneralPause = 2 * time.Minute
	firstDelay      = 250 * time.Millisecond
	longestDelay    = 15 * time.Second
	defaultBlock    = 10 * time.Second
	maxRetryAfter   = 24 * time.Hour
	attemptDeadline = 60 * time.Second
)

// repeat says when a call may be sent again after a failure that is no 429.
type repeat uint8

const (
	// onlyUnsent is for what must not happen twice: invitations and new users.
	onlyUnsent repeat = iota
	// always is for reads, for what is the same when done twice, and for
	// POST membership, which Clerk refuses the second time (S33).
	always
)

// retries follows one call through its attempts.
type retries struct {
	failures, rejections int
	since                time.Time
	delays               *backoff.ExponentialBackOff
}

func newRetries() *retries {
	delays := backoff.NewExponentialBackOff()
	delays.InitialInterval, delays.MaxInterval, delays.Multiplier = firstDelay, longestDelay, 2
	return &retries{delays: delays}
}

// next says how long to wait before the call is sent again, and whether it
// may be. The wait after a 429 is the gate's, so it is 0 here.
func (r *retries) next(c *call, e *Error) (time.Duration, bool) {
	if e.Status == http.StatusTooManyRequests {
		r.rejections++
		return 0, r.rejections < maxRejections && e.RetryAfter <= c.longestPause()
	}
	if !e.transient() || c.repeat == onlyUnsent && !e.unsent {
		return 0, false
	}
	r.failures++
	if r.since.IsZero() {
		r.since = time.Now()
	}
	wait := max(r.delays.NextBackOff(), e.RetryAfter)
	return wait, r.failures < maxFailures && time.Since(r.since)+wait <= maxTrouble
}

// longestPause is how long an answer may ask the call to wait.
func (c *call) longestPause() time.Duration {
	if c.route == general {
		return maxGeneralPause
	}
	return maxPause
}

// transient reports whether the same call may succeed a little later.
func (e *Error) transient() bool {
	switch {
	case e.final:
		return false
	case e.Status == 0, e.unreadable:
		return true
	}
	return e.Status == http.StatusRequestTimeout || e.Status >= 500
}

// isDial reports whether the connection could not be made, so that nothing was sent.
func isDial(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

// parseRetryAfter reads a Retry-After header (RFC 9110, 10.2.3): seconds, or
// a date, which is taken relative to the answer's own Date so that a clock
// which is off does no harm. 0 means that the header says nothing usable.
func parseRetryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		seconds = max(0, min(seconds, int64(maxRetryAfter/time.Second)))
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return max(0, min(at.Sub(now), maxRetryAfter))
}
