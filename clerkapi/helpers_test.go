package clerkapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/limit"
)

const testKey = "sk_test_abcdefghijklmnop"

var testConfig = Config{SecretKey: NewSecret(testKey), APIURL: "http://127.0.0.1:1"}

// inProcess sends requests to a handler without sockets, so that fake time
// works. before and after are the travel times there and back.
type inProcess struct {
	handler       http.Handler
	before, after func() time.Duration
}

func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := travel(req.Context(), p.before); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	received := req.Clone(req.Context())
	if req.Body == nil {
		received.Body = http.NoBody // a server never sees nil
	}
	p.handler.ServeHTTP(w, received)
	if err := travel(req.Context(), p.after); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

func travel(ctx context.Context, d func() time.Duration) error {
	if d == nil {
		return ctx.Err()
	}
	return limit.Sleep(ctx, d())
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func newTestClient(t *testing.T, h http.HandlerFunc, options ...Option) *Client {
	t.Helper()
	options = append([]Option{WithTransport(inProcess{handler: h})}, options...)
	c, err := New(testConfig, options...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func reply(w http.ResponseWriter, status int, body string, header ...string) {
	for i := 0; i+1 < len(header); i += 2 {
		w.Header().Set(header[i], header[i+1])
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func refuse(w http.ResponseWriter, status int, code string, header ...string) {
	reply(w, status, fmt.Sprintf(`{"errors":[{"code":%q,"message":"no"}],"clerk_trace_id":"trace1"}`, code), header...)
}

func memberJSON(org string, i int) string {
	return fmt.Sprintf(`{"id":"orgmem_%s_%d","role":"org:member","public_metadata":{},"private_metadata":{"n":%d},"organization":{"id":%q},`+
		`"public_user_data":{"user_id":"user_%d","identifier":"u%d@x.example","first_name":null,"last_name":"L"}}`, org, i, i, org, i, i)
}

func pageJSON(rows []string, total int) string {
	return fmt.Sprintf(`{"data":[%s],"total_count":%d}`, strings.Join(rows, ","), total)
}

func intQuery(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.URL.Query().Get(name))
	return n
}

// slicePage answers a page of rows as Clerk would.
func slicePage(w http.ResponseWriter, r *http.Request, rows []string) {
	from := min(intQuery(r, "offset"), len(rows))
	to := min(from+intQuery(r, "limit"), len(rows))
	reply(w, 200, pageJSON(rows[from:to], len(rows)))
}

func members(org string, n int) []string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = memberJSON(org, i)
	}
	return rows
}

func isArgumentError(err error) bool {
	var a *arguments.Error
	for _, e := range flatten(err) {
		v := &arguments.Error{}
		if errors.As(e, &v) {
			a = v
		}
	}
	return a != nil && a.Error() != ""
}

func flatten(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}

func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return string(p) == string(q)
}

// soon is a context that ends after a second.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	t.Cleanup(cancel)
	return ctx
}
