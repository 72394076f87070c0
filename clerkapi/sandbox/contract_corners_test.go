package sandbox_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
)

// The corners of the contract that are easily got wrong. Each has both sides:
// what the sandbox answers, and what the client makes of it.

// newClient is a client of a sandbox, without sockets.
func newClient(t *testing.T, s *sandbox.Server) *clerkapi.Client {
	t.Helper()
	c, err := clerkapi.New(clerkapi.Config{SecretKey: clerkapi.NewSecret(s.SecretKey()), APIURL: "https://sandbox.example"}, clerkapi.WithTransport(s.RoundTripper()))
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

// enrolling has one domain and three connections, one of which is off.
func enrolling(t *testing.T) *sandbox.Seed {
	seed := acme(t)
	seed.Domains = []sandbox.Domain{{ID: "orgdmn_1", OrganizationID: "org_acme", Name: "corp.example", Mode: "automatic_invitation"}}
	seed.Connections = []sandbox.Connection{
		{ID: "entconn_jit", Name: "Okta", OrganizationID: "org_acme", Domains: []string{"corp.example"}, Active: true},
		{ID: "entconn_nojit", Name: "Quiet", OrganizationID: "org_acme", Active: true, NoJIT: true},
		{ID: "entconn_off", Name: "Asleep", OrganizationID: "org_acme"},
	}
	return seed
}

// Domains and enterprise connections are listed. What would change them, or
// show one, is a path that the sandbox does not have.
func TestDomainsAndConnectionsAreListedOnly(t *testing.T) {
	w := start(t, sandbox.Options{Seed: enrolling(t)})
	for path, want := range map[string]string{"/organization_domains": "orgdmn_1", "/enterprise_connections?active=true": "entconn_jit entconn_nojit"} {
		a := w.get(path).ok()
		for id := range strings.FieldsSeq(want) {
			if !strings.Contains(a.body, id) {
				t.Errorf("%s: no %s in %s", path, id, a.body)
			}
		}
	}
	for _, x := range [][2]string{{"POST", "/enterprise_connections"}, {"GET", "/enterprise_connections/entconn_jit"}, {"DELETE", "/enterprise_connections/entconn_jit"},
		{"POST", "/organizations/org_acme/domains"}, {"POST", "/sessions"}, {"POST", "/directories"}, {"GET", "/directories/dir_1"}} {
		if a := w.do(x[0], x[1], ""); a.status != 404 {
			t.Errorf("%s %s: %d", x[0], x[1], a.status)
		}
	}
	c := newClient(t, w.Server)
	domains, err := c.EnrollingDomains(t.Context())
	must(t, err)
	if len(domains) != 1 || domains[0].Mode != "automatic_invitation" {
		t.Errorf("domains %+v", domains)
	}
}

// A connection without just-in-time accounts is listed like any other, and the
// client tells them apart: what it does to users with an account is unknown, so
// it must not be left out as harmless.
func TestConnectionWithoutJITIsListed(t *testing.T) {
	w := start(t, sandbox.Options{Seed: enrolling(t)})
	if a := w.get("/enterprise_connections?active=true"); !strings.Contains(a.body, `"disable_jit_provisioning":true`) || !strings.Contains(a.body, `"disable_jit_provisioning":false`) {
		t.Errorf("answered %s", a.body)
	}
	connections, err := newClient(t, w.Server).ActiveConnections(t.Context())
	must(t, err)
	got := map[string]bool{}
	for _, n := range connections {
		got[n.ID] = n.NoJIT
	}
	if jit, ok := got["entconn_jit"]; !ok || jit || !got["entconn_nojit"] || len(got) != 2 {
		t.Errorf("connections %+v", connections)
	}
}

// Each invitation has a link, with a mail and without one: without one the link
// is all there is. Single, bulk and listed ones have the same.
func TestInvitationHasALink(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	c := newClient(t, w.Server)
	for _, notify := range []*bool{nil, new(true), new(false)} {
		one, err := c.CreateInvitation(t.Context(), "org_acme", clerkapi.NewInvitation{Email: "one@corp.example", Role: "org:member", Notify: notify})
		must(t, err)
		two, err := c.CreateInvitations(t.Context(), "org_acme", []clerkapi.NewInvitation{{Email: "two@corp.example", Role: "org:member", Notify: notify}})
		must(t, err)
		pending, err := c.PendingInvitations(t.Context())
		must(t, err)
		if len(pending) != 2 || len(two) != 1 {
			t.Fatalf("%d pending, %d at once", len(pending), len(two))
		}
		for _, i := range append(slices.Clone(pending), one, two[0]) {
			if answered := w.get(invitePath + "/" + i.ID).body; i.URL.IsZero() || !strings.Contains(answered, `"url":"`+i.URL.Reveal()+`"`) {
				t.Errorf("link %q of %s", i.URL.Reveal(), answered)
			}
		}
		for _, i := range pending {
			_, err := c.RevokeInvitation(t.Context(), "org_acme", i.ID)
			must(t, err)
		}
	}
}

// An organization whose role_set_key is null has no set of its own in the
// answer; the initial set is told by its type. Nothing makes one of the other.
func TestOrganizationWithoutRoleSet(t *testing.T) {
	seed := acme(t)
	seed.RoleSets = []sandbox.RoleSet{
		{Key: "role_set:other", Roles: []string{"org:admin"}},
		{Key: "role_set:first", Roles: []string{"org:admin", "org:member"}, Type: "initial"},
	}
	seed.Organizations[1].RoleSet = "role_set:other"
	w := start(t, sandbox.Options{Seed: seed})
	if a := w.get("/organizations/org_acme"); !strings.Contains(a.body, `"role_set_key":null`) {
		t.Errorf("answered %s", a.body)
	}
	if a := w.get("/instance/organization_settings"); !strings.Contains(a.body, `"initial_role_set_key":"role_set:first"`) {
		t.Errorf("answered %s", a.body)
	}
	w.do("POST", "/organizations/org_acme/memberships", `{"user_id":"user_dan","role":"org:member"}`).ok()
	w.do("POST", "/organizations/org_globex/memberships", `{"user_id":"user_bob","role":"org:member"}`).refused(404, "resource_not_found", "role")
	c := newClient(t, w.Server)
	for id, want := range map[string]string{"org_acme": "", "org_globex": "role_set:other"} {
		o, err := c.Organization(t.Context(), id)
		must(t, err)
		if o.RoleSet != want {
			t.Errorf("%s has the set %q, want %q", id, o.RoleSet, want)
		}
	}
	sets, err := c.RoleSets(t.Context())
	must(t, err)
	initial := slices.IndexFunc(sets, func(s clerkapi.RoleSet) bool { return s.Type == "initial" })
	if len(sets) != 2 || initial < 0 || sets[initial].Key != "role_set:first" {
		t.Errorf("sets %+v", sets)
	}
}

// Clerk does not document the kind of its windows. In a fixed one the wait is
// the rest of the window, in a sliding one the age of the oldest request; the
// client waits for what Retry-After says, under both, and then goes on.
func TestRetryAfterUnderBothWindows(t *testing.T) {
	for _, x := range []struct {
		fixed bool
		late  time.Duration // after the window has begun, or the first request
		want  int
	}{{true, 0, 10}, {true, time.Second, 9}, {true, 9500 * time.Millisecond, 1}, {false, 0, 10}, {false, time.Second, 9}} {
		synctest.Test(t, func(t *testing.T) {
			limits := sandbox.Limits{Requests: 20, Window: 10 * time.Second, FixedWindow: x.fixed}
			s, err := sandbox.New(sandbox.Options{Seed: acme(t), Limits: limits})
			must(t, err)
			c, err := clerkapi.New(clerkapi.Config{SecretKey: clerkapi.NewSecret(s.SecretKey()), APIURL: "https://sandbox.example"}, clerkapi.WithTransport(s.RoundTripper()))
			must(t, err)
			defer c.Close()
			time.Sleep(time.Until(time.Now().Truncate(10 * time.Second).Add(10 * time.Second)))
			hit(t, s, 1, "GET", "/users/count")
			time.Sleep(x.late)
			if refused, retry := hit(t, s, 20, "GET", "/users/count"); refused != 1 || retry != x.want {
				t.Errorf("%+v: refused %d, Retry-After %d", x, refused, retry)
			}
			begin := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err = c.UsersCount(ctx)
			must(t, err)
			if took := time.Since(begin); took < time.Duration(x.want)*time.Second || took > time.Duration(x.want+2)*time.Second {
				t.Errorf("%+v: the client came through after %s", x, took)
			}
			if n := c.Stats().TooMany; n != 1 {
				t.Errorf("%+v: %d answers of 429", x, n)
			}
		})
	}
}
