package clerkapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Version is the version of the Clerk Backend API that this package speaks.
const Version = "2026-05-12"

// call is one request to Clerk: the template of its path with the values of
// its placeholders in order, and what goes in and comes out.
type call struct {
	method string
	path   string
	args   []string
	query  url.Values
	in     any
	out    any
	repeat repeat
	route  route
	// membership is organization and user of a PATCH, which has a limit of its own.
	membership string
	// part marks a call of an operation that says itself what it needs at least.
	part bool
}

// kind names calls of one sort, without anything personal.
func (c *call) kind() string { return c.method + " " + c.path }

// do is the one road to Clerk. It owns limits, headers, retries, decoding
// and the status check. Its errors are *Error, also when the context ends.
func (c *Client) do(ctx context.Context, k *call) error {
	body, err := encode(k)
	if err != nil {
		return err
	}
	if !k.part {
		c.expect(k.kind(), 1)
	}
	target := c.target(k)
	tries := newRetries()
	lost := false
	for attempt := 1; ; attempt++ {
		e := c.attempt(ctx, k, target, body)
		if e == nil {
			return nil
		}
		if e.Attempts = attempt; e.unsent && e.final {
			e.Attempts--
		}
		e.unknown = e.unknown || lost && !e.conclusive()
		lost = e.unknown
		wait, again := tries.next(k, e)
		if !again || ctx.Err() != nil {
			return e
		}
		c.retrying(k, e, wait)
		if err := pause(ctx, wait, nil); err != nil {
			e.cause, e.Message = err, "stopped while waiting to try again"
			return e
		}
	}
}

// attempt sends the call once, when the limits allow it.
func (c *Client) attempt(ctx context.Context, k *call, target string, body []byte) *Error {
	leave, err := c.admission.admit(ctx, k)
	if err != nil {
		return notAdmitted(k, err)
	}
	var r result
	defer func() {
		leave.done(r)
		c.observe(k.method, k.path, r.status)
	}()
	c.count(k)
	ctx, cancel := context.WithTimeout(ctx, attemptDeadline)
	defer cancel()
	req, sends, err := c.request(ctx, k, target, body)
	if err != nil {
		return &Error{Method: k.method, Path: k.path, Message: err.Error(), final: true, unsent: true}
	}
	started := time.Now()
	resp, err := c.http.Do(req)
	r.sends = max(1, int(sends.Load()))
	if err != nil {
		r.timeout = isTimeout(err)
		return noAnswer(k, err)
	}
	defer func() { _ = resp.Body.Close() }()
	r.status, r.answered = resp.StatusCode, time.Now()
	e := c.receive(k, resp)
	if e != nil {
		r.retryAfter = e.RetryAfter
		r.timeout = isTimeout(e.cause)
	}
	c.sent(k, resp, time.Since(started))
	return e
}

// notAdmitted is the error of a call that was never sent.
func notAdmitted(k *call, err error) *Error {
	e := &Error{Method: k.method, Path: k.path, Message: "stopped before sending", cause: err, unsent: true, final: true}
	if long, ok := errors.AsType[*longPauseError](err); ok {
		e.Message = "not sent: " + long.Error()
	}
	return e
}

// target fills the placeholders and adds the query. Values are escaped, so
// none of them can become another path.
func (c *Client) target(k *call) string {
	path := k.path
	for _, arg := range k.args {
		open, end := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
		path = path[:open] + url.PathEscape(arg) + path[end+1:]
	}
	target := c.base.String() + path
	if len(k.query) > 0 {
		target += "?" + k.query.Encode()
	}
	return target
}

// request builds the HTTP request. The counter tells how often the transport
// put it on a connection: net/http repeats what an idle connection lost.
func (c *Client) request(ctx context.Context, k *call, target string, body []byte) (*http.Request, *atomic.Int64, error) {
	sends := new(atomic.Int64)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { sends.Add(1) },
	})
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, k.method, target, reader)
	if err != nil {
		return nil, nil, errors.New("build request: the address is no URL")
	}
	req.Header.Set("Authorization", "Bearer "+c.config.SecretKey.Reveal())
	req.Header.Set("Clerk-API-Version", Version)
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, sends, nil
}

func encode(k *call) ([]byte, error) {
	if k.in == nil {
		return nil, nil
	}
	body, err := json.Marshal(k.in)
	if err != nil {
		return nil, fmt.Errorf("%s: encode the request: %w", k.kind(), err)
	}
	return body, nil
}

// noAnswer is the error of a request that got none. The url.Error around the
// cause is dropped, because it shows the query, and that holds addresses.
func noAnswer(k *call, err error) *Error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	message := "no answer: " + clean(err.Error())
	if isTimeout(err) {
		message = "no answer in time"
	}
	unsent := isDial(err)
	return &Error{
		Method: k.method, Path: k.path, Message: message,
		cause: err, unsent: unsent, unknown: !unsent && k.method != http.MethodGet,
	}
}

func (c *Client) count(k *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Requests[k.kind()]++
}

// expect counts what an operation needs at least, see [Stats].
func (c *Client) expect(kind string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Least[kind] += n
}

func (c *Client) retrying(k *call, e *Error, wait time.Duration) {
	c.mu.Lock()
	c.stats.Retries++
	c.mu.Unlock()
	c.log.Warn("retry", zap.String("method", k.method), zap.String("path", k.path),
		zap.Int("status", e.Status), zap.String("code", e.Code), zap.Int("attempt", e.Attempts),
		zap.Duration("wait", max(wait, e.RetryAfter)), zap.String("trace", e.TraceID), zap.String("message", e.Message))
}

// sent keeps what an answer tells beside its body.
func (c *Client) sent(k *call, resp *http.Response, took time.Duration) {
	if resp.StatusCode == http.StatusTooManyRequests {
		c.mu.Lock()
		c.stats.TooMany++
		c.mu.Unlock()
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.clock.Store(&clockReading{offset: time.Until(at)})
	}
	if c.log.Core().Enabled(zap.DebugLevel) {
		c.log.Debug("request", zap.String("method", k.method), zap.String("path", k.path),
			zap.Int("status", resp.StatusCode), zap.Duration("took", took), zap.Any("limits", limitHeaders(resp.Header)))
	}
}

// limitHeaders picks what a header says about rate limits. Clerk documents
// none, so whatever appears is worth a line at debug.
func limitHeaders(h http.Header) map[string]string {
	var found map[string]string
	for name := range h {
		if !strings.Contains(strings.ToLower(name), "ratelimit") {
			continue
		}
		if found == nil {
			found = map[string]string{}
		}
		found[name] = clean(h.Get(name))
	}
	return found
}
