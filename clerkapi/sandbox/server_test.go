package sandbox_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/clerkapi/sandbox"
)

func TestKeys(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t), SecretKey: "sk_live_right"})
	for header, code := range map[string]string{
		"": "authentication_invalid", "Basic x": "authorization_header_format_invalid", "Bearer sk_live_wrong": "clerk_key_invalid",
	} {
		r := w.request("GET", "/users", "")
		r.Header.Set("Authorization", header)
		w.send(r).refused(401, code, "")
	}
	if _, err := sandbox.New(sandbox.Options{SecretKey: "pk_live_x"}); err == nil {
		t.Error("a publishable key was taken")
	}
}

func TestVersions(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	for _, c := range []struct {
		header, query string
		status        int
	}{
		{"2026-05-12", "", 200}, {"", "?__clerk_api_version=2025-04-10", 200}, {"", "", 200},
		{"2026-05-12", "?__clerk_api_version=2026-05-12", 400}, {"2020-01-01", "", 400}, {"", "?__clerk_api_version=x", 400},
	} {
		r := w.request("GET", "/users"+c.query, "")
		r.Header.Set("Clerk-API-Version", c.header)
		a := w.send(r)
		if a.status != c.status || c.status == 400 && !strings.Contains(a.body, "api_version_invalid") {
			t.Errorf("%+v: %d %s", c, a.status, a.body)
		}
	}
}

func TestContentTypeAndPaths(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	r := w.request("POST", "/users", `{}`)
	r.Header.Set("Content-Type", "text/plain")
	w.send(r).refused(415, "unsupported_content_type", "")
	w.get("/sign_ins").refused(404, "resource_not_found", "")
	w.do("PUT", "/users/user_ada", "").refused(404, "resource_not_found", "")
}

func TestJournal(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	w.get("/users?limit=1").ok()
	w.do("POST", "/organizations/org_acme/memberships", `{"user_id":"user_dan","role":"org:member"}`).ok()
	w.do("DELETE", "/organizations/org_acme/memberships/user_no", "")
	writes := w.Writes()
	if len(writes) != 2 || writes[0].Kind != "POST /organizations/{organization_id}/memberships" ||
		writes[0].Path != "/v1/organizations/org_acme/memberships" || writes[0].Status != 200 || writes[1].Status != 404 ||
		!strings.Contains(string(writes[0].Body), "user_dan") {
		t.Errorf("writes %+v", writes)
	}
	if users := w.Requests("GET /users"); len(users) != 1 || users[0].Query != "limit=1" {
		t.Errorf("users %+v", users)
	}
	if s := w.Stats(); s.Requests != 3 || s.Writes != 2 || s.Statuses[404] != 1 || s.Kinds["GET /users"] != 1 || s.Peak != 3 {
		t.Errorf("stats %+v", s)
	}
	w.ForgetRequests()
	if n := len(w.Requests()); n != 0 || w.Peak(time.Second) != 0 {
		t.Errorf("%d requests are remembered", n)
	}
}

func TestServe(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{})
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/v1/instance")
	must(t, err)
	_ = resp.Body.Close()
	cancel()
	if err := <-done; err != nil || resp.StatusCode != 401 {
		t.Errorf("status %d, then %v", resp.StatusCode, err)
	}
	if err := s.Serve(t.Context(), l); err == nil {
		t.Error("served on a closed listener")
	}
}

// reply is the answer to a request made in process.
type reply struct {
	status int
	header http.Header
	body   []byte
	cut    error // by which reading the body ended, if not by its end
}

// bubble sends requests in process, so that fake time works.
func bubble(t *testing.T, s *sandbox.Server, method, path string) (reply, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://sandbox/v1"+path, nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+s.SecretKey())
	return carry(s, r)
}

func carry(s *sandbox.Server, r *http.Request) (reply, error) {
	resp, err := s.RoundTripper().RoundTrip(r)
	if err != nil {
		return reply{}, err
	}
	body, cut := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, body, cut}, resp.Body.Close()
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := sandbox.New(sandbox.Options{Latency: 40 * time.Millisecond})
		must(t, err)
		begin := time.Now()
		resp, err := bubble(t, s, "GET", "/users")
		must(t, err)
		if took := time.Since(begin); took != 40*time.Millisecond || resp.status != 200 {
			t.Errorf("took %v, status %d", took, resp.status)
		}
		if at := s.Requests()[0].Time.Sub(begin); at != 20*time.Millisecond {
			t.Errorf("judged after %v", at)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, "GET", "http://sandbox/v1/users", nil)
		must(t, err)
		if _, err := carry(s, r); err == nil {
			t.Error("an impatient caller got an answer")
		}
	})
}

func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := sandbox.New(sandbox.Options{Latency: time.Second, Jitter: time.Second})
		must(t, err)
		begin := time.Now()
		_, err = bubble(t, s, "GET", "/users")
		must(t, err)
		if took := time.Since(begin); took < time.Second || took >= 2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w := start(t, sandbox.Options{Seed: acme(t), Now: func() time.Time { return now }})
	w.MoveClock(-time.Hour)
	if d := w.get("/users").header.Get("Date"); d != "Sun, 01 Mar 2026 11:00:00 GMT" {
		t.Errorf("Date is %s", d)
	}
}
