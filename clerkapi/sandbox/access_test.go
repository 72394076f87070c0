package sandbox_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
)

// fighting is acme with a directory that makes dan an administrator, and a domain
// and connections through which people come back.
func fighting(t *testing.T) *sandbox.Seed {
	t.Helper()
	seed := acme(t)
	seed.Domains = []sandbox.Domain{{OrganizationID: "org_acme", Name: "corp.example", Mode: "enterprise_sso"}, {OrganizationID: "org_globex", Name: "other.example", Mode: "enterprise_sso"}}
	seed.Connections = []sandbox.Connection{
		{ID: "entconn_okta", Name: "Okta", OrganizationID: "org_acme", Active: true}, {ID: "entconn_all", Name: "All", Active: true},
		{ID: "entconn_nojit", Name: "Quiet", OrganizationID: "org_acme", Active: true, NoJIT: true}, {ID: "entconn_globex", Name: "G", OrganizationID: "org_globex", Active: true},
		{ID: "entconn_off", Name: "Off", OrganizationID: "org_acme"},
	}
	seed.Directories = []sandbox.Directory{{
		ID: "dir_okta", ConnectionID: "entconn_okta", Enabled: true, MapsRoles: true,
		Groups:   []sandbox.DirectoryGroup{{ID: "boss", Members: []string{"user_bob"}}, {ID: "all", Members: []string{"user_bob", "user_dan"}}},
		Mappings: []sandbox.GroupRoleMapping{{GroupID: "boss", Role: "org:admin"}, {GroupID: "all", Role: "org:member"}},
	}}
	return seed
}

func (w *world) roleOf(organization, user string) string {
	w.t.Helper()
	for _, m := range w.Snapshot().Memberships {
		if m.OrganizationID == organization && m.UserID == user {
			return m.Role
		}
	}
	return ""
}

// A role that a mapping gives cannot be changed; the same role of somebody in no
// mapped group can, and so can both when the mapping or the directory is off.
func TestMappedRolesAreManaged(t *testing.T) {
	w := start(t, sandbox.Options{Seed: fighting(t)})
	const bob, ada = "/organizations/org_acme/memberships/user_bob", "/organizations/org_acme/memberships/user_ada"
	w.do("PATCH", bob, `{"role":"org:admin"}`).refused(409, "organization_membership_managed_by_scim", "")
	w.do("PATCH", ada, `{"role":"org:admin"}`).ok()
	_, err := newClient(t, w.Server).SetRole(t.Context(), "org_acme", "user_bob", "org:admin")
	if !errors.Is(err, clerkapi.ErrManagedByDirectory) {
		t.Errorf("%v", err)
	}
	for _, off := range []string{`{"group_role_mapping_enabled":false}`, `{"group_role_mapping_enabled":true,"enabled":false}`} {
		w.do("PATCH", "/_sandbox/directories/dir_okta", off).ok()
		w.do("PATCH", bob, `{"role":"org:member"}`).ok()
	}
	w.do("PATCH", "/_sandbox/directories/dir_okta", `{"enabled":true}`).ok()
	w.do("PATCH", bob, `{"role":"org:member"}`).refused(409, "organization_membership_managed_by_scim", "")
	w.do("PUT", "/_sandbox/directories/dir_okta/groups/boss", `{"members":[]}`).ok()
	w.do("PUT", "/_sandbox/directories/dir_okta/groups/all", `{"members":["dan@corp.example"]}`).ok()
	w.do("PATCH", bob, `{"role":"org:member"}`).ok()
}

// A directory's sync sets the roles of its mappings, adds who is missing, and
// deprovisions who has left its groups; the others stay as they are.
func TestDirectorySync(t *testing.T) {
	w := start(t, sandbox.Options{Seed: fighting(t)})
	must(t, w.RemoveMembership("org_acme", "user_bob"))
	var out sandbox.Synced
	w.do("POST", "/_sandbox/directories/dir_okta/sync", "").ok().into(&out)
	if !slices.Equal(out.Added, []string{"user_bob", "user_dan"}) || len(out.Deprovisioned) != 0 || w.roleOf("org_acme", "user_bob") != "org:admin" || w.roleOf("org_acme", "user_dan") != "org:member" {
		t.Errorf("%+v", out)
	}
	w.do("PATCH", "/_sandbox/memberships/acme/bob@corp.example", `{"role":"org:member"}`).ok()
	w.do("POST", "/_sandbox/sign-in", `{"user":"dan@corp.example","organization":"acme"}`).ok()
	w.do("PUT", "/_sandbox/directories/dir_okta/groups/all", `{"members":["user_bob"]}`).ok()
	w.do("POST", "/_sandbox/directories/dir_okta/sync", "").ok().into(&out)
	if !slices.Equal(out.Roles, []string{"user_bob"}) || !slices.Equal(out.Deprovisioned, []string{"user_dan"}) || w.roleOf("org_acme", "user_bob") != "org:admin" {
		t.Errorf("%+v", out)
	}
	if b := w.get("/users/user_dan").body; !strings.Contains(b, `"deprovisioned":true`) || w.roleOf("org_acme", "user_dan") == "" || w.activeSessions("user_dan") != 0 {
		t.Errorf("dan is %s", b)
	}
	w.do("PUT", "/_sandbox/directories/dir_okta/groups/all", `{"members":["user_bob","user_dan"]}`).ok()
	w.do("POST", "/_sandbox/directories/dir_okta/sync", "").ok()
	if b := w.get("/users/user_dan").body; !strings.Contains(b, `"deprovisioned":false`) {
		t.Errorf("dan is back as %s", b)
	}
	if w.roleOf("org_acme", "user_ada") != "org:admin" || w.roleOf("org_acme", "user_cyd") != "org:member" || w.roleOf("org_globex", "user_dan") != "org:admin" {
		t.Error("the sync changed somebody else")
	}
}

func (w *world) activeSessions(user string) int {
	w.t.Helper()
	all, err := newClient(w.t, w.Server).ActiveSessions(w.t.Context(), user)
	must(w.t, err)
	return len(all)
}

// A sign-in through a connection adds somebody again who was removed, if the
// organization has a verified domain of the mode enterprise_sso; in no other case.
func TestSignInAddsMembersAgain(t *testing.T) {
	for _, x := range []struct {
		connection, address string
		edit                func(*sandbox.Seed)
		joined              string
	}{
		{"entconn_okta", "bob@corp.example", nil, "org_acme"},
		{"entconn_all", "bob@corp.example", nil, "org_acme"},
		{"entconn_nojit", "bob@corp.example", nil, "org_acme"}, // Clerk says nothing of people with an account
		{"entconn_globex", "bob@corp.example", nil, ""},        // no domain of the address there
		{"", "bob@corp.example", nil, ""},
		{"entconn_okta", "boss@corp.example", nil, "org_acme"}, // two users have not verified it, so a new one has
		{"", "boss@corp.example", nil, "refused"},
		{"entconn_okta", "new@corp.example", nil, "org_acme"},
		{"entconn_nojit", "new@corp.example", nil, "refused"},
		{"entconn_off", "bob@corp.example", nil, "refused"},
		{"entconn_okta", "cyd@corp.example", nil, "refused"}, // banned
		{"entconn_okta", "bob@corp.example", func(s *sandbox.Seed) { s.Domains[0].Unverified = true }, ""},
		{"entconn_okta", "bob@corp.example", func(s *sandbox.Seed) { s.Domains[0].Mode = "automatic_invitation" }, ""},
		{"entconn_okta", "bob@corp.example", func(s *sandbox.Seed) { s.Organizations[0].MaxMemberships = 2 }, "refused"},
		{"entconn_okta", "bob@corp.example", func(s *sandbox.Seed) { s.Organizations[0].Seats = 2 }, "refused"},
		{"entconn_okta", "bob@corp.example", func(s *sandbox.Seed) { s.Users[1].Locked = true }, "refused"},
	} {
		seed := fighting(t)
		if x.edit != nil {
			x.edit(seed)
		}
		w := start(t, sandbox.Options{Seed: seed})
		must(t, w.RemoveMembership("org_acme", "user_bob"))
		a := w.do("POST", "/_sandbox/sign-in", fmt.Sprintf(`{"user":%q,"enterprise_connection_id":%q}`, x.address, x.connection))
		var out sandbox.SignedIn
		a.into(&out)
		switch {
		case x.joined == "refused":
			if a.status != 400 || len(w.Snapshot().Sessions) != 0 {
				t.Errorf("%s %s: %s", x.connection, x.address, a.body)
			}
		case strings.Join(out.Joined, " ") != x.joined || w.activeSessions(out.UserID) != 1:
			t.Errorf("%s %s: %s, want %q", x.connection, x.address, a.body, x.joined)
		case x.joined != "" && w.roleOf(x.joined, out.UserID) != "org:member":
			t.Errorf("%s %s: is %q", x.connection, x.address, w.roleOf(x.joined, out.UserID))
		}
	}
}

// A ban ends all sessions of that user, by API and by hand; a lock ends none.
// Neither ends a session of somebody else, and none of them comes back.
func TestBanEndsSessions(t *testing.T) {
	for _, x := range []struct {
		method, path, body string
		left               int
	}{
		{"POST", "/users/user_bob/ban", "", 0}, {"POST", "/users/ban", `{"user_ids":["user_bob"]}`, 0}, {"PATCH", "/_sandbox/users/bob@corp.example", `{"banned":true}`, 0},
		{"PATCH", "/_sandbox/users/user_bob", `{"deprovisioned":true}`, 0}, {"DELETE", "/_sandbox/users/user_bob/sessions", "", 0},
		{"POST", "/users/user_bob/lock", "", 2}, {"POST", "/users/user_bob/unban", "", 2}, {"PATCH", "/_sandbox/users/user_bob", `{"locked":true}`, 2},
	} {
		w := start(t, sandbox.Options{Seed: acme(t)})
		for _, user := range []string{"user_bob", "user_bob", "user_ada"} {
			w.do("POST", "/_sandbox/sign-in", `{"user":"`+user+`","organization":"acme"}`).ok()
		}
		w.do(x.method, x.path, x.body).ok()
		if got := w.activeSessions("user_bob"); got != x.left || w.activeSessions("user_ada") != 1 {
			t.Errorf("%s %s left %d sessions, want %d", x.method, x.path, got, x.left)
		}
		w.do("POST", "/users/user_bob/unban", "").ok()
		if got := w.activeSessions("user_bob"); got != x.left {
			t.Errorf("%s %s, taken back: %d sessions", x.method, x.path, got)
		}
	}
}

// A deleted user has no session and no key any more; those of others stay.
func TestDeletedUserHasNoAccess(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	for _, user := range []string{"bob", "ada"} {
		w.do("POST", "/_sandbox/sign-in", `{"user":"`+user+`@corp.example"}`).ok()
		w.do("POST", "/_sandbox/users/"+user+"@corp.example/api_keys", `{"name":"ci"}`).ok()
	}
	w.do("DELETE", "/_sandbox/users/user_bob", "").ok()
	if s := w.Snapshot(); len(s.Sessions) != 1 || len(s.APIKeys) != 1 || s.Sessions[0].UserID != "user_ada" || s.APIKeys[0].Subject != "user_ada" {
		t.Errorf("%+v %+v", s.Sessions, s.APIKeys)
	}
	keys, err := newClient(t, w.Server).APIKeys(t.Context(), "user_ada")
	if err != nil || len(keys) != 1 {
		t.Errorf("%+v, %v", keys, err)
	}
}

// More members and invitations than the active items pay for are refused with 402;
// without a limit, or without a subscription, none is.
func TestSeatsOfASubscription(t *testing.T) {
	item := func(status string, quantity *int) sandbox.SubscriptionItem {
		return sandbox.SubscriptionItem{Status: status, Seats: &sandbox.ItemSeats{Quantity: quantity}}
	}
	for name, x := range map[string]struct {
		items []sandbox.SubscriptionItem
		short int
		seats clerkapi.Seats
		full  bool
	}{
		"full":              {items: []sandbox.SubscriptionItem{item("", new(3))}, seats: clerkapi.Seats{Quantity: 3}, full: true},
		"short form":        {short: 3, seats: clerkapi.Seats{Quantity: 3}, full: true},
		"one left":          {items: []sandbox.SubscriptionItem{item("active", new(4))}, seats: clerkapi.Seats{Quantity: 4}},
		"more are upcoming": {items: []sandbox.SubscriptionItem{item("", new(3)), item("upcoming", new(9))}, seats: clerkapi.Seats{Quantity: 3}, full: true},
		"unlimited":         {items: []sandbox.SubscriptionItem{item("active", nil)}, seats: clerkapi.Seats{Unlimited: true}},
		"not by seats":      {items: []sandbox.SubscriptionItem{{}}, seats: clerkapi.Seats{Unlimited: true}},
	} {
		seed := acme(t)
		seed.Organizations[0].Seats = x.short
		if x.items != nil {
			seed.Organizations[0].Subscription = &sandbox.Subscription{Items: x.items}
		}
		w := start(t, sandbox.Options{Seed: seed})
		if got, err := newClient(t, w.Server).Seats(t.Context(), "org_acme"); err != nil || got != x.seats {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		add := w.do("POST", "/organizations/org_acme/memberships", `{"user_id":"user_dan","role":"org:member"}`)
		if !x.full {
			add.ok()
			continue
		}
		add.refused(402, "insufficient_seats", "")
		w.do("POST", invitePath, `{"email_address":"o@corp.example","role":"org:member"}`).refused(402, "insufficient_seats", "")
		w.do("DELETE", "/organizations/org_acme/memberships/user_bob", "").ok()
		w.do("POST", "/organizations/org_acme/memberships", `{"user_id":"user_dan","role":"org:member"}`).ok()
	}
}

// While a role set is migrated, no role is given or changed in the organizations
// concerned; removals, and other organizations, go on. Afterwards all does.
func TestRoleMigration(t *testing.T) {
	seed := acme(t)
	seed.RoleSets = []sandbox.RoleSet{{Key: "role_set:first", Roles: []string{"org:admin", "org:member"}, Type: "initial"}, {Key: "role_set:next", Roles: []string{"org:member"}}}
	const bob = "/organizations/org_acme/memberships/user_bob"
	for _, x := range []struct {
		migration    string
		acme, globex bool // refuse
	}{
		{`{"organization_id":"org_acme","dest_role_set_key":"role_set:next"}`, true, false}, {`{"status":"enqueued"}`, true, true}, {`{"status":"completed"}`, false, false},
	} {
		w := start(t, sandbox.Options{Seed: seed})
		w.do("PUT", "/_sandbox/role_sets/role_set:first/migration", x.migration).ok()
		want := func(a answer, refused bool) {
			t.Helper()
			if !refused {
				a.ok()
				return
			}
			a.refused(409, "role_migration_in_progress", "")
		}
		want(w.do("PATCH", bob, `{"role":"org:admin"}`), x.acme)
		want(w.do("POST", "/organizations/org_acme/memberships", `{"user_id":"user_dan","role":"org:member"}`), x.acme)
		want(w.do("PATCH", "/organizations/org_globex/memberships/user_dan", `{"role":"org:admin"}`), x.globex)
		sets, err := newClient(t, w.Server).RoleSets(t.Context())
		must(t, err)
		if m := sets[0].Migration; m.Running() != x.acme || m.Running() && (m.Source != sets[0].ID || (m.OrganizationID == "org_acme") == x.globex) {
			t.Errorf("%s: shown as %+v", x.migration, m)
		}
		w.do("DELETE", bob, "").ok()
		w.do("DELETE", "/_sandbox/role_sets/role_set:first/migration", "").ok()
		w.do("PATCH", "/organizations/org_acme/memberships/user_ada", `{"role":"org:admin"}`).ok()
	}
}

// The short form of an organization is shown as a migration too.
func TestShortFormOfAMigration(t *testing.T) {
	seed := acme(t)
	seed.Organizations[1].RoleMigration = true
	w := start(t, sandbox.Options{Seed: seed})
	sets, err := newClient(t, w.Server).RoleSets(t.Context())
	if err != nil || len(sets) != 1 || sets[0].Migration == nil || sets[0].Migration.OrganizationID != "org_globex" || sets[0].Migration.Status != "in_progress" {
		t.Errorf("%+v, %v", sets, err)
	}
}

// An instance without the feature refuses; its 403 says nothing about the key.
func TestInstanceWithoutDirectories(t *testing.T) {
	w := start(t, sandbox.Options{Seed: &sandbox.Seed{Version: 1, Instance: sandbox.Instance{DirectoriesDisabled: true}}})
	c := newClient(t, w.Server)
	_, err := c.Directories(t.Context())
	if e, ok := errors.AsType[*clerkapi.Error](err); !ok || e.Status != 403 {
		t.Errorf("%v", err)
	}
	if _, err := c.Roles(t.Context()); err != nil {
		t.Errorf("the key was refused: %v", err)
	}
	other := newClient(t, start(t, sandbox.Options{}).Server)
	if all, err := other.Directories(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := other.GroupRoleMappings(t.Context(), "dir_none"); !errors.Is(err, clerkapi.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// Domains of each mode that brings people in are listed, in one request.
func TestEnrollingDomainsHaveEnterpriseSSO(t *testing.T) {
	seed := acme(t)
	for i, mode := range []string{"manual_invitation", "automatic_invitation", "automatic_suggestion", "enterprise_sso"} {
		seed.Domains = append(seed.Domains, sandbox.Domain{OrganizationID: "org_acme", Name: fmt.Sprintf("d%d.example", i), Mode: mode})
	}
	w := start(t, sandbox.Options{Seed: seed})
	domains, err := newClient(t, w.Server).EnrollingDomains(t.Context())
	if err != nil || len(domains) != 3 || domains[2].Mode != "enterprise_sso" || len(w.Requests()) != 1 {
		t.Errorf("%+v, %v", domains, err)
	}
}

// A person's life by the names that people know: the address and the slug.
func TestALifeByNames(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	w.do("POST", "/_sandbox/invitations", `{"organization":"acme","email_address":"New@corp.example"}`).ok()
	w.do("POST", "/_sandbox/invitations/new@corp.example/accept", "").ok()
	w.do("POST", "/_sandbox/sign-in", `{"user":"new@corp.example","organization":"acme"}`).ok()
	w.do("POST", "/_sandbox/users/new@corp.example/api_keys", `{"name":"ci"}`).ok()
	var p sandbox.Person
	w.do("GET", "/_sandbox/users/new@corp.example", "").ok().into(&p)
	if len(p.Memberships) != 1 || p.Memberships[0].Role != "org:member" || len(p.Sessions) != 1 || p.Sessions[0].OrganizationID != "org_acme" || len(p.APIKeys) != 1 ||
		len(p.Invitations) != 1 || p.Invitations[0].Status != "accepted" {
		t.Errorf("%+v", p)
	}
	w.do("DELETE", "/_sandbox/memberships/acme/new@corp.example", "").ok()
	w.do("GET", "/_sandbox/users/"+p.User.ID, "").ok().into(&p)
	if len(p.Memberships) != 0 || len(p.Sessions) != 1 || p.Sessions[0].Status != "active" {
		t.Errorf("after the removal %+v", p)
	}
	w.do("GET", "/_sandbox/users/bob@corp.example", "").ok().into(&p)
	if len(p.Sessions)+len(p.APIKeys)+len(p.Invitations) != 0 || len(p.Memberships) != 1 {
		t.Errorf("bob has %+v", p)
	}
}

// Rows of a seed are added to what is there, which they may refer to; if one of
// them is wrong, none is.
func TestRowsAreAdded(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	before := w.Snapshot()
	for _, wrong := range []string{`x`, `{"version":9}`, `{"version":1,"users":[{"id":"user_ada"}]}`,
		`{"version":1,"users":[{"id":"user_new"}],"memberships":[{"organization_id":"org_no","user_id":"user_new"}]}`} {
		if a := w.do("POST", "/_sandbox/state", wrong); a.status != 400 {
			t.Errorf("%s: %d %s", wrong, a.status, a.body)
		}
	}
	if after := w.Snapshot(); len(after.Users) != len(before.Users) {
		t.Errorf("%d users, had %d", len(after.Users), len(before.Users))
	}
	w.do("POST", "/_sandbox/state", `{"version":1,"users":[{"id":"user_new","email":"new@corp.example"}],"memberships":[{"organization_id":"org_acme","user_id":"user_new"}],
	  "enterprise_connections":[{"id":"entconn_x","name":"X","active":true}],"sessions":[{"user_id":"user_ada"}]}`).ok()
	after := w.Snapshot()
	if len(after.Users) != len(before.Users)+1 || len(after.Memberships) != len(before.Memberships)+1 || len(after.Connections) != 1 || w.activeSessions("user_ada") != 1 ||
		after.Instance != before.Instance || w.roleOf("org_acme", "user_ada") != "org:admin" {
		t.Errorf("%+v", after)
	}
}

func TestControlOfLifeRefuses(t *testing.T) {
	w := start(t, sandbox.Options{Seed: fighting(t)})
	w.do("POST", "/organizations/org_acme/invitations", `{"email_address":"two@corp.example","role":"org:member"}`).ok()
	w.do("POST", "/organizations/org_globex/invitations", `{"email_address":"two@corp.example","role":"org:member"}`).ok()
	for _, c := range [][3]string{
		{"POST", "sign-in", `x`}, {"POST", "sign-in", `{"user":"no@corp.example"}`}, {"POST", "sign-in", `{"user":"user_ada","organization":"no"}`},
		{"DELETE", "users/user_no/sessions", ""}, {"POST", "users/user_no/api_keys", `{}`}, {"POST", "users/user_ada/api_keys", `x`},
		{"PATCH", "memberships/acme/user_ada", `x`}, {"PATCH", "memberships/acme/user_dan", `{"role":"org:admin"}`}, {"PATCH", "memberships/acme/user_ada", `{"role":"org:no"}`},
		{"PATCH", "directories/dir_okta", `{}`}, {"PATCH", "directories/dir_no", `{"enabled":true}`}, {"PUT", "directories/dir_okta/groups/no", `{"members":[]}`},
		{"PUT", "directories/dir_okta/groups/all", `{"members":["user_no"]}`}, {"PUT", "directories/dir_okta/groups/all", `x`}, {"POST", "directories/dir_no/sync", ""},
		{"PUT", "role_sets/role_set:no/migration", `{}`}, {"PUT", "role_sets/role_set:default/migration", `{"status":"odd"}`}, {"PUT", "role_sets/role_set:default/migration", `x`},
		{"POST", "invitations/two@corp.example/accept", ""}, {"GET", "users/user_no", ""}, {"POST", "invitations", `x`},
		{"POST", "invitations", `{"organization":"no","email_address":"a@corp.example"}`}, {"POST", "invitations", `{"organization":"acme","email_address":"a"}`},
		{"POST", "invitations", `{"organization":"acme","email_address":"a@corp.example","role":"org:no"}`},
	} {
		if a := w.do(c[0], "/_sandbox/"+c[1], c[2]); a.status != 400 || !strings.Contains(a.body, `"error"`) {
			t.Errorf("%v: %d %s", c, a.status, a.body)
		}
	}
	must(t, w.SetDirectory("dir_okta", sandbox.DirectoryFlags{Enabled: new(false)}))
	if _, err := w.SyncDirectory("dir_okta"); err == nil {
		t.Error("a disabled directory was synced")
	}
}
