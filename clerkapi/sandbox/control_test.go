package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
)

func TestControlChanges(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	i := w.do("POST", "/organizations/org_acme/invitations", `{"email_address":"guest@corp.example","role":"org:admin"}`).row().ID
	for _, step := range []struct{ method, path, body, check, want string }{
		{"POST", "users", `{"id":"user_fay","email":"fay@corp.example"}`, "/users?email_address=fay@corp.example", "fay"},
		{"PATCH", "users/user_fay", `{"banned":true}`, "/users?banned=true", "fay cyd"},
		{"POST", "users/user_fay/emails", `{"email_address":"f2@corp.example","status":"unverified","primary":true}`, "/users?email_address=f2@corp.example", "fay"},
		{"POST", "users/user_fay/emails/f2@corp.example/verify", "", "/users?email_address=f2@corp.example", "fay"},
		{"POST", "users/user_fay/emails/f2@corp.example/change", `{"to":"f3@corp.example"}`, "/users?email_address=f3@corp.example&email_address=f2@corp.example", "fay"},
		{"DELETE", "users/user_fay/emails/f3@corp.example", "", "/users?email_address=f3@corp.example", ""},
		{"PUT", "memberships", `{"organization_id":"org_globex","user_id":"user_fay"}`, "/organizations/org_globex/memberships", "fay dan"},
		{"PUT", "memberships", `{"organization_id":"org_globex","user_id":"user_fay","role":"org:admin"}`, "/organizations/org_globex/memberships?role=org:admin", "fay dan"},
		{"DELETE", "memberships/org_globex/user_dan", "", "/organizations/org_globex/memberships", "fay"},
		{"DELETE", "users/user_fay", "", "/organizations/org_globex/memberships", ""},
		{"POST", "invitations/" + i + "/accept", `{"user_id":"user_dan"}`, "/organizations/org_acme/memberships?role=org:admin", "dan ada"},
		{"PUT", "state", `{"version":1,"users":[{"id":"user_zoe"}]}`, "/users", "zoe"},
	} {
		w.do(step.method, "/_sandbox/"+step.path, step.body).ok()
		if got, _ := w.get(step.check).rows(); got != step.want {
			t.Errorf("%s %s %s: %s lists %q, want %q", step.method, step.path, step.body, step.check, got, step.want)
		}
	}
}

func TestControlRefuses(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	for _, c := range [][3]string{
		{"POST", "users", `{"id":"user_ada"}`}, {"POST", "users", `{"email":"ada@corp.example"}`}, {"POST", "users", `{"mail":1}`},
		{"POST", "users", `{"username":"ada"}`}, {"POST", "users", `{"public_metadata":[]}`},
		{"PATCH", "users/user_no", `{"banned":true}`}, {"PATCH", "users/user_ada", `{}`}, {"PATCH", "users/user_ada", `x`}, {"DELETE", "users/user_no", ""},
		{"POST", "users/user_ada/emails", `{"email_address":"x"}`}, {"POST", "users/user_ada/emails", `{"email_address":"bob@corp.example"}`},
		{"POST", "users/user_ada/emails", `x`}, {"DELETE", "users/user_ada/emails/no@corp.example", ""},
		{"POST", "users/user_ada/emails/no@corp.example/verify", ""}, {"POST", "users/user_ada/emails/no@corp.example/change", `{"to":"x@corp.example"}`},
		{"POST", "users/user_ada/emails/ada@corp.example/change", `{"to":"bob@corp.example"}`}, {"POST", "users/user_ada/emails/ada@corp.example/change", `x`},
		{"PUT", "memberships", `{"organization_id":"org_no","user_id":"user_ada"}`}, {"PUT", "memberships", `x`},
		{"PUT", "memberships", `{"organization_id":"org_acme","user_id":"user_ada","public_metadata":1}`},
		{"DELETE", "memberships/org_acme/user_dan", ""}, {"DELETE", "memberships/org_no/user_dan", ""},
		{"POST", "invitations/orginv_no/accept", ""}, {"POST", "invitations/orginv_no/accept", "x"}, {"PUT", "state", `{"version":9}`}, {"PUT", "faults", `{"stat":1}`}, {"POST", "faults", `{"stat":1}`},
		{"POST", "faults", `{"share":7}`}, {"POST", "clock", `{"offset":"soon"}`},
	} {
		if a := w.do(c[0], "/_sandbox/"+c[1], c[2]); a.status != 400 || !strings.Contains(a.body, `"error"`) {
			t.Errorf("%v: %d %s", c, a.status, a.body)
		}
	}
	for _, err := range []error{
		w.AddMembership(sandbox.Membership{OrganizationID: "org_acme", UserID: "user_bob", Role: "org:no"}), w.Reset(&sandbox.Seed{}),
	} {
		if err == nil {
			t.Error("an impossible change was made")
		}
	}
	must(t, w.AddMembership(sandbox.Membership{OrganizationID: "org_acme", UserID: "user_bob", Role: "org:admin"}))
}

func TestControlFaultsAndJournal(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	w.do("PUT", "/_sandbox/faults", `[{"kind":"GET /users","status":503,"delay":"1ms"}]`).ok()
	w.do("POST", "/_sandbox/faults", `{"kind":"GET /organizations","list":{"short":1,"lag":"1s"}}`).ok()
	w.get("/users").refused(503, "service_unavailable", "")
	if got, _ := w.get("/organizations").rows(); got != "org_globex" {
		t.Errorf("short page %q", got)
	}
	if b := w.do("GET", "/_sandbox/faults", "").ok().body; !strings.Contains(b, `"delay": "1ms"`) || strings.Count(b, "kind") != 2 {
		t.Error(b)
	}
	w.do("DELETE", "/_sandbox/faults", "").ok()
	w.do("POST", "/users", `{"email_address":["n@corp.example"]}`).ok()
	var requests []sandbox.Request
	w.do("GET", "/_sandbox/requests?writes=true", "").ok().into(&requests)
	if len(requests) != 1 || requests[0].Kind != "POST /users" {
		t.Errorf("writes %+v", requests)
	}
	w.do("GET", "/_sandbox/requests?kind=GET+/users", "").ok().into(&requests)
	if len(requests) != 1 || requests[0].Fault != "1" {
		t.Errorf("users %+v", requests)
	}
	var stats sandbox.Stats
	w.do("GET", "/_sandbox/stats", "").ok().into(&stats)
	if stats.Requests != 3 || stats.Writes != 1 {
		t.Errorf("stats %+v", stats)
	}
	w.do("DELETE", "/_sandbox/requests", "").ok()
	if b := w.do("GET", "/_sandbox/requests", "").ok().body; strings.TrimSpace(b) != "[]" {
		t.Errorf("journal after forgetting: %s", b)
	}
	w.do("POST", "/_sandbox/clock", `{"offset":"-10m"}`).ok()
	if seed := load(t, w.do("GET", "/_sandbox/state", "").ok().body); len(seed.Users) != 6 {
		t.Errorf("%d users", len(seed.Users))
	}
}

func TestControlIsLocal(t *testing.T) {
	w := start(t, sandbox.Options{})
	for name, page := range map[string]func(*http.Request){
		"an origin":             func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"another site":          func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a page of the sandbox": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") },
		"a rebound name":        func(r *http.Request) { r.Host = "evil.example:4900" },
	} {
		r := w.request("GET", "/_sandbox/state", "")
		page(r)
		if a := w.send(r); a.status != 403 {
			t.Errorf("%s got %d", name, a.status)
		}
	}
	for name, own := range map[string]func(*http.Request){
		"a program":       func(*http.Request) {},
		"the address bar": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "none") },
		"localhost":       func(r *http.Request) { r.Host = "localhost:4900" },
		"IPv6":            func(r *http.Request) { r.Host = "[::1]" },
	} {
		r := w.request("GET", "/_sandbox/state", "")
		own(r)
		if a := w.send(r); a.status != 200 {
			t.Errorf("%s got %d", name, a.status)
		}
	}
	rec := httptest.NewRecorder()
	far := httptest.NewRequest("GET", "/_sandbox/state", nil) // RemoteAddr 192.0.2.1
	w.ServeHTTP(rec, far)
	if rec.Code != 403 {
		t.Errorf("another machine got %d", rec.Code)
	}
}
