package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
)

// examples fill in the variables of a pattern.
var examples = strings.NewReplacer(
	"{organization_id}", "org_acme", "{user_id}", "user_ada", "{invitation_id}", "orginv_one",
	"{role_set_key_or_id}", "role_set:default", "{directory_id}", "dir_okta", "{session_id}", "sess_ada",
	"{apiKeyID}", keyOfAda,
)

// Clerk's contract gives the ids of API keys and of their owners a fixed form.
const (
	keyOfAda    = "ak_00000000000000000000000000000ada"
	keyOwner    = "user_000000000000000000000000own"
	nobodysKeys = "user_00000000000000000000000none"
)

func contractSeed(t *testing.T) *sandbox.Seed {
	t.Helper()
	seed := acme(t)
	seed.Users = append(seed.Users, sandbox.User{ID: "user_scim", Email: "scim@corp.example", SCIM: true},
		sandbox.User{ID: "user_odd", EmailAddresses: []sandbox.EmailAddress{
			{Address: "r@corp.example", Reserved: true}, {Address: "f@corp.example", Verification: sandbox.Verification{Status: "failed"}},
			{Address: "x@corp.example", Verification: sandbox.Verification{Status: "expired"}},
			{Address: "t@corp.example", Verification: sandbox.Verification{Status: "transferable"}}}})
	seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: "org_acme", UserID: "user_scim", SCIM: true})
	seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_only", Exclusive: true})
	seed.Invitations = []sandbox.Invitation{
		{ID: "orginv_one", OrganizationID: "org_acme", Email: "one@corp.example", InviterID: "user_ada", ExpiresAt: 1 << 50},
		{ID: "orginv_two", OrganizationID: "org_acme", Email: "two@corp.example", ExpiresAt: 1 << 50, URL: "https://x.example"},
		{ID: "orginv_old", OrganizationID: "org_acme", Email: "old@corp.example"},
	}
	seed.Domains = []sandbox.Domain{
		{OrganizationID: "org_acme", Name: "corp.example", Mode: "automatic_invitation"},
		{OrganizationID: "org_acme", Name: "old.example", Mode: "automatic_suggestion", Unverified: true},
		{OrganizationID: "org_acme", Name: "hand.example"},
	}
	seed.Connections = []sandbox.Connection{
		{ID: "entconn_okta", Name: "Okta", OrganizationID: "org_acme", Domains: []string{"corp.example", "b.example"}, Active: true},
		{Name: "Old", Domains: []string{"old.example"}},
	}
	addAccess(seed)
	return seed
}

// addAccess adds directories, sessions, keys, a subscription and a migration. dan
// is in a mapped group.
func addAccess(seed *sandbox.Seed) {
	seed.Users = append(seed.Users, sandbox.User{ID: keyOwner, Email: "owner@corp.example"})
	seed.Directories = []sandbox.Directory{
		{ID: "dir_okta", Name: "Okta", ConnectionID: "entconn_okta", Provider: "okta", Enabled: true, MapsRoles: true,
			Groups: []sandbox.DirectoryGroup{{ID: "g1", Name: "Admins", Members: []string{"user_dan"}}, {ID: "g2", Members: []string{"user_dan", "user_eve"}}},
			Mappings: []sandbox.GroupRoleMapping{
				{GroupID: "g2", Role: "org:member", Precedence: 2}, {GroupID: "g1", Role: "org:admin", Precedence: 1}}},
		{ID: "dir_off", Groups: []sandbox.DirectoryGroup{{ID: "g1"}}},
	}
	seed.Sessions = []sandbox.Session{
		{ID: "sess_ada", UserID: "user_ada", OrganizationID: "org_acme"}, {ID: "sess_ada2", UserID: "user_ada"},
		{ID: "sess_old", UserID: "user_ada", ExpiresAt: 1}, {ID: "sess_bob", UserID: "user_bob"},
	}
	seed.APIKeys = []sandbox.APIKey{
		{ID: keyOfAda, Subject: keyOwner, Name: "deploy", Description: "ci", Scopes: []string{"read"}, CreatedBy: keyOwner, LastUsedAt: 1704067200000},
		{Subject: keyOwner, Name: "old", ExpiresAt: 1}, {Subject: "org_acme", Name: "bot"},
	}
	seed.Organizations[0].Subscription = &sandbox.Subscription{Items: []sandbox.SubscriptionItem{
		{Seats: &sandbox.ItemSeats{Quantity: new(500)}}, {Status: "upcoming", Seats: &sandbox.ItemSeats{}}, {}}}
	seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_moving", RoleSet: "role_set:old"})
	seed.RoleSets = []sandbox.RoleSet{
		{Key: "role_set:default", Name: "Default", Type: "initial", Roles: []string{"org:admin", "org:member"}, CreatorRole: "org:admin", DefaultRole: "org:member"},
		{Key: "role_set:old", Roles: []string{"org:member"}, Migration: &sandbox.RoleMigration{Destination: "role_set:default"}},
	}
}

func contractWorld(t *testing.T, o sandbox.Options) exchange {
	t.Helper()
	o.Seed = contractSeed(t)
	s, err := sandbox.New(o)
	must(t, err)
	return exchange{t, newContract(t, s.RoundTripper()), s, map[string]string{}}
}

// with keeps the contract and what it has seen, and changes world or headers.
func (e exchange) with(o sandbox.Options, headers map[string]string) exchange {
	e.t.Helper()
	o.Seed = contractSeed(e.t)
	s, err := sandbox.New(o)
	must(e.t, err)
	c := e.c
	c.next = s.RoundTripper()
	return exchange{e.t, c, s, headers}
}

func TestContract(t *testing.T) {
	e := contractWorld(t, sandbox.Options{})
	everywhere(e)
	limited(e)
	reads(e.with(sandbox.Options{}, nil))
	membershipWrites(e.with(sandbox.Options{}, nil))
	organizationWrites(e.with(sandbox.Options{}, nil))
	invitationWrites(e.with(sandbox.Options{}, nil))
	userWrites(e.with(sandbox.Options{}, nil))
	accessWrites(e.with(sandbox.Options{}, nil))
	for _, op := range sandbox.Operations() {
		if !e.c.seen[op][200] {
			t.Errorf("%s was never answered with 200", op)
		}
	}
	e.c.unused()
}

// everywhere sends each operation the requests that every operation refuses.
func everywhere(e exchange) {
	noKey := exchange{e.t, e.c, e.s, map[string]string{"Authorization": ""}}
	badKey := exchange{e.t, e.c, e.s, map[string]string{"Authorization": "Bearer sk_test_other"}}
	noVersion := exchange{e.t, e.c, e.s, map[string]string{"Clerk-API-Version": "1999-01-01"}}
	text := exchange{e.t, e.c, e.s, map[string]string{"Content-Type": "text/plain", wrong: "yes"}}
	large := exchange{e.t, e.c, e.s, map[string]string{wrong: "yes"}}
	for _, op := range sandbox.Operations() {
		method, pattern, _ := strings.Cut(op, " ")
		path := examples.Replace(pattern)
		wronged := func(x exchange) exchange { x.headers[wrong] = "yes"; return x }
		wronged(noKey).want(401, "authentication_invalid", method, path, "")
		wronged(badKey).want(401, "clerk_key_invalid", method, path, "")
		noVersion.want(400, "api_version_invalid", method, path, "")
		if method != "GET" && method != "DELETE" {
			text.want(415, "unsupported_content_type", method, path, "{}")
			large.want(413, "request_body_too_large", method, path, `"`+strings.Repeat("x", 1<<20)+`"`)
		}
	}
	off := e.with(sandbox.Options{}, map[string]string{wrong: "yes"})
	must(e.t, off.s.Reset(&sandbox.Seed{Version: 1, Instance: sandbox.Instance{OrganizationsDisabled: true}}))
	for _, op := range sandbox.Operations() {
		method, pattern, _ := strings.Cut(op, " ")
		if strings.Contains(pattern, "organization_") && pattern != "/instance/organization_settings" || strings.Contains(pattern, "role_set") || pattern == "/organizations" {
			off.want(403, "organization_not_enabled_in_instance", method, examples.Replace(pattern), "")
		}
	}
	outside := e.with(sandbox.Options{}, map[string]string{wrong: "yes"})
	must(e.t, outside.s.Reset(&sandbox.Seed{Version: 1}))
	for _, op := range sandbox.Operations() {
		method, pattern, _ := strings.Cut(op, " ")
		if strings.Contains(pattern, "{") {
			outside.want(404, "resource_not_found", method, strings.Replace(examples.Replace(pattern), "set:default", "set:none", 1), "")
		}
	}
}

// limited answers every operation with 429.
func limited(e exchange) {
	for _, op := range sandbox.Operations() {
		one := e.with(sandbox.Options{Limits: sandbox.Limits{Requests: 1, Window: time.Hour}}, map[string]string{wrong: "yes"})
		method, pattern, _ := strings.Cut(op, " ")
		one.want(200, "", "GET", "/instance", "")
		one.want(429, "too_many_requests", method, examples.Replace(pattern), "")
	}
}

func reads(e exchange) {
	for _, path := range []string{
		"/instance", "/instance/organization_settings", "/organization_memberships?order_by=%2Bcreated_at&limit=500&offset=0",
		"/organizations/org_acme/memberships?order_by=-last_name&user_id=%2Buser_ada&role=org:admin&role=org:member",
		"/organizations/org_acme/memberships?query=a&created_at_after=1&last_active_at_before=99999999999999&limit=1",
		"/users/user_ada/organization_memberships?limit=500&offset=0",
		"/organizations?include_members_count=true&include_missing_member_with_elevated_permissions=true&limit=500",
		"/organizations/acme?include_members_count=true", "/organization_roles?limit=500", "/role_sets?limit=500", "/role_sets/role_set:default",
		"/organization_invitations?status=pending&order_by=%2Bcreated_at", "/organizations/org_acme/invitations?status=pending&email_address=one@corp.example",
		"/organizations/org_acme/invitations/orginv_one", "/users?limit=500", "/users?email_address=ada@corp.example&email_address=x@y.example&limit=100",
		"/users?order_by=created_at&starting_after=user_ada&banned=false", "/users/count?external_id=e1", "/users/user_odd",
		"/organization_domains?organization_id=org_acme&verified=true&enrollment_mode=automatic_invitation,-enterprise_sso&query=corp&domains=corp.example&order_by=-name",
		"/enterprise_connections?active=true&organization_id=org_acme&limit=500", "/enterprise_connections", "/organization_domains",
		"/directories?limit=500&offset=0", "/directories/dir_okta/group_role_mappings", "/directories/dir_off/group_role_mappings",
		"/organizations/org_acme/billing/subscription", "/sessions?user_id=user_ada&status=active&limit=500&offset=0", "/sessions/sess_ada",
		"/sessions?client_id=client_ada&paginated=true", "/api_keys?subject=" + keyOwner + "&include_invalid=true&limit=100&offset=0&query=dep&type=api_key",
	} {
		e.want(200, "", "GET", path, "")
	}
	for _, path := range []string{
		"/organization_memberships", "/organizations/org_acme/memberships", "/users/user_ada/organization_memberships", "/organizations",
		"/organization_roles", "/role_sets", "/organization_invitations", "/organizations/org_acme/invitations", "/users",
		"/organization_domains", "/enterprise_connections", "/directories", "/sessions",
	} {
		e.want(422, "form_param_value_invalid", "GET", path+"?limit=0", "")
		e.want(400, "malformed_request_parameters", "GET", path+"?a=%zz", "")
	}
	e.want(422, "form_param_value_invalid", "GET", "/users/count?banned=x", "")
	e.want(422, "form_param_value_invalid", "GET", "/organizations/org_acme?include_members_count=x", "")
}
