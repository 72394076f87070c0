package sandbox_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
)

// FuzzRequest sends any request to a sandbox. A refusal has Clerk's form, a
// request without success changes nothing, and the instance can always be loaded
// again.
func FuzzRequest(f *testing.F) {
	for _, r := range [][3]string{
		{"GET", "/organizations?limit=2&offset=1&order_by=-created_at&query=a", ""},
		{"GET", "/organization_memberships?order_by=%2Bcreated_at&limit=500", ""},
		{"GET", "/organizations/org_acme/memberships?user_id=user_ada&role=org:admin&email_address_query=x", ""},
		{"GET", "/users?email_address=ada@corp.example&external_id=e1&user_id=-user_bob&limit=501", ""},
		{"POST", "/organizations/org_acme/memberships", `{"user_id":"user_dan","role":"org:member","private_metadata":{"a":1}}`},
		{"PATCH", "/organizations/org_acme/memberships/user_bob", `{"role":"org:admin"}`},
		{"PATCH", "/organizations/org_acme/memberships/user_bob/metadata", `{"public_metadata":{"a":null,"b":{"c":[1]}}}`},
		{"DELETE", "/organizations/org_acme/memberships/user_ada", ""},
		{"POST", "/organizations/org_acme/invitations", `{"email_address":"new@corp.example","role":"org:member","expires_in_days":7}`},
		{"POST", "/organizations/org_acme/invitations/bulk", `[{"email_address":"a@corp.example","role":"org:member"},{}]`},
		{"POST", "/users", `{"email_address":["x@corp.example"],"external_id":"e9","skip_password_requirement":true}`},
		{"GET", "/instance", ""}, {"GET", "/roles?limit=x", ""}, {"PUT", "/organizations/org_acme/../users", "{"},
	} {
		f.Add(r[0], r[1], []byte(r[2]))
	}
	f.Fuzz(func(t *testing.T, method, target string, body []byte) {
		u, err := url.Parse(target)
		if err != nil || !strings.HasPrefix(u.Path, "/") || u.Host != "" || len(body) > 1<<16 || !token(method) {
			t.Skip("nothing that a client could send")
		}
		s, err := sandbox.New(sandbox.Options{Seed: acme(t)})
		must(t, err)
		before := state(t, s)
		u.Path = "/v1" + u.Path
		r := httptest.NewRequest("GET", "/", bytes.NewReader(body))
		r.Method, r.URL, r.RequestURI = method, u, u.RequestURI()
		r.Header.Set("Authorization", "Bearer "+s.SecretKey())
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		success := w.Code >= 200 && w.Code < 300
		if after := state(t, s); (!success || method == http.MethodGet) && !bytes.Equal(before, after) {
			t.Errorf("%s %s: %d, and it changed\n%s\n%s", method, target, w.Code, before, after)
		}
		routed := w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusNotFound // else it may be the router's own word
		if w.Code >= 500 || w.Code >= 400 && routed && !refusal(w.Body.Bytes()) {
			t.Errorf("%s %s: %d %s", method, target, w.Code, w.Body)
		}
		if success && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %s: %d %s", method, target, w.Code, w.Body)
		}
	})
}

// token reports whether a text can be a method (RFC 9110, 9.1).
func token(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// state is the instance as a seed; it must load again.
func state(t *testing.T, s *sandbox.Server) []byte {
	t.Helper()
	text, err := json.Marshal(s.Snapshot())
	must(t, err)
	seed, err := sandbox.LoadSeed(bytes.NewReader(text))
	must(t, err)
	_, err = sandbox.New(sandbox.Options{Seed: seed})
	must(t, err)
	return text
}

// refusal checks that an answer has the form of Clerk's errors, or is no answer
// of a route.
func refusal(body []byte) bool {
	var e struct {
		Errors []struct {
			Code string `json:"code"`
		} `json:"errors"`
	}
	return json.Unmarshal(body, &e) == nil && len(e.Errors) > 0 && e.Errors[0].Code != ""
}
