package clerkapi

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

// After a 429 all requests wait. Then one trial request goes alone; the others
// follow when it is answered.
func TestOneTrialBeforeTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started, arrivals := time.Now(), &seen{}
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
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
		if a, b, c := between(0, 5), between(5, 11), between(11, 12); a > 8 || b != 1 || c != 1 {
			t.Errorf("%d before the block was known, then %d and %d, want 8 at most, then 1 and 1", a, b, c)
		}
		time.Sleep(30*time.Second - time.Since(started)) // the window is empty again
		for range 90 {
			g.Go(func() error { return getInstance(t.Context(), c) })
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if got := between(30, 40); got >= 90 {
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

// A 429 pauses the requests under the same limit, and no others.
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

// The gate closes while the third request waits for its slot in the window. The
// request returns the slot and waits with the others.
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

// An invitation is under two limits. When both are paused, the trial request of
// one must not hold back the trial of the other.
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
		for range 5 {
			_, _ = c.SetRole(ctx, "org_a", "user_2", "org:member")
		}
		if _, err := c.SetRole(ctx, "org_a", "user_2", "org:member"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a wait beyond the deadline ended with %v", err)
		}
	})
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
