package clerkapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sync/errgroup"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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

// A call meets one answer for good. How often is it sent, and what is known?
func TestRetryTable(t *testing.T) {
	status := func(code int) roundTrip {
		return func(req *http.Request) (*http.Response, error) {
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
	cut := func(req *http.Request) (*http.Response, error) {
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

func TestTooLongABlockIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, 429, "too_many_requests", "Retry-After", "999999999999")
		})
		_, err := c.Instance(t.Context())
		e, _ := errors.AsType[*Error](err)
		if !errors.Is(err, ErrTooManyRequests) || e.Attempts != 1 || e.RetryAfter != maxRetryAfter {
			t.Errorf("%v", err)
		}
	})
}

// After a 429 the herd waits; then one request goes alone, and only when it
// is answered the others follow.
func TestOneProbeBeforeTheHerd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started, arrivals := time.Now(), &seen{}
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			arrivals.record()
			at := time.Since(started)
			if at >= 5*time.Second && at < 12*time.Second {
				time.Sleep(time.Second) // a probe's answer takes its time
			}
			if at < 10*time.Second {
				refuse(w, 429, "too_many_requests", "Retry-After", "5")
				return
			}
			reply(w, 200, instanceJSON)
		})
		var g errgroup.Group
		for range 30 {
			g.Go(func() error { return getInstance(t.Context(), c) })
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		between := func(from, to int) (n int) {
			for _, at := range arrivals.at {
				if s := at.Sub(started).Seconds(); s >= float64(from) && s < float64(to) {
					n++
				}
			}
			return n
		}
		// Probes go at 5 s (rejected at 6 s) and at 11 s (answered at 12 s).
		if a, b, c := between(0, 5), between(5, 11), between(11, 12); a > startFlow || b != 1 || c != 1 {
			t.Errorf("%d before the block was known, then %d and %d, want %d at most, then 1 and 1", a, b, c, startFlow)
		}
		if got := c.admission.window.allowed(started.Add(12 * time.Second)); got >= 90 {
			t.Errorf("the budget is still %d after 429s", got)
		}
	})
}

func TestProbeWithoutAnAnswerPassesTheTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := newTestClient(t, nil, WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			sent++
			w := httptest.NewRecorder()
			switch sent {
			case 1:
				refuse(w, 429, "too_many_requests", "Retry-After", "2")
			case 2:
				return nil, errors.New("connection reset")
			default:
				reply(w, 200, instanceJSON)
			}
			return w.Result(), nil
		})))
		if err := getInstance(t.Context(), c); err != nil || sent != 3 {
			t.Errorf("%v after %d", err, sent)
		}
	})
}

// A 429 pauses exactly what it concerns.
func TestRejectionPausesWhatItConcerns(t *testing.T) {
	setRole := func(user string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			_, err := c.SetRole(ctx, "org_a", user, "org:member")
			return err
		}
	}
	cases := []struct {
		name            string
		rejected, other func(context.Context, *Client) error
		paused          bool
	}{
		{"general stops reads", getInstance, getInstance, true},
		{"general stops invitations", getInstance, invite, true},
		{"invitation stops invitations", invite, invite, true},
		{"invitation lets reads go", invite, getInstance, false},
		{"membership stops itself", setRole("user_1"), setRole("user_1"), true},
		{"membership lets others go", setRole("user_1"), setRole("user_2"), false},
		{"membership lets reads go", setRole("user_1"), getInstance, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sent atomic.Int64
				c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
					if sent.Add(1) == 1 {
						refuse(w, 429, "too_many_requests", "Retry-After", "60")
						return
					}
					answerAnything(w, r)
				})
				var g errgroup.Group
				g.Go(func() error { return tc.rejected(t.Context(), c) })
				synctest.Wait()
				started := time.Now()
				if err := tc.other(t.Context(), c); err != nil {
					t.Error(err)
				}
				if paused := time.Since(started) >= time.Minute; paused != tc.paused {
					t.Errorf("paused %t, want %t", paused, tc.paused)
				}
				if err := g.Wait(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func answerAnything(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/instance"):
		reply(w, 200, instanceJSON)
	case strings.HasSuffix(r.URL.Path, "/invitations"):
		reply(w, 200, `{"id":"orginv_1","email_address":"a@x.example"}`)
	default:
		reply(w, 200, memberJSON("org_a", 1))
	}
}

// The gate closes while the third request waits for its slot in the window:
// it hands the slot back and waits with the others.
func TestGateThatClosesMeanwhileIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		started := time.Now()
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			at = append(at, time.Since(started).Round(time.Second))
			if len(at) == 2 {
				time.Sleep(time.Second)
				refuse(w, 429, "too_many_requests", "Retry-After", "30")
				return
			}
			reply(w, 200, instanceJSON)
		})
		c, err := New(Config{SecretKey: NewSecret("k"), Budget: "100%", Rate: Rate{Requests: 2}}, WithTransport(inProcess{handler: h}))
		if err != nil {
			t.Fatal(err)
		}
		var g errgroup.Group
		for range 3 {
			g.Go(func() error { return getInstance(t.Context(), c) })
			synctest.Wait()
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if want := []time.Duration{0, 0, 31 * time.Second, 31 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("sent at %v, want %v", at, want)
		}
	})
}

// An invitation is under two limits. When both are blocked, what probes one
// must not hold back the probe of the other.
func TestTwoGatesRipeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		var mu sync.Mutex
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			sent++
			n := sent
			mu.Unlock()
			if n <= 2 {
				refuse(w, 429, "too_many_requests", "Retry-After", "5")
				return
			}
			time.Sleep(100 * time.Millisecond)
			answerAnything(w, r)
		})
		var g errgroup.Group
		g.Go(func() error { return invite(t.Context(), c) })
		synctest.Wait()
		for range 10 {
			g.Go(func() error { return getInstance(t.Context(), c) })
			g.Go(func() error { return invite(t.Context(), c) })
		}
		if err := g.Wait(); err != nil || sent < 21 {
			t.Errorf("%d sent, %v", sent, err)
		}
	})
}

func TestTwoRejectedMembershipsMeanTheGeneralLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			if sent.Add(1) <= 2 {
				refuse(w, 429, "too_many_requests", "Retry-After", "5")
				return
			}
			answerAnything(w, r)
		})
		var g errgroup.Group
		for _, user := range []string{"user_1", "user_2"} {
			g.Go(func() error { _, err := c.SetRole(t.Context(), "org_a", user, "org:member"); return err })
			synctest.Wait()
		}
		started := time.Now()
		if err := getInstance(t.Context(), c); err != nil || time.Since(started) < 4*time.Second {
			t.Errorf("reads went on after %s: %v", time.Since(started), err)
		}
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
}

func TestMembershipPatchesStayUnderTheirLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &seen{}
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { s.record(); answerAnything(w, r) })
		for range 40 {
			if _, err := c.SetRole(t.Context(), "org_a", "user_1", "org:member"); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.most(10 * time.Second); got > 10 {
			t.Errorf("%d patches of one membership within 10 s", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		for range membershipBurst {
			_, _ = c.SetRole(ctx, "org_a", "user_2", "org:member")
		}
		if _, err := c.SetRole(ctx, "org_a", "user_2", "org:member"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a wait beyond the deadline ended with %v", err)
		}
	})
}

func TestIdleMembershipLimitsAreForgotten(t *testing.T) {
	a := newAdmission(developmentRate)
	for i := range membershipsKept + 1 {
		a.membership(string(rune('0' + i)))
	}
	if len(a.memberships) > membershipsKept {
		t.Errorf("%d limiters kept", len(a.memberships))
	}
}

func TestInvitationsHaveAnHourlyLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &seen{}
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { s.record(); answerAnything(w, r) })
		for range 251 {
			if err := invite(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.most(time.Hour); got != 250 {
			t.Errorf("%d invitations within an hour, want 250", got)
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
		{"in flight", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, addMember, true},
		{"waiting to retry", func(w http.ResponseWriter, r *http.Request) { refuse(w, 503, "", "Retry-After", "100") }, addMember, true},
		{"behind a gate", func(w http.ResponseWriter, r *http.Request) { refuse(w, 429, "", "Retry-After", "100") }, addMember, false},
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

func TestMessagesAreCutToSize(t *testing.T) {
	if got := clean(strings.Repeat("é", maxMessage)); len(got) > maxMessage+3 || !strings.HasSuffix(got, "…") {
		t.Errorf("%d bytes: %s", len(got), got)
	}
	h := http.Header{"Clerk-Trace-Id": {"t1"}, "Cf-Ray": {"r1"}}
	if got := traceID("", h); got != "t1" {
		t.Errorf("trace %q", got)
	}
	if got := token(strings.Repeat("x", 101)); got != "" {
		t.Errorf("a long token was kept: %s", got)
	}
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
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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

func TestNothingSecretOrPersonalIsLoggedOrInErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.DebugLevel)
		body := `{"errors":[{"code":"x y","message":"key ` + testKey + ` of ada@x.example\u001b[2J\u202e is bad","meta":{"param_name":"a\nb"}}]}`
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			reply(w, 503, body, "X-RateLimit-Remaining", "5", "Cf-Ray", "ray-1")
		}, WithLogger(zap.New(core)))
		_, err := c.Users(t.Context(), UserQuery{Emails: []string{"ada@x.example"}})
		if err == nil {
			t.Fatal("no error")
		}
		broken := newTestClient(t, nil, WithLogger(zap.New(core)), WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("proxy says: ada@x.example")
		})))
		_, second := broken.Users(t.Context(), UserQuery{Emails: []string{"ada@x.example"}})
		texts := []string{err.Error(), second.Error()}
		encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
		for _, entry := range logs.All() {
			line, err := encoder.EncodeEntry(entry.Entry, entry.Context)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, line.String())
		}
		if len(texts) < 10 || !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "Ratelimit") }) {
			t.Errorf("%d lines, want requests and retries with rate limit headers", len(texts))
		}
		for _, text := range texts {
			if strings.Contains(text, "abcdefgh") || strings.Contains(text, "ada") || strings.ContainsAny(strings.TrimSpace(text), "\x1b\u202e\n") {
				t.Errorf("shown: %q", text)
			}
		}
		if e, _ := errors.AsType[*Error](err); e.Code != "" || e.Param != "" || e.TraceID != "ray-1" {
			t.Errorf("%+v", e)
		}
	})
}

func TestOversizedAnswersAreRefused(t *testing.T) {
	sent := 0
	c := newTestClient(t, nil, WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
		sent++
		endless := io.LimitReader(zeros{}, maxBody+10)
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(endless)}, nil
	})))
	if err := getInstance(t.Context(), c); !errors.Is(err, errTooLarge) || sent != 1 {
		t.Errorf("%v after %d attempts", err, sent)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestBodyThatBreaksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := newTestClient(t, nil, WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			if sent++; sent == 1 {
				broken := io.MultiReader(bytes.NewReader([]byte(`{"id"`)), brokenReader{})
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(broken)}, nil
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(instanceJSON))}, nil
		})))
		if err := getInstance(t.Context(), c); err != nil || sent != 2 {
			t.Errorf("%v after %d attempts", err, sent)
		}
	})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestErrorsAnswerToSentinelsAndSayWhatToKnow(t *testing.T) {
	for code, want := range sentinels {
		if !errors.Is(&Error{Status: 400, Code: code}, want) {
			t.Errorf("%s does not answer to %v", code, want)
		}
	}
	byStatus := map[int]error{404: ErrNotFound, 401: ErrUnauthorized, 429: ErrTooManyRequests}
	for status, want := range byStatus {
		if !errors.Is(&Error{Status: status}, want) || errors.Is(&Error{Status: status}, ErrLastAdmin) {
			t.Errorf("%d does not answer to %v alone", status, want)
		}
	}
	if errors.Is(&Error{Status: 404, Code: "organization_invitation_not_pending"}, ErrNotFound) {
		t.Error("the code decides, not the status")
	}
	e := &Error{Method: "PATCH", Path: "/x", Status: 422, Code: "form_param_missing", Message: "is missing", Param: "role", TraceID: "t1", Attempts: 2}
	if got, want := e.Error(), "PATCH /x: 422 form_param_missing, is missing, parameter role, 2 attempts, trace t1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (&Error{Method: "GET", Path: "/x", Status: 502}).Error(); got != "GET /x: 502 bad gateway" {
		t.Errorf("%q", got)
	}
}

func TestStopsRun(t *testing.T) {
	cases := []struct {
		err  error
		want bool
	}{
		{&Error{Status: 401}, true},
		{&Error{Status: 403, Code: "authorization_missing_scopes"}, true},
		{&Error{Status: 403, Code: "authorization_other"}, true},
		{&Error{Status: 403, Code: "organization_not_enabled_in_instance"}, true},
		{&Error{Status: 403, Code: "organizations_not_enabled_in_instance"}, true},
		{&Error{Status: 403, Code: "organization_membership_quota_exceeded"}, false},
		{&Error{Status: 404}, false},
		{errors.New("other"), false},
		{nil, false},
	}
	for _, tc := range cases {
		if got := StopsRun(tc.err); got != tc.want {
			t.Errorf("%v: %t", tc.err, got)
		}
	}
	if OutcomeUnknown(errors.New("other")) {
		t.Error("a foreign error has no outcome")
	}
}
