package clerkapi

import (
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"

	"rollcall/clerkapi/internal/calls"
)

// How often and how long a call is tried. Clerk did not carry out a call that it
// answered with 429, so such a call is repeated more often than a failure.
const (
	maxFailures     = 5
	maxRejections   = 10
	maxTrouble      = 5 * time.Minute
	firstDelay      = 250 * time.Millisecond
	longestDelay    = 15 * time.Second
	defaultBlock    = 10 * time.Second
	attemptDeadline = 60 * time.Second
)

// retries counts the attempts of one call.
//
//	result of an attempt           outcome          Always              OnlyUnsent
//	2xx                            (no error)       ends                ends
//	2xx, answer unreadable         doneUnreadable   again, as failure   ends
//	2xx, answer too large          doneUnreadable   ends                ends
//	429                            refused          again after the pause of the limit
//	408                            refused          again, as failure   ends
//	other 3xx and 4xx              refused          ends                ends
//	5xx                            unknown          again, as failure   ends
//	no answer, time-out            unknown          again, as failure   ends
//	no connection                  notSent          again, as failure   again, as failure
//	stopped before sending         notSent          ends                ends
//
// "As failure" is after a growing delay, at most maxFailures times and within
// maxTrouble. A 429 is repeated maxRejections times, unless it asks for a
// longer pause than its limit allows.
type retries struct {
	failures, rejections int
	since                time.Time
	delays               *backoff.ExponentialBackOff
	random               func() float64
}

func newRetries(random func() float64) *retries {
	delays := backoff.NewExponentialBackOff()
	delays.InitialInterval, delays.MaxInterval, delays.Multiplier = firstDelay, longestDelay, 2
	delays.RandomizationFactor = 0 // the library cannot be given a source
	return &retries{delays: delays, random: random}
}

// next says whether the call may be sent again, and how long to wait before.
// The wait after a 429 is 0 here, because the limiter pauses.
func (r *retries) next(c *calls.Call, e *Error) (time.Duration, bool) {
	if e.Status == http.StatusTooManyRequests {
		r.rejections++
		return 0, r.rejections < maxRejections && e.RetryAfter <= c.Limits.LongestPause()
	}
	if !e.retry || c.Repeat == calls.OnlyUnsent && e.outcome != notSent {
		return 0, false
	}
	r.failures++
	if r.since.IsZero() {
		r.since = time.Now()
	}
	delay := time.Duration(float64(r.delays.NextBackOff()) * (0.5 + r.random())) // half the delay to one and a half
	wait := max(delay, e.RetryAfter)
	return wait, r.failures < maxFailures && time.Since(r.since)+wait <= maxTrouble
}
