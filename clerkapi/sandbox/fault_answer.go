package sandbox

import (
	"cmp"
	"net/http"
	"strconv"
)

// respond writes the answer that the fault leaves. It breaks a connection as
// net/http documents it, by a panic with http.ErrAbortHandler. RoundTripper does
// the same.
func (f *Fault) respond(w http.ResponseWriter, trace string, status int, body []byte) {
	if f.DropConnection || f.DropAfterEffect {
		panic(http.ErrAbortHandler)
	}
	if f.Status != 0 {
		status, body = f.Status, f.answer(w.Header(), trace)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if f.CutAfterBytes == 0 || f.CutAfterBytes >= len(body) {
		_, _ = w.Write(body) // the caller is gone: nobody is left to tell
		return
	}
	_, _ = w.Write(body[:f.CutAfterBytes])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// answer is the body of a fault with a status.
func (f *Fault) answer(h http.Header, trace string) []byte {
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	if f.Body != "" {
		h.Set("Content-Type", cmp.Or(f.ContentType, "text/html"))
		return []byte(f.Body)
	}
	return refuse(f.Status, cmp.Or(f.Code, usualCode(f.Status)), "a fault of the sandbox").body(trace)
}

// usualCode is the code in Clerk's catalogue for a status without a code.
func usualCode(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return "too_many_requests"
	case http.StatusServiceUnavailable:
		return "service_unavailable"
	case http.StatusGatewayTimeout:
		return "gateway_timeout"
	case http.StatusUnauthorized:
		return "authentication_invalid"
	case http.StatusPaymentRequired:
		return "unsupported_subscription_plan_features"
	case http.StatusConflict:
		return "conflict"
	case http.StatusForbidden:
		return "authorization_invalid"
	case http.StatusNotFound:
		return "resource_not_found"
	}
	return "internal_clerk_error"
}
