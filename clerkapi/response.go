package clerkapi

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"time"

	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/transport"
	"rollcall/clerkapi/internal/wire"
)

// receive checks the status and decodes the body.
func (s *sender) receive(k *calls.Call, resp *http.Response) *Error {
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return refusedError(k, resp)
	}
	err := wire.Decode(resp.Body, k.Out, k.Fast)
	if err == nil {
		return nil
	}
	// Clerk carried the call out, but its answer is lost.
	return &Error{
		Method: k.Method, Path: k.Path, Status: resp.StatusCode, TraceID: transport.TraceID(resp.Header),
		Message: "unusable answer: " + wire.CleanMessage(err.Error()), cause: err,
		outcome: doneUnreadable, retry: !errors.Is(err, wire.ErrTooLarge),
	}
}

// maxErrorBody is how much is read of a refusal, in bytes.
const maxErrorBody = 1 << 20

// refusedError reads an answer that is no success.
func refusedError(k *calls.Call, resp *http.Response) *Error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	e := parseError(body)
	e.Method, e.Path, e.Status = k.Method, k.Path, resp.StatusCode
	e.TraceID = cmp.Or(e.TraceID, transport.TraceID(resp.Header))
	e.RetryAfter = transport.RetryAfter(resp.Header, time.Now())
	switch {
	case e.Status == http.StatusTooManyRequests && e.RetryAfter == 0:
		e.RetryAfter = defaultBlock
	case e.Status >= 300 && e.Status < 400:
		e.Message = "rollcall does not follow redirects, so that the key is sent to this host only; check clerk.api_url"
	}
	if e.Status >= 500 {
		e.outcome = unknown
	}
	e.retry = e.Status >= 500 || e.Status == http.StatusRequestTimeout
	return e
}

// parseError reads the parts of an error body that are safe to show.
func parseError(body []byte) *Error {
	r := wire.ReadRefusal(body)
	return &Error{Code: r.Code, Message: r.Message, Param: r.Param, TraceID: r.TraceID}
}
