package transport

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"rollcall/clerkapi/internal/wire"
)

// MaxRetryAfter is the longest wait that an answer can ask for.
const MaxRetryAfter = 24 * time.Hour

// SandboxServer is how package sandbox names itself in the header Server, so that
// nobody takes a rehearsal for the real thing (S41).
const SandboxServer = "rollcall-sandbox"

// RetryAfter reads a Retry-After header (RFC 9110, 10.2.3): seconds, or a
// date. A date counts relative to the answer's own Date, so that a wrong clock
// on this machine does no harm. 0 means that the header says nothing usable.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		seconds = max(0, min(seconds, int64(MaxRetryAfter/time.Second)))
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return max(0, min(at.Sub(now), MaxRetryAfter))
}

// TraceID is the name that Clerk, or the proxy before it, gave the request.
func TraceID(h http.Header) string {
	if id := wire.CleanToken(h.Get("Clerk-Trace-Id")); id != "" {
		return id
	}
	return wire.CleanToken(h.Get("Cf-Ray"))
}

// RateLimits picks the headers about rate limits. Clerk documents none, so any
// such header is worth a line at debug.
func RateLimits(h http.Header) map[string]string {
	var found map[string]string
	for name := range h {
		if !strings.Contains(strings.ToLower(name), "ratelimit") {
			continue
		}
		if found == nil {
			found = map[string]string{}
		}
		found[name] = wire.CleanMessage(h.Get(name))
	}
	return found
}
