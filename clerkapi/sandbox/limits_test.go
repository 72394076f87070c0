package sandbox_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/clerkapi/sandbox"
)

// hit sends n requests and counts the 429s; the last Retry-After is returned.
func hit(t *testing.T, s *sandbox.Server, n int, method, path string) (refused, retryAfter int) {
	t.Helper()
	for range n {
		resp, err := bubble(t, s, method, path)
		must(t, err)
		if resp.status == http.StatusTooManyRequests {
			refused++
			retryAfter, err = strconv.Atoi(resp.header.Get("Retry-After"))
			must(t, err)
		}
	}
	return refused, retryAfter
}

func TestSlidingWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := sandbox.New(sandbox.Options{Limits: sandbox.Development()})
		must(t, err)
		time.Sleep(5500 * time.Millisecond)
		hit(t, s, 50, "GET", "/users")
		time.Sleep(4 * time.Second)
		if refused, retry := hit(t, s, 51, "GET", "/users"); refused != 1 || retry != 6 {
			t.Errorf("refused %d, Retry-After %d", refused, retry)
		}
		time.Sleep(5900 * time.Millisecond)
		if refused, retry := hit(t, s, 1, "GET", "/users"); refused != 1 || retry != 1 {
			t.Errorf("refused %d within the block, Retry-After %d", refused, retry)
		}
		time.Sleep(100 * time.Millisecond)
		if refused, retry := hit(t, s, 51, "GET", "/users"); refused != 1 || retry != 4 {
			t.Errorf("refused %d, Retry-After %d: the second fifty still count", refused, retry)
		}
	})
}

func TestFixedWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := sandbox.Development()
		limits.FixedWindow = true
		s, err := sandbox.New(sandbox.Options{Limits: limits})
		must(t, err)
		time.Sleep(9 * time.Second) // a bubble's time begins at a whole ten seconds
		if refused, retry := hit(t, s, 101, "GET", "/users"); refused != 1 || retry != 1 {
			t.Errorf("refused %d, Retry-After %d", refused, retry)
		}
		time.Sleep(time.Second)
		if refused, _ := hit(t, s, 100, "GET", "/users"); refused != 0 {
			t.Errorf("refused %d in the next window", refused)
		}
	})
}

func TestLimitsOfRoutes(t *testing.T) {
	const role, data = "/organizations/org_acme/memberships/user_ada", "/organizations/org_acme/memberships/user_ada/metadata"
	for _, c := range []struct {
		method, path string
		allowed      int
		retry        int
	}{
		{"PATCH", role, 10, 10}, {"PATCH", "/users/user_ada", 10, 10}, {"PUT", "/organizations/org_acme/metadata", 10, 10},
		{"POST", "/organizations/org_acme/invitations", 250, 3600}, {"POST", "/organizations/org_acme/invitations/bulk", 50, 3600},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, err := sandbox.New(sandbox.Options{Seed: acme(t), Limits: sandbox.Production()})
			must(t, err)
			if refused, retry := hit(t, s, c.allowed+1, c.method, c.path); refused != 1 || retry != c.retry {
				t.Errorf("%s %s: refused %d, Retry-After %d", c.method, c.path, refused, retry)
			}
			if refused, _ := hit(t, s, 20, "POST", "/organizations/org_acme/memberships"); refused != 0 {
				t.Errorf("%s %s: other routes are refused too", c.method, c.path)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s, err := sandbox.New(sandbox.Options{Seed: acme(t), Limits: sandbox.Production()})
		must(t, err)
		hit(t, s, 5, "PATCH", role)
		if refused, _ := hit(t, s, 6, "PATCH", data); refused != 1 {
			t.Errorf("role and metadata count apart: %d refused", refused)
		}
		if refused, _ := hit(t, s, 10, "PATCH", "/organizations/org_acme/memberships/user_bob"); refused != 0 {
			t.Errorf("another membership is refused")
		}
	})
}

func TestBadKeysDoNotCount(t *testing.T) {
	w := start(t, sandbox.Options{Limits: sandbox.Limits{Requests: 1, Window: time.Hour}})
	for range 3 {
		r := w.request("GET", "/users", "")
		r.Header.Set("Authorization", "Bearer x")
		w.send(r).refused(401, "clerk_key_invalid", "")
	}
	w.get("/users").ok()
	w.get("/users").refused(429, "too_many_requests", "")
}

func TestParseLimits(t *testing.T) {
	for name, requests := range map[string]int{"production": 1000, "development": 100, "none": 0} {
		if l, err := sandbox.ParseLimits(name); err != nil || l.Requests != requests {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
	if _, err := sandbox.ParseLimits("some"); err == nil {
		t.Error(fmt.Errorf("some limits were understood"))
	}
}
