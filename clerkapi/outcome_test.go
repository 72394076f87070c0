package clerkapi

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/transport"
	"rollcall/clerkapi/internal/wire"
)

func answering(status int, body string, header ...string) roundTrip {
	return func(*http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		reply(w, status, body, header...)
		return w.Result(), nil
	}
}

func failing(op string) roundTrip {
	return func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: op, Err: errors.New("broken")}
	}
}

func endless(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(io.LimitReader(zeros{}, wire.MaxBody+10))}, nil
}

// The outcome of one attempt is the same for every method. Only a call that
// changes something has an outcome that must be read back.
func TestOutcomeOfOneAttempt(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		answer  roundTrip
		outcome outcome
		retry   bool
	}{
		"bad request":    {answering(400, ""), refused, false},
		"redirect":       {answering(307, ""), refused, false},
		"rate limit":     {answering(429, ""), refused, false},
		"408":            {answering(408, ""), refused, true},
		"server fault":   {answering(500, ""), unknown, true},
		"unavailable":    {answering(503, ""), unknown, true},
		"no connection":  {failing("dial"), notSent, true},
		"broken":         {failing("read"), unknown, true},
		"cut":            {answering(200, `{"id":"i`), doneUnreadable, true},
		"a page for us":  {answering(200, `<html>`), doneUnreadable, true},
		"without its id": {answering(200, `{}`), doneUnreadable, true},
		"too large":      {endless, doneUnreadable, false},
	} {
		for _, method := range []string{"GET", "POST"} {
			c := newTestClient(t, nil, WithTransport(x.answer))
			k := &calls.Call{Method: method, Path: "/instance", Out: new(wire.Instance)}
			e := c.sender.attempt(t.Context(), k, &transport.Request{Method: method, Address: c.sender.http.Address(k.Path, nil, nil)})
			if e == nil || e.outcome != x.outcome || e.retry != x.retry {
				t.Errorf("%s %s: %+v, want outcome %d, retry %t", method, name, e, x.outcome, x.retry)
				continue
			}
			if got, want := OutcomeUnknown(e), method == "POST" && x.outcome >= unknown; got != want {
				t.Errorf("%s %s: OutcomeUnknown %t", method, name, got)
			}
		}
	}
}

// An earlier attempt that may have had its effect counts until an answer tells.
func TestOutcomeOfSeveralAttempts(t *testing.T) {
	fault, dial, reset := answering(503, ""), failing("dial"), failing("read")
	limited, long := answering(429, "", "Retry-After", "1"), answering(429, "", "Retry-After", "3600")
	member, cut := answering(400, `{"errors":[{"code":"already_a_member_in_organization"}]}`), answering(200, `{"id":"i`)
	for name, x := range map[string]struct {
		answers  []roundTrip // the last one for good
		outcome  outcome
		attempts int
	}{
		"no connection":               {[]roundTrip{dial}, notSent, 5},
		"fault, no connection":        {[]roundTrip{fault, dial}, unknown, 5},
		"broken, then a long pause":   {[]roundTrip{reset, long}, unknown, 2},
		"fault, rate limit, refusal":  {[]roundTrip{fault, limited, member}, refused, 3},
		"fault, rate limits":          {[]roundTrip{fault, limited}, unknown, 11},
		"rate limits":                 {[]roundTrip{limited}, refused, 10},
		"fault, then unreadable":      {[]roundTrip{fault, cut}, doneUnreadable, 5},
		"unreadable, then refused":    {[]roundTrip{cut, member}, refused, 2},
		"unreadable, no connection":   {[]roundTrip{cut, dial, dial, dial}, unknown, 5},
		"refused at the first":        {[]roundTrip{member}, refused, 1},
		"no connection, then a fault": {[]roundTrip{dial, fault}, unknown, 5},
	} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			c := newTestClient(t, nil, WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
				sent++
				return x.answers[min(sent, len(x.answers))-1](r)
			})))
			e, _ := errors.AsType[*Error](addMember(t.Context(), c))
			if e == nil || e.outcome != x.outcome || e.Attempts != x.attempts || sent != x.attempts {
				t.Errorf("%s: %+v after %d, want outcome %d, %d attempts", name, e, sent, x.outcome, x.attempts)
			}
			if OutcomeUnknown(e) != (x.outcome >= unknown) {
				t.Errorf("%s: OutcomeUnknown %t", name, OutcomeUnknown(e))
			}
		})
	}
}

// A call that is stopped before its second attempt was sent once.
func TestAttemptsOfACallThatIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, nil, WithTransport(answering(429, "", "Retry-After", "100")))
		for i, attempts := range []int{1, 0} {
			ctx := soon(t)
			e, _ := errors.AsType[*Error](addMember(ctx, c))
			if e == nil || e.outcome != notSent || e.Attempts != attempts || e.retry {
				t.Errorf("call %d: %+v", i, e)
			}
		}
	})
}
