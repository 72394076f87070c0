package clerkapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/internal/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(suite.Counted(m)) }

func TestSwitch(t *testing.T) { suite.Known(t) }

const instanceJSON = `{"id":"ins_1","environment_type":"production"}`

func getInstance(ctx context.Context, c *Client) error { _, err := c.Instance(ctx); return err }

func addMember(ctx context.Context, c *Client) error {
	_, err := c.CreateMembership(ctx, "org_a", NewMembership{UserID: "user_1", Role: "org:member"})
	return err
}

func invite(ctx context.Context, c *Client) error {
	_, err := c.CreateInvitation(ctx, "org_a", NewInvitation{Email: "a@x.example", Role: "org:member"})
	return err
}

func createUser(ctx context.Context, c *Client) error {
	_, err := c.CreateUser(ctx, NewUser{Email: "a@x.example"})
	return err
}

// A call that always gets the same answer: how often is it sent, and is its
// outcome known?
func TestRetryTable(t *testing.T) {
	status := func(code int) roundTrip {
		return func(_ *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			refuse(w, code, "some_code")
			return w.Result(), nil
		}
	}
	dial := func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}
	reset := func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "read", Err: errors.New("connection reset")}
	}
	cut := func(_ *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		reply(w, 200, `{"id":"ins`)
		return w.Result(), nil
	}
	cases := []struct {
		name     string
		call     func(context.Context, *Client) error
		answer   roundTrip
		attempts int
		unknown  bool
	}{
		{"read 503", getInstance, status(503), maxFailures, false},
		{"read 500", getInstance, status(500), maxFailures, false},
		{"read 400", getInstance, status(400), 1, false},
		{"read 301", getInstance, status(301), 1, false},
		{"read reset", getInstance, reset, maxFailures, false},
		{"read cut", getInstance, cut, maxFailures, false},
		{"read 429", getInstance, status(429), maxRejections, false},
		{"add 503", addMember, status(503), maxFailures, true},
		{"add reset", addMember, reset, maxFailures, true},
		{"add dial", addMember, dial, maxFailures, false},
		{"invite 503", invite, status(503), 1, true},
		{"invite reset", invite, reset, 1, true},
		{"invite cut", invite, cut, 1, true},
		{"invite dial", invite, dial, maxFailures, false},
		{"invite 429", invite, status(429), maxRejections, false},
		{"invite 403", invite, status(403), 1, false},
		{"user 502", createUser, status(502), 1, true},
		{"user dial", createUser, dial, maxFailures, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				count := roundTrip(func(r *http.Request) (*http.Response, error) { sent++; return tc.answer(r) })
				c := newTestClient(t, nil, WithTransport(count))
				err := tc.call(t.Context(), c)
				e, ok := errors.AsType[*Error](err)
				if !ok {
					t.Fatalf("error %v", err)
				}
				if sent != tc.attempts || e.Attempts != tc.attempts {
					t.Errorf("sent %d times, Attempts %d, want %d", sent, e.Attempts, tc.attempts)
				}
				if OutcomeUnknown(err) != tc.unknown {
					t.Errorf("OutcomeUnknown %t, want %t", !tc.unknown, tc.unknown)
				}
				if got := c.Stats(); got.Retries != tc.attempts-1 {
					t.Errorf("Stats.Retries %d, want %d", got.Retries, tc.attempts-1)
				}
			})
		})
	}
}

func TestS33AttemptsShowAnAddThatWasRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
			if sent++; sent == 1 {
				refuse(w, 502, "")
				return
			}
			refuse(w, 400, "already_a_member_in_organization")
		})
		err := addMember(t.Context(), c)
		e, ok := errors.AsType[*Error](err)
		if !ok || !errors.Is(err, ErrAlreadyMember) || e.Attempts != 2 || OutcomeUnknown(err) {
			t.Errorf("%v, want an ErrAlreadyMember of 2 attempts", err)
		}
	})
}

// The observer gets each request, and nothing personal.
func TestObserverGetsEachRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		var requests []string
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
			if sent++; sent == 1 {
				refuse(w, 502, "")
				return
			}
			reply(w, 200, `[]`)
		}, WithObserver(func(method, route string, status int) {
			requests = append(requests, fmt.Sprint(method, " ", route, " ", status))
		}))
		if _, err := c.Users(t.Context(), UserQuery{Emails: []string{"ada@corp.example"}}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"GET /users 502", "GET /users 200"}, requests); diff != "" {
			t.Error(diff)
		}
		if got, want := c.BudgetUsed(), 2/float64(testConfig.Allowed().Requests); got != want {
			t.Errorf("budget used %v, want %v", got, want)
		}
		time.Sleep(testConfig.Allowed().Window + time.Second)
		if got := c.BudgetUsed(); got != 0 {
			t.Errorf("budget used %v a window later", got)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	page := []string{"Content-Type", "text/html"}
	cases := []struct {
		name   string
		status int
		header []string
		want   time.Duration
	}{
		{"429 seconds", 429, []string{"Retry-After", "7"}, 7 * time.Second},
		{"429 without", 429, nil, defaultBlock},
		{"429 garbage", 429, []string{"Retry-After", "soon"}, defaultBlock},
		{"429 html", 429, append(page, "Retry-After", "3"), 3 * time.Second},
		{"429 date", 429, []string{"Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT", "Date", "Fri, 31 Dec 1999 23:59:50 GMT"}, 9 * time.Second},
		{"503 seconds", 503, []string{"Retry-After", "20"}, 20 * time.Second},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
					if sent++; sent == 1 {
						reply(w, tc.status, "<html>slow down</html>", tc.header...)
						return
					}
					reply(w, 200, instanceJSON)
				})
				started := time.Now()
				if _, err := c.Instance(t.Context()); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(started); waited < tc.want || waited > tc.want+time.Second {
					t.Errorf("waited %s, want %s", waited, tc.want)
				}
			})
		})
	}
}

// A general call does not wait for an hour, and neither do the calls after it.
// Invitations wait, because their limits are per hour.
func TestLongBlockStopsEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, 429, "too_many_requests", "Retry-After", "3600")
		})
		started := time.Now()
		for i, sent := range []int{1, 0} {
			_, err := c.Instance(t.Context())
			e, _ := errors.AsType[*Error](err)
			if !errors.Is(err, ErrTooManyRequests) || e.Attempts != sent || time.Since(started) > time.Second {
				t.Errorf("call %d after %v: %v", i, time.Since(started), err)
			}
			if i == 1 && !strings.Contains(err.Error(), "Clerk asks to wait for 1h0m0s: run again later") {
				t.Errorf("call %d: %v", i, err)
			}
		}
	})
}

func TestTooLongABlockIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, 429, "too_many_requests", "Retry-After", "999999999999")
		})
		_, err := c.Instance(t.Context())
		e, _ := errors.AsType[*Error](err)
		if !errors.Is(err, ErrTooManyRequests) || e.Attempts != 1 || e.RetryAfter != transport.MaxRetryAfter {
			t.Errorf("%v", err)
		}
	})
}

func TestStopsAtOnceWhenTheContextEnds(t *testing.T) {
	cases := []struct {
		name    string
		handler http.HandlerFunc
		call    func(context.Context, *Client) error
		unknown bool
	}{
		{"in flight", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, addMember, true},
		{"waiting to retry", func(w http.ResponseWriter, _ *http.Request) { refuse(w, 503, "", "Retry-After", "100") }, addMember, true},
		{"behind a gate", func(w http.ResponseWriter, _ *http.Request) { refuse(w, 429, "", "Retry-After", "100") }, addMember, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newTestClient(t, tc.handler)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				started := time.Now()
				err := tc.call(ctx, c)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(started) != 5*time.Second {
					t.Errorf("%v after %s", err, time.Since(started))
				}
				if OutcomeUnknown(err) != tc.unknown {
					t.Errorf("OutcomeUnknown %t", !tc.unknown)
				}
			})
		})
	}
	c := newTestClient(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := getInstance(ctx, c)
	if e, ok := errors.AsType[*Error](err); !ok || e.Attempts != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context gave %v", err)
	}
}

func TestHangingRequestTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			if sent++; sent == 1 {
				<-r.Context().Done()
				return
			}
			reply(w, 200, instanceJSON)
		})
		if err := getInstance(t.Context(), c); err != nil || sent != 2 {
			t.Errorf("%v after %d", err, sent)
		}
	})
}

func TestHeaders(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		want := map[string]string{
			"Authorization": "Bearer " + testKey, "Clerk-Api-Version": "2026-05-12",
			"User-Agent": "rollcall/test", "Accept": "application/json", "Content-Type": "",
		}
		for name, value := range want {
			if got := r.Header.Get(name); got != value {
				t.Errorf("%s: %q, want %q", name, got, value)
			}
		}
		reply(w, 200, instanceJSON, "Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
	}, WithUserAgent("rollcall/test"))
	if _, ok := c.ClockOffset(); ok {
		t.Error("a clock was known before any answer")
	}
	if err := getInstance(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if offset, ok := c.ClockOffset(); !ok || offset < 59*time.Minute || offset > 61*time.Minute {
		t.Errorf("clock offset %s %t, want an hour", offset, ok)
	}
	if got := c.Stats().Requests["GET /instance"]; got != 1 {
		t.Errorf("%d requests counted", got)
	}
}

func TestS38RedirectsAreNotFollowed(t *testing.T) {
	var followed atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		followed.Store(true)
		reply(w, 200, instanceJSON)
	}))
	defer other.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer first.Close()
	c, err := New(Config{SecretKey: NewSecret(testKey), APIURL: first.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = getInstance(t.Context(), c)
	if e, ok := errors.AsType[*Error](err); !ok || e.Status != 307 || !strings.Contains(err.Error(), "redirect") {
		t.Errorf("%v, want a refused redirect", err)
	}
	if followed.Load() {
		t.Error("the key went to another host")
	}
}
