package sandbox_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/clerkapi/sandbox"
)

const listKind = "GET /organizations/{organization_id}/memberships"

func TestFaultsThatAnswer(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t), Faults: []sandbox.Fault{
		{Kind: listKind, Query: map[string]string{"offset": "2"}, Status: 503},
		{Method: "DELETE", Path: "/organizations/org_acme/*/user_bob", From: 2, Times: 1, Status: 500, Code: "odd"},
		{Name: "edge", Path: "/users", Status: 429, RetryAfter: 3, Body: "<html>"},
	}})
	w.get("/organizations/org_acme/memberships?offset=2").refused(503, "service_unavailable", "")
	w.get("/organizations/org_acme/memberships?offset=1").ok()
	if a := w.get("/users"); a.status != 429 || a.body != "<html>" || a.header.Get("Retry-After") != "3" || a.header.Get("Content-Type") != "text/html" {
		t.Errorf("edge: %+v", a)
	}
	const bob = "/organizations/org_acme/memberships/user_bob"
	w.do("DELETE", bob, "").ok()
	w.do("DELETE", bob, "").refused(500, "odd", "")
	w.do("DELETE", bob, "").refused(404, "resource_not_found", "")
	requests := w.Requests()
	if r := requests[0]; r.Fault != "1" || r.Status != 503 {
		t.Errorf("journal %+v", r)
	}
	if r := requests[2]; r.Fault != "edge" || r.Status != 429 {
		t.Errorf("journal %+v", r)
	}
	for status, code := range map[int]string{
		504: "gateway_timeout", 401: "authentication_invalid", 403: "authorization_invalid", 404: "resource_not_found",
		429: "too_many_requests", 502: "internal_clerk_error",
	} {
		must(t, w.SetFaults(sandbox.Fault{Status: status}))
		w.get("/users").refused(status, code, "")
	}
}

func TestDroppedAndCut(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	const path = "/organizations/org_acme/memberships"
	add := func() error {
		r := w.request("POST", path, `{"user_id":"user_dan","role":"org:member"}`)
		resp, err := (&http.Transport{}).RoundTrip(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	members := func() int { _, n := w.get(path).rows(); return n }
	must(t, w.SetFaults(sandbox.Fault{Method: "POST", DropConnection: true}))
	if err := add(); err == nil || members() != 3 {
		t.Errorf("dropped: %v, %d members", err, members())
	}
	must(t, w.SetFaults(sandbox.Fault{Method: "POST", DropAfterEffect: true}))
	if err := add(); err == nil || members() != 4 {
		t.Errorf("answer lost: %v, %d members", err, members())
	}
	if r := w.Writes()[1]; r.Status != 0 {
		t.Errorf("journal %+v", r)
	}
	must(t, w.SetFaults(sandbox.Fault{Method: "GET", CutAfterBytes: 100}))
	resp, err := http.DefaultClient.Do(w.request("GET", path, ""))
	must(t, err)
	b, err := io.ReadAll(resp.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(b) > 100 {
		t.Errorf("cut: %d bytes, %v", len(b), err)
	}
	_ = resp.Body.Close()
}

func TestDroppedInProcess(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{Seed: acme(t), Faults: []sandbox.Fault{
		{Times: 1, DropConnection: true}, {Times: 1, CutAfterBytes: 5}, {Times: 1, CutAfterBytes: 1 << 20},
	}})
	must(t, err)
	if _, err := bubble(t, s, "GET", "/users"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("dropped: %v", err)
	}
	resp, err := bubble(t, s, "GET", "/users")
	must(t, err)
	if len(resp.body) != 5 || !errors.Is(resp.cut, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %q, %v", resp.body, resp.cut)
	}
	resp, err = bubble(t, s, "GET", "/users")
	must(t, err)
	if resp.cut != nil || !json.Valid(resp.body) {
		t.Errorf("a cut behind the end: %q, %v", resp.body, resp.cut)
	}
}

func TestShareIsRepeatable(t *testing.T) {
	pattern := func() string {
		s, err := sandbox.New(sandbox.Options{Faults: []sandbox.Fault{{Share: 0.3, Seed: 7, Status: 503}}})
		must(t, err)
		var b strings.Builder
		for range 200 {
			resp, err := bubble(t, s, "GET", "/users")
			must(t, err)
			b.WriteString(map[int]string{200: ".", 503: "x"}[resp.status])
		}
		return b.String()
	}
	first := pattern()
	if n := strings.Count(first, "x"); first != pattern() || n < 30 || n > 90 {
		t.Errorf("hit %d of 200: %s", n, first)
	}
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := sandbox.New(sandbox.Options{Faults: []sandbox.Fault{{Delay: sandbox.Duration(3 * time.Second)}}})
		must(t, err)
		begin := time.Now()
		resp, err := bubble(t, s, "GET", "/users")
		must(t, err)
		if took := time.Since(begin); took != 3*time.Second || resp.status != 200 {
			t.Errorf("took %v, status %d", took, resp.status)
		}
	})
}

func TestListFaults(t *testing.T) {
	w := start(t, sandbox.Options{Seed: sandbox.Generate(1, 6)})
	for name, c := range map[string]struct {
		fault sandbox.ListFault
		want  string
		total int
	}{
		"total":  {sandbox.ListFault{TotalCount: -2}, "3 4", 4},
		"skip":   {sandbox.ListFault{Shift: 1}, "4 5", 6},
		"repeat": {sandbox.ListFault{Shift: -1}, "2 3", 6},
		"before": {sandbox.ListFault{Shift: -9}, "1 2", 6},
		"short":  {sandbox.ListFault{Short: 1}, "3", 6},
		"twice":  {sandbox.ListFault{Repeat: 1}, "3 3", 6},
		"empty":  {sandbox.ListFault{Short: 9}, "", 6},
	} {
		must(t, w.SetFaults(sandbox.Fault{Kind: listKind, List: &c.fault}))
		got, total := w.get("/organizations/org_000001/memberships?order_by=created_at&limit=2&offset=2").rows()
		if got = strings.ReplaceAll(got, "00000000", ""); got != c.want || total != c.total {
			t.Errorf("%s: %q of %d, want %q of %d", name, got, total, c.want, c.total)
		}
	}
}

func TestLag(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	w.do("POST", "/organizations/org_acme/memberships", `{"user_id":"user_eve","role":"org:member"}`).ok()
	w.do("DELETE", "/organizations/org_acme/memberships/user_bob", "").ok()
	must(t, w.SetFaults(sandbox.Fault{Method: "GET", List: &sandbox.ListFault{Lag: sandbox.Duration(time.Minute)}}))
	for _, path := range []string{"/organizations/org_acme/memberships?", "/organization_memberships?limit=3&"} {
		if got, _ := w.get(path + "order_by=created_at").rows(); got != "ada bob cyd" {
			t.Errorf("%s lags as %q", path, got)
		}
	}
	w.MoveClock(2 * time.Minute)
	if got, _ := w.get("/organizations/org_acme/memberships?order_by=created_at").rows(); got != "ada cyd eve" {
		t.Errorf("two minutes later: %q", got)
	}
}

func TestFaultsAreChecked(t *testing.T) {
	for _, f := range []sandbox.Fault{{Path: "["}, {Status: 99}, {Share: 2}, {From: -1}, {Delay: -1}} {
		if _, err := sandbox.New(sandbox.Options{Faults: []sandbox.Fault{f}}); err == nil {
			t.Errorf("%+v was taken", f)
		}
	}
}
