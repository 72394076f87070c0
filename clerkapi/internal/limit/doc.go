// Package limit decides when a request to Clerk may be sent.
//
// A request passes these limits, in this order: the limit of its membership,
// even pacing where it is asked for, the pauses that 429s asked for, the hourly
// limit of its route, the window of the instance, and the number of requests in
// flight. Every limit that a caller leaves early gets its slot back.
//
// The package imports golang.org/x/time/rate for the two limits that a token
// bucket describes, and nothing of rollcall: package clerkapi says which limits
// concern a call by a [Key], and reports what became of it as a [Result].
//
// Read limiter.go (which limits, and the order of waiting), permit.go (one
// request from its slot to its result), then the limits: window.go (how many
// requests in a span of time), concurrency.go (how many at once), pause.go
// (what a 429 stops) and queue.go (the order of waiting callers).
package limit
