package clerkapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/limit"
	"rollcall/clerkapi/internal/transport"
	"rollcall/clerkapi/internal/wire"
)

// sender sends calls. It is all of a [Client] but the calls themselves.
type sender struct {
	http    *transport.Client
	limiter *limit.Limiter
	log     *zap.Logger
	observe Observer
	clock   atomic.Pointer[clockReading]
	sandbox atomic.Bool // an answer came from package sandbox
	random  func() float64

	mu    sync.Mutex
	stats Stats
}

type clockReading struct{ offset time.Duration }

// do sends a call. Every request of this package goes through it: it owns
// limits, headers, retries, decoding and the status check. Its errors are
// *Error, also when the context ends.
func (s *sender) Do(ctx context.Context, k *calls.Call) error {
	body, err := encode(k)
	if err != nil {
		return err
	}
	if !k.LeastCounted {
		s.CountLeast(k.Kind(), 1)
	}
	request := &transport.Request{Method: k.Method, Address: s.http.Address(k.Path, k.Args, k.Query), Body: body}
	retries := newRetries(s.random)
	for attempts, mayBeDone := 0, false; ; {
		e := s.attempt(ctx, k, request)
		if e == nil {
			return nil
		}
		if e.outcome != notSent || e.retry {
			attempts++
		}
		e.Attempts = attempts
		e.addEarlier(mayBeDone)
		mayBeDone = e.mayBeDone()
		wait, again := retries.next(k, e)
		if !again || ctx.Err() != nil {
			return e
		}
		s.noteRetry(k, e, wait)
		if err := limit.Sleep(ctx, wait); err != nil {
			e.cause, e.Message = err, "stopped while waiting to retry"
			return e
		}
	}
}

// attempt sends the call once, as soon as the limits allow it.
func (s *sender) attempt(ctx context.Context, k *calls.Call, request *transport.Request) *Error {
	permit, err := s.limiter.Acquire(ctx, k.Limits)
	if err != nil {
		return notSentError(k, err)
	}
	var r limit.Result
	defer func() {
		permit.Release(r)
		s.observe(k.Method, k.Path, r.Status)
	}()
	s.countRequest(k)
	ctx, cancel := context.WithTimeout(ctx, attemptDeadline)
	defer cancel()
	started := time.Now()
	resp, sends, err := s.http.Send(ctx, request)
	r.Sends = sends
	if errors.Is(err, transport.ErrAddress) {
		return &Error{Method: k.Method, Path: k.Path, Message: err.Error(), outcome: notSent}
	}
	if err != nil {
		r.Timeout = transport.IsTimeout(err)
		return noAnswerError(k, err)
	}
	defer func() { _ = resp.Body.Close() }()
	r.Status, r.AnsweredAt = resp.StatusCode, time.Now()
	e := s.receive(k, resp)
	if e != nil {
		r.RetryAfter = e.RetryAfter
		r.Timeout = transport.IsTimeout(e.cause)
	}
	s.noteAnswer(k, resp, time.Since(started))
	return e
}

// notSentError is the error of a call that stopped before it was sent.
func notSentError(k *calls.Call, err error) *Error {
	e := &Error{Method: k.Method, Path: k.Path, Message: "stopped before sending", cause: err, outcome: notSent}
	if long, ok := errors.AsType[*limit.PauseError](err); ok {
		e.Message = "not sent: " + long.Error()
	}
	return e
}

func encode(k *calls.Call) ([]byte, error) {
	if k.In == nil {
		return nil, nil
	}
	body, err := json.Marshal(k.In)
	if err != nil {
		return nil, fmt.Errorf("%s: encode the request: %w", k.Kind(), err)
	}
	return body, nil
}

// noAnswerError is the error of a request without an answer. It leaves out the
// url.Error around the cause, because that shows the query, and the query holds
// addresses.
func noAnswerError(k *calls.Call, err error) *Error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	message := "no answer: " + wire.CleanMessage(err.Error())
	if transport.IsTimeout(err) {
		message = "no answer in time"
	}
	e := &Error{Method: k.Method, Path: k.Path, Message: message, cause: err, outcome: unknown, retry: true}
	if transport.NotConnected(err) {
		e.outcome = notSent
	}
	return e
}

func (s *sender) countRequest(k *calls.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Requests[k.Kind()]++
}

// countLeast counts the least number of requests of an operation, see [Stats].
func (s *sender) CountLeast(kind string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Least[kind] += n
}

func (s *sender) noteRetry(k *calls.Call, e *Error, wait time.Duration) {
	s.mu.Lock()
	s.stats.Retries++
	s.mu.Unlock()
	s.log.Warn(retryText(e.Status), zap.String("method", k.Method), zap.String("path", k.Path),
		zap.Int("status", e.Status), zap.String("code", e.Code), zap.Int("attempt", e.Attempts),
		zap.Duration("wait", max(wait, e.RetryAfter)), zap.String("trace", e.TraceID), zap.String("message", e.Message))
}

// retryText says why a request is sent again.
func retryText(status int) string {
	switch status {
	case 0:
		return "Clerk did not answer, so the request is sent again"
	case http.StatusTooManyRequests:
		return "Clerk's rate limit is reached, so the request is sent again later"
	}
	return "Clerk answered with an error, so the request is sent again"
}

// noteAnswer keeps what the headers of an answer say: a 429, and Clerk's time.
func (s *sender) noteAnswer(k *calls.Call, resp *http.Response, took time.Duration) {
	if resp.StatusCode == http.StatusTooManyRequests {
		s.mu.Lock()
		s.stats.TooMany++
		s.mu.Unlock()
	}
	if resp.Header.Get("Server") == transport.SandboxServer {
		s.sandbox.Store(true)
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		s.clock.Store(&clockReading{offset: time.Until(at)})
	}
	if s.log.Core().Enabled(zap.DebugLevel) {
		s.log.Debug("request", zap.String("method", k.Method), zap.String("path", k.Path),
			zap.Int("status", resp.StatusCode), zap.Duration("took", took), zap.Any("limits", transport.RateLimits(resp.Header)))
	}
}
