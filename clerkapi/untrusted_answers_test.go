package clerkapi

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/internal/wire"
)

// bomb is many zeros in a small archive.
func bomb(t *testing.T, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		_, err = io.Copy(z, io.LimitReader(zeros{}, size))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hostile is a client of a server with this answer, over a real connection.
func hostile(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := New(Config{SecretKey: NewSecret("sk_test_x"), APIURL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// A server that is not Clerk can neither fill memory nor end the process. The
// limits apply after decompression, and errors have a smaller limit.
func TestHostileAnswersAreBounded(t *testing.T) {
	t.Parallel()
	suite.OneGoroutine(t)
	packed := bomb(t, 8*wire.MaxBody) // read whole it would take twice its size, and four times under the race detector
	for name, x := range map[string]struct {
		h    http.HandlerFunc
		most uint64 // that may be allocated
		says string
	}{
		"bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed)
		}, 10 * wire.MaxBody, "too large"},
		"bomb in an error": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write(packed)
		}, 16 * maxErrorBody, "401"},
		"error without end": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.Copy(w, zeros{}) // until the client has had enough
		}, 16 * maxErrorBody, "401"},
		"header without end": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Much", strings.Repeat("x", 2<<20))
			w.WriteHeader(http.StatusNotFound)
		}, 64 << 20, "no answer"},
		"depth without end": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"id":` + strings.Repeat("[", 5<<20)))
		}, 64 << 20, "not valid JSON"},
		"packed nonsense": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte("no gzip"))
		}, 16 << 20, "unusable"},
	} {
		t.Run(name, func(t *testing.T) {
			c := hostile(t, x.h)
			before := allocated()
			_, err := c.CreateUser(t.Context(), NewUser{Email: "a@corp.example"}) // never repeated once it was sent
			if err == nil || !strings.Contains(err.Error(), x.says) || len(err.Error()) > 500 {
				t.Errorf("error %.600v, want %s", err, x.says)
			}
			if grown := allocated() - before; grown > x.most {
				t.Errorf("%d MB were allocated, at most %d may be", grown>>20, x.most>>20)
			}
		})
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// Metadata may be as deep as encoding/json allows. Deeper ones are an error.
func TestDeepMetadata(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for depth, ok := range map[int]bool{50: true, 5_000: true, 1_000_000: false} {
			deep := strings.Replace(memberJSON("org_a", 1), `"private_metadata":{"n":1}`, `"private_metadata":`+strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth), 1)
			if !strings.Contains(deep, `{"a":{"a":`) {
				t.Fatal("the membership has no private metadata to replace: ", deep)
			}
			c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, pageJSON([]string{deep}, 1)) })
			if _, err := membershipList("org_a").All(t.Context(), c.sender); (err == nil) != ok {
				t.Errorf("depth %d: %.300v", depth, err)
			}
		}
	})
}

// dripping is a body that gives a byte a second without end.
type dripping struct{ r *http.Request }

func (d dripping) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		p[0] = ' '
		return 1, nil
	case <-d.r.Context().Done():
		return 0, d.r.Context().Err()
	}
}

// A slow body is given up when the time of its attempt is over.
func TestDrippingBodyRunsOutOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, nil, WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(dripping{r})}, nil
		})))
		began := time.Now()
		_, err := c.CreateUser(t.Context(), NewUser{Email: "a@corp.example"})
		if took := time.Since(began); took != attemptDeadline || !OutcomeUnknown(err) {
			t.Errorf("after %s: %v", took, err)
		}
		if e, ok := errors.AsType[*Error](err); !ok || e.Attempts != 1 {
			t.Errorf("%+v", e)
		}
	})
}
