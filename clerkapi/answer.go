package clerkapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is read of an answer, after decompression. A full page of
// 500 memberships with all metadata at its limit is about 17 MB.
const (
	maxBody      = 64 << 20
	maxErrorBody = 1 << 20
	maxKept      = 4 << 20 // larger buffers are left to the garbage collector
	maxMessage   = 200
)

// buffers holds page buffers for reuse; a page is decoded and then forgotten.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

var (
	errTooLarge = errors.New("the answer is larger than it can be")
	// errBody is that of an answer which broke off.
	errBody = errors.New("read the body")
)

// receive checks the status and decodes the body.
func (c *Client) receive(k *call, resp *http.Response) *Error {
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return refused(k, resp)
	}
	err := decode(resp.Body, k.out)
	if err == nil {
		return nil
	}
	// The call was carried out, but what it gave is lost.
	return &Error{
		Method: k.method, Path: k.path, Status: resp.StatusCode, TraceID: traceID("", resp.Header),
		Message: "unusable answer: " + clean(err.Error()), cause: err, unreadable: true,
		final: errors.Is(err, errTooLarge), unknown: k.method != http.MethodGet,
	}
}

// checker is a decoded answer that knows what it must hold.
type checker interface{ check() error }

func decode(body io.Reader, out any) error {
	buf, _ := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	defer func() {
		if buf.Cap() <= maxKept {
			buffers.Put(buf)
		}
	}()
	n, err := buf.ReadFrom(io.LimitReader(body, maxBody+1))
	if err != nil {
		return fmt.Errorf("%w: %w", errBody, err)
	}
	if n > maxBody {
		return errTooLarge
	}
	if q, ok := out.(quick); !ok || !q.quick(buf.Bytes()) {
		if err := json.Unmarshal(buf.Bytes(), out); err != nil {
			return shapeError(err)
		}
	}
	if c, ok := out.(checker); ok {
		return c.check()
	}
	return nil
}

// shapeError says what kind of problem the JSON has, and nothing of its content.
func shapeError(err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("field %s has the wrong type", t.Field)
	}
	return errors.New("the body is no JSON, or was cut")
}

// envelope is Clerk's form of errors.
type envelope struct {
	Errors []struct {
		Code    string          `json:"code"`
		Message string          `json:"message"`
		Meta    json.RawMessage `json:"meta"`
	} `json:"errors"`
	TraceID string `json:"clerk_trace_id"`
}

// refused reads an answer that is no success. The body may be anything: the
// edge before Clerk answers in HTML.
func refused(k *call, resp *http.Response) *Error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	e := parseError(body)
	e.Method, e.Path, e.Status = k.method, k.path, resp.StatusCode
	e.TraceID = traceID(e.TraceID, resp.Header)
	e.RetryAfter = parseRetryAfter(resp.Header, time.Now())
	switch {
	case e.Status == http.StatusTooManyRequests && e.RetryAfter == 0:
		e.RetryAfter = defaultBlock
	case e.Status >= 300 && e.Status < 400:
		e.Message = "redirects are not followed, the key stays with its host (check clerk.api_url)"
	}
	e.unknown = e.Status >= 500 && k.method != http.MethodGet
	return e
}

// parseError takes from an error body what is safe to show.
func parseError(body []byte) *Error {
	var v envelope
	if json.Unmarshal(body, &v) != nil || len(v.Errors) == 0 {
		return &Error{}
	}
	first := v.Errors[0]
	var meta struct {
		Param string `json:"param_name"`
	}
	_ = json.Unmarshal(first.Meta, &meta) // meta is free-form
	return &Error{
		Code: token(first.Code), Message: clean(first.Message),
		Param: token(meta.Param), TraceID: token(v.TraceID),
	}
}

// traceID is the body's, else what headers offer.
func traceID(body string, h http.Header) string {
	if body != "" {
		return body
	}
	if id := token(h.Get("Clerk-Trace-Id")); id != "" {
		return id
	}
	return token(h.Get("Cf-Ray"))
}

// token gives a code, name or id back when it looks like one, else nothing.
func token(s string) string {
	if len(s) > 100 || strings.ContainsFunc(s, notInToken) {
		return ""
	}
	return s
}

func notInToken(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-.[]", r)
}

// clean makes a message safe to show: one line, no control characters (S35),
// no addresses and no keys.
func clean(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) })
	for i, w := range words {
		switch {
		case strings.Contains(w, "@"):
			words[i] = "[address]"
		case strings.Contains(w, "sk_"):
			words[i] = redacted
		}
	}
	s = strings.ToValidUTF8(strings.Join(words, " "), "")
	if len(s) <= maxMessage {
		return s
	}
	cut := maxMessage
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
