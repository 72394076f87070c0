package sandbox_test

import (
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
)

func TestOrganizationLists(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	for query, want := range map[string]string{
		"":                             "org_globex org_acme",
		"order_by=name":                "org_acme org_globex",
		"order_by=-members_count":      "org_acme org_globex",
		"order_by=members_count":       "org_globex org_acme",
		"query=ACM":                    "org_acme",
		"query=org_globex":             "org_globex",
		"organization_id=org_acme":     "org_acme",
		"organization_id=-org_acme":    "org_globex",
		"user_id=user_dan":             "org_globex",
		"user_id=-user_dan":            "org_acme",
		"limit=1&offset=1":             "org_acme",
		"user_id=user_ada&query=globe": "",
	} {
		if got, _ := w.get("/organizations?" + query).rows(); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	for query, parameter := range map[string]string{
		"order_by=slug": "order_by", "include_members_count=1": "include_members_count",
		"include_missing_member_with_elevated_permissions=x": "include_missing_member_with_elevated_permissions", "limit=0": "limit",
	} {
		w.get("/organizations?"+query).refused(422, "form_param_value_invalid", parameter)
	}
	many := strings.Repeat("&organization_id=o", 101)[1:]
	w.get("/organizations?"+many).refused(422, "form_param_array_size_exceeded", "organization_id")
	w.get("/organizations?"+strings.ReplaceAll(many, "organization_id", "user_id")).refused(422, "form_param_array_size_exceeded", "user_id")
}

func TestGetOrganization(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	if o := w.get("/organizations/acme").row(); o.ID != "org_acme" || o.Members != nil || o.Missing != nil {
		t.Errorf("by slug: %+v", o)
	}
	const asked = "?include_members_count=true&include_missing_member_with_elevated_permissions=true"
	if o := w.get("/organizations/org_acme" + asked).row(); *o.Members != 3 || *o.Missing {
		t.Errorf("members %d, missing %t", *o.Members, *o.Missing)
	}
	must(t, w.RemoveMembership("org_acme", "user_ada"))
	if o := w.get("/organizations/org_acme" + asked).row(); *o.Members != 2 || !*o.Missing {
		t.Errorf("members %d, missing %t", *o.Members, *o.Missing)
	}
	w.get("/organizations/nope").refused(404, "resource_not_found", "")
	w.get("/organizations/acme?include_members_count=x").refused(422, "form_param_value_invalid", "include_members_count")
}

func TestOrganizationChanges(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	o := w.do("POST", "/organizations", `{"name":"New","slug":"new","created_by":"user_bob","public_metadata":{"a":1},"created_at":"2024-01-01T00:00:00Z"}`).row()
	if got, _ := w.get("/organizations/" + o.ID + "/memberships?role=org:admin").rows(); got != "bob" {
		t.Errorf("the creator is not the administrator: %q", got)
	}
	if !strings.Contains(w.get("/organizations/"+o.ID).body, `"max_allowed_memberships":5`) {
		t.Error("a new organization has five seats")
	}
	w.do("PATCH", "/organizations/"+o.ID, `{"name":"Newer","slug":"newer","max_allowed_memberships":0,"admin_delete_enabled":false,"role_set_key":"role_set:default","created_at":"2025-01-01T00:00:00Z"}`).ok()
	if got := w.get("/organizations/newer").row(); got.ID != o.ID {
		t.Errorf("by the new slug: %+v", got)
	}
	w.get("/organizations/new").refused(404, "resource_not_found", "")
	for body, want := range map[string][2]string{
		`{"slug":"acme"}`:                  {"form_identifier_exists", "slug"},
		`{"slug":"A b"}`:                   {"form_param_format_invalid", "slug"},
		`{"public_metadata":{}}`:           {"form_param_unknown", "public_metadata"},
		`{"name":"see https://x.example"}`: {"form_param_value_invalid", "name"},
		`{"max_allowed_memberships":-1}`:   {"form_param_value_invalid", "max_allowed_memberships"},
	} {
		w.do("PATCH", "/organizations/"+o.ID, body).refused(422, want[0], want[1])
	}
	w.do("PATCH", "/organizations/"+o.ID, `{"role_set_key":"role_set:no"}`).refused(404, "resource_not_found", "")
	w.do("POST", "/organizations", `{}`).refused(422, "form_param_missing", "name")
	w.do("POST", "/organizations", `{"name":"X","created_by":"user_no"}`).refused(404, "resource_not_found", "")
	if o := w.do("PATCH", "/organizations/org_acme/metadata", `{"private_metadata":{"a":{"b":1}}}`).row(); string(o.Private) != `{"a":{"b":1}}` {
		t.Errorf("merged %s", o.Private)
	}
	if o := w.do("PUT", "/organizations/org_acme/metadata", `{"private_metadata":{}}`).row(); string(o.Private) != `{}` {
		t.Errorf("replaced by %s", o.Private)
	}
}

func TestOlderVersionTakesOrganizationMetadata(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	r := w.request("PATCH", "/organizations/org_acme", `{"public_metadata":{"a":1}}`)
	r.Header.Set("Clerk-API-Version", "2025-11-10")
	if o := w.send(r).row(); string(o.Public) != `{"a":1}` {
		t.Errorf("merged %s", o.Public)
	}
}

func TestDeleteOrganization(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	i := w.do("POST", "/organizations/org_acme/invitations", `{"email_address":"new@corp.example","role":"org:member"}`).row()
	w.do("DELETE", "/organizations/org_acme", "").ok()
	w.get("/organizations/acme").refused(404, "resource_not_found", "")
	if got, total := w.get("/organization_memberships").rows(); got != "dan" || total != 1 {
		t.Errorf("memberships left: %q", got)
	}
	if _, total := w.get("/organization_invitations").rows(); total != 0 {
		t.Errorf("invitation %s is left", i.ID)
	}
	for _, path := range []string{"", "/memberships", "/invitations", "/invitations/orginv_1"} {
		method := "GET"
		if path == "" {
			method = "DELETE"
		}
		w.do(method, "/organizations/org_acme"+path, "").refused(404, "resource_not_found", "")
	}
	for _, path := range []string{"/metadata", ""} {
		w.do("PATCH", "/organizations/org_acme"+path, `{}`).refused(404, "resource_not_found", "")
	}
}

func TestInstance(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t), SecretKey: "sk_live_x"})
	if b := w.get("/instance").ok().body; !strings.Contains(b, `"environment_type":"production"`) {
		t.Error(b)
	}
	if b := w.get("/instance/organization_settings").ok().body; !strings.Contains(b, `"enabled":true`) || !strings.Contains(b, `"max_allowed_memberships":5`) {
		t.Error(b)
	}
}

func TestFeaturesTurnedOff(t *testing.T) {
	seats := 0
	seed := acme(t)
	seed.Instance = sandbox.Instance{SlugsOff: true, EmailsOff: true, MaxMemberships: &seats, Environment: "production"}
	w := start(t, sandbox.Options{Seed: seed})
	w.get("/organizations/acme").refused(404, "resource_not_found", "")
	w.do("PATCH", "/organizations/org_acme", `{"slug":"x"}`).refused(422, "form_param_unknown", "slug")
	w.do("POST", "/organizations/org_acme/invitations", `{"email_address":"x@corp.example","role":"org:member"}`).refused(400, "invitations_not_supported", "")
	must(t, w.Reset(&sandbox.Seed{Version: 1, Instance: sandbox.Instance{OrganizationsDisabled: true}}))
	w.get("/organizations").refused(403, "organization_not_enabled_in_instance", "")
	w.get("/users").ok()
	w.get("/instance/organization_settings").ok()
}
