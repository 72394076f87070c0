package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
)

func TestMembershipLists(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	const list = "/organizations/org_acme/memberships?"
	for query, want := range map[string]string{
		"":                               "cyd bob ada",
		"order_by=created_at":            "ada bob cyd",
		"order_by=%2Bcreated_at&limit=2": "ada bob",
		"order_by=%2Bcreated_at&limit=2&offset=2":    "cyd",
		"order_by=-first_name":                       "cyd bob ada",
		"order_by=last_name":                         "cyd bob ada",
		"order_by=phone_number":                      "bob cyd ada",
		"order_by=-email_address&limit=1":            "cyd",
		"order_by=username":                          "bob cyd ada",
		"user_id=user_bob":                           "bob",
		"user_id=%2Buser_bob&user_id=user_nobody":    "bob",
		"user_id=-user_bob":                          "cyd ada",
		"email_address=ADA@corp.example":             "ada",
		"phone_number=%2B15550001":                   "ada",
		"username=ada":                               "ada",
		"web3_wallet=0xabc":                          "cyd",
		"role=org:admin":                             "ada",
		"role=org:admin&role=org:member&role=org:no": "cyd bob ada",
		"role=org:member&user_id=user_ada":           "",
		"query=ZOR":                                  "ada",
		"query=user_cy":                              "cyd",
		"email_address_query=B@CORP":                 "bob",
		"name_query=bob+y":                           "bob",
		"username_query=AD":                          "ada",
		"phone_number_query=0001":                    "ada",
		"created_at_before=1704067200001":            "ada",
		"created_at_after=1704067200001":             "cyd",
		"last_active_at_after=1704067200001":         "cyd",
		"last_active_at_before=1704067200001":        "bob ada",
	} {
		if got, _ := w.get(list + query).rows(); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	if _, total := w.get(list + "limit=1&offset=7").rows(); total != 3 {
		t.Errorf("total past the end is %d, want 3", total)
	}
}

func TestInstanceWideAndUserLists(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	if got, total := w.get("/organization_memberships?order_by=%2Bcreated_at&limit=500").rows(); got != "ada bob cyd dan" || total != 4 {
		t.Errorf("instance: %s of %d", got, total)
	}
	if got, total := w.get("/users/user_dan/organization_memberships").rows(); got != "dan" || total != 1 {
		t.Errorf("user: %s of %d", got, total)
	}
	w.get("/users/user_no/organization_memberships").refused(404, "resource_not_found", "")
}

func TestListsRefuse(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	many := strings.Repeat("&user_id=user_x", 101)[1:]
	for query, parameter := range map[string]string{
		"limit=0": "limit", "limit=501": "limit", "limit=10.0": "limit", "limit=ten": "limit",
		"offset=-1": "offset", "offset=1.5": "offset", "order_by=role": "order_by",
		"created_at_before=soon": "created_at_before", "created_at_after=x": "created_at_after",
		"banned=maybe": "banned", "last_active_at_since=x": "last_active_at_since",
	} {
		w.get("/organizations/org_acme/memberships?"+query).refused(422, "form_param_value_invalid", parameter)
	}
	w.get("/organizations/org_acme/memberships?"+many).refused(422, "form_param_array_size_exceeded", "user_id")
	w.get("/users?"+strings.ReplaceAll(many, "user_id", "email_address")).refused(422, "form_param_array_size_exceeded", "email_address")
	w.get("/organizations/acme/memberships").refused(404, "resource_not_found", "")
	w.get("/organizations/org_acme/memberships?a=%zz").refused(400, "malformed_request_parameters", "")
}

// A row that is deleted between two pages makes the next page skip one, as in
// every list with offsets.
func TestOffsetsDrift(t *testing.T) {
	w := start(t, sandbox.Options{Seed: sandbox.Generate(1, 5)})
	page := func(offset int) string {
		ids, _ := w.get(fmt.Sprintf("/organizations/org_000001/memberships?order_by=%%2Bcreated_at&limit=2&offset=%d", offset)).rows()
		return ids
	}
	first := page(0)
	must(t, w.RemoveMembership("org_000001", "user_000000001"))
	if second := page(2); first != "000000001 000000002" || second != "000000004 000000005" {
		t.Errorf("pages %q and %q", first, second)
	}
}

func TestCreateMembership(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	const path = "/organizations/org_acme/memberships"
	m := w.do("POST", path, `{"user_id":"user_dan","role":"org:member","public_metadata":{"b":1,"a":{"z":null}},"private_metadata":null}`).row()
	if m.PublicUserData.Identifier != "dan@corp.example" || m.Role != "org:member" ||
		string(m.Public) != `{"a":{"z":null},"b":1}` || string(m.Private) != "{}" {
		t.Errorf("created %+v", m)
	}
	if m := w.do("POST", path, `{"user_id":"user_eve","role":"org:admin"}`).row(); m.PublicUserData.UserID != "user_eve" {
		t.Errorf("deprovisioned users can be added: %+v", m)
	}
	big := `{"k":"` + strings.Repeat("x", 8<<10) + `"}`
	for _, c := range []struct {
		body   string
		status int
		code   string
		param  string
	}{
		{`{"user_id":"user_dan","role":"org:member"}`, 400, "already_a_member_in_organization", ""},
		{`{"user_id":"user_no","role":"org:member"}`, 404, "resource_not_found", ""},
		{`{"user_id":"user_dan","role":"org:no"}`, 404, "resource_not_found", "role"},
		{`{"role":"org:member"}`, 422, "form_param_missing", "user_id"},
		{`{"user_id":7,"role":"org:member"}`, 422, "form_param_type_invalid", "user_id"},
		{`{"user_id":"user_dan","role":"org:member","x":1}`, 422, "form_param_unknown", "x"},
		{`{"user_id":"user_dan","role":"org:member","public_metadata":[]}`, 422, "form_param_value_invalid", "public_metadata"},
		{`{"user_id":"user_dan","role":"org:member","private_metadata":` + big + `}`, 422, "form_param_exceeds_allowed_size", "private_metadata"},
		{`[]`, 400, "request_body_invalid", ""},
		{`{`, 400, "request_body_invalid", ""},
		{`"` + strings.Repeat("x", 1<<20) + `"`, 413, "request_body_too_large", ""},
	} {
		w.do("POST", path, c.body).refused(c.status, c.code, c.param)
	}
	w.do("POST", "/organizations/org_no/memberships", `{}`).refused(404, "resource_not_found", "")
}

func TestSeats(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	w.do("POST", "/organizations/org_globex/invitations", `{"email_address":"new@corp.example","role":"org:member"}`).ok()
	w.do("POST", "/organizations/org_globex/memberships", `{"user_id":"user_bob","role":"org:member"}`).
		refused(403, "organization_membership_quota_exceeded", "")
	w.do("POST", "/organizations/org_globex/invitations", `{"email_address":"new2@corp.example","role":"org:member"}`).
		refused(403, "organization_membership_quota_exceeded", "")
	w.do("POST", "/organizations/org_globex/invitations/bulk", `[{"email_address":"new2@corp.example","role":"org:member"}]`).
		refused(403, "organization_membership_quota_exceeded", "")
	if o := w.get("/organizations/org_globex").row(); o.Pending != 1 {
		t.Errorf("pending invitations: %d", o.Pending)
	}
}

func TestRoleAndLastAdmin(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	const ada, bob = "/organizations/org_acme/memberships/user_ada", "/organizations/org_acme/memberships/user_bob"
	w.do("DELETE", ada, "").refused(400, "organization_minimum_permissions_needed", "")
	w.do("PATCH", ada, `{"role":"org:member"}`).refused(400, "organization_minimum_permissions_needed", "")
	w.do("PATCH", ada, `{"role":"org:admin"}`).ok()
	if m := w.do("PATCH", bob, `{"role":"org:admin"}`).row(); m.Role != "org:admin" {
		t.Errorf("role is %s", m.Role)
	}
	if m := w.do("DELETE", ada, "").row(); m.Role != "org:admin" || !strings.Contains(string(m.Private), `"b":1`) {
		t.Errorf("the answer is not the removed membership: %+v", m)
	}
	w.do("DELETE", ada, "").refused(404, "resource_not_found", "")
	w.do("PATCH", bob, `{"role":"org:no"}`).refused(404, "resource_not_found", "role")
	w.do("PATCH", bob, `{}`).refused(422, "form_param_missing", "role")
	w.do("PATCH", bob, `{"role":"org:member","public_metadata":{}}`).refused(422, "form_param_unknown", "public_metadata")
	w.do("PATCH", "/organizations/org_acme/memberships/user_no", `{"role":"org:admin"}`).refused(404, "resource_not_found", "")
	w.do("PATCH", "/organizations/org_no/memberships/user_bob", `{"role":"org:admin"}`).refused(404, "resource_not_found", "")
}

func TestMergeMetadata(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	const path = "/organizations/org_acme/memberships/user_ada/metadata"
	m := w.do("PATCH", path, `{"private_metadata":{"a":{"b":null,"d":{"e":null,"f":1}},"list":[3],"n":12345678901234567890}}`).row()
	if got, want := string(m.Private), `{"a":{"c":2,"d":{"f":1}},"list":[3],"n":12345678901234567890}`; got != want {
		t.Errorf("merged %s, want %s", got, want)
	}
	if m := w.do("PATCH", path, `{}`).row(); string(m.Public) != "{}" {
		t.Errorf("an empty patch changed %s", m.Public)
	}
	w.do("PATCH", path, `{"public_metadata":{"k":"`+strings.Repeat("x", 5000)+`"}}`).ok()
	w.do("PATCH", path, `{"public_metadata":{"l":"`+strings.Repeat("x", 5000)+`"}}`).
		refused(422, "form_param_exceeds_allowed_size", "public_metadata")
	w.do("PATCH", path, `{"public_metadata":null}`).refused(422, "form_param_value_invalid", "public_metadata")
	w.do("PATCH", path, `{"public_metadata":"x"}`).refused(422, "form_param_value_invalid", "public_metadata")
	w.do("PATCH", path, `{"role":"org:admin"}`).refused(422, "form_param_unknown", "role")
	w.do("PATCH", "/organizations/org_acme/memberships/user_dan/metadata", `{}`).refused(404, "resource_not_found", "")
}

func TestManagedAndExclusive(t *testing.T) {
	seed := acme(t)
	seed.Memberships[1].SCIM = true
	seed.Organizations[1].Exclusive = true
	seed.Organizations[1].MaxMemberships = 0
	w := start(t, sandbox.Options{Seed: seed})
	const bob = "/organizations/org_acme/memberships/user_bob"
	w.do("DELETE", bob, "").refused(409, "organization_membership_managed_by_scim", "")
	w.do("PATCH", bob, `{"role":"org:admin"}`).refused(409, "organization_membership_managed_by_scim", "")
	w.do("PATCH", bob+"/metadata", `{"public_metadata":{"a":1}}`).ok()
	w.do("POST", "/organizations/org_globex/memberships", `{"user_id":"user_bob","role":"org:member"}`).
		refused(422, "exclusive_organization_membership", "")
	w.do("POST", "/organizations/org_acme/memberships", `{"user_id":"user_dan","role":"org:member"}`).
		refused(422, "exclusive_organization_membership", "")
	w.do("POST", "/organizations/org_globex/memberships", `{"user_id":"user_eve","role":"org:member"}`).ok()
}

func TestRoleSets(t *testing.T) {
	seed := acme(t)
	seed.Roles = []sandbox.Role{
		{Key: "org:admin", CreatorEligible: true, Permissions: []string{"org:sys_memberships:manage", "org:sys_memberships:read", "org:sys_profile:delete"}},
		{Key: "org:member"},
		{Key: "org:viewer", Description: "looks", Permissions: []string{"org:reports:read"}},
	}
	seed.RoleSets = []sandbox.RoleSet{
		{Key: "role_set:small", Roles: []string{"org:admin", "org:member"}, Type: "initial", DefaultRole: "org:member"},
		{Key: "role_set:wide", Roles: []string{"org:viewer", "org:admin"}, CreatorRole: "org:admin"},
	}
	seed.Organizations[1].RoleSet = "role_set:wide"
	w := start(t, sandbox.Options{Seed: seed})
	w.do("PATCH", "/organizations/org_acme/memberships/user_bob", `{"role":"org:viewer"}`).refused(404, "resource_not_found", "role")
	w.do("POST", "/organizations/org_globex/memberships", `{"user_id":"user_bob","role":"org:viewer"}`).ok()
	for path, want := range map[string]int{
		"/organization_roles": 3, "/organization_roles?query=VIEW&order_by=name": 1, "/organization_roles?order_by=-key&limit=2": 3,
		"/role_sets": 2, "/role_sets?query=wide&order_by=key": 1, "/role_sets?order_by=name": 2,
	} {
		if _, total := w.get(path).rows(); total != want {
			t.Errorf("%s: total %d, want %d", path, total, want)
		}
	}
	if r := w.get("/role_sets/role_set:wide").row(); w.get("/role_sets/"+r.ID).row().ID != r.ID {
		t.Error("a role set is found by key and id")
	}
	w.get("/role_sets/role_set:no").refused(404, "resource_not_found", "")
	w.get("/organization_roles?order_by=x").refused(422, "form_param_value_invalid", "order_by")
	w.get("/role_sets?order_by=x").refused(422, "form_param_value_invalid", "order_by")
	r := w.request(http.MethodGet, "/organization_roles", "")
	r.Header.Set("Clerk-API-Version", "2021-02-05")
	w.send(r).refused(404, "resource_not_found", "")
}

// The seats of a subscription count members and pending invitations, and free
// themselves; a role migration refuses what gives or changes a role.
func TestS39SubscriptionSeatsAndRoleMigration(t *testing.T) {
	seed := acme(t)
	seed.Organizations[1].MaxMemberships, seed.Organizations[1].Seats = 0, 2
	w := start(t, sandbox.Options{Seed: seed})
	members, invitations := "/organizations/org_globex/memberships", "/organizations/org_globex/invitations"
	w.do("POST", invitations, `{"email_address":"new@corp.example","role":"org:member"}`).ok()
	w.do("POST", members, `{"user_id":"user_bob","role":"org:member"}`).refused(402, "insufficient_seats", "")
	w.do("POST", invitations, `{"email_address":"new2@corp.example","role":"org:member"}`).refused(402, "insufficient_seats", "")
	w.do("POST", invitations+"/bulk", `[{"email_address":"new2@corp.example","role":"org:member"}]`).refused(402, "insufficient_seats", "")

	seed = acme(t)
	seed.Organizations[0].RoleMigration = true
	w = start(t, sandbox.Options{Seed: seed})
	w.do("POST", "/organizations/org_acme/memberships", `{"user_id":"user_dan","role":"org:member"}`).refused(409, "role_migration_in_progress", "")
	w.do("PATCH", "/organizations/org_acme/memberships/user_bob", `{"role":"org:member"}`).refused(409, "role_migration_in_progress", "")
	w.do("DELETE", "/organizations/org_acme/memberships/user_bob", "").ok()
}
