package sandbox_test

import (
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
)

func TestUserLists(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	for query, want := range map[string]string{
		"": "eve dan cyd bob ada",
		"order_by=%2Bcreated_at&limit=2&offset=1":                 "bob cyd",
		"order_by=first_name":                                     "dan eve ada bob cyd",
		"order_by=web3wallet&limit=1&offset=4":                    "cyd",
		"order_by=-last_active_at&limit=1":                        "cyd",
		"order_by=-updated_at&limit=1":                            "eve",
		"order_by=last_sign_in_at&limit=1":                        "ada",
		"email_address=boss@corp.example":                         "eve dan",
		"email_address=BOB@corp.example":                          "bob",
		"external_id=e1":                                          "ada",
		"external_id=%2Be1&external_id=e9":                        "ada",
		"external_id=-e1":                                         "eve dan cyd bob",
		"user_id=user_bob&user_id=user_ada":                       "bob ada",
		"username=ada&username=zed":                               "ada",
		"organization_id=org_acme":                                "cyd bob ada",
		"organization_id=-org_acme":                               "eve dan",
		"organization_id=org_globex&banned=false":                 "dan",
		"banned=true":                                             "cyd",
		"email_address=bob@corp.example&banned=true":              "",
		"last_active_at_since=1704067300000":                      "cyd",
		"last_sign_in_at_after=1":                                 "",
		"provider=oauth_google&provider_user_id=1":                "",
		"starting_after=user_dan":                                 "cyd bob ada",
		"starting_after=user_dan&limit=1":                         "cyd",
		"order_by=created_at&starting_after=user_bob":             "cyd dan eve",
		"order_by=created_at&starting_after=user_bob&banned=true": "cyd",
	} {
		if got, _ := w.get("/users?" + query).rows(); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	var count struct {
		Total int `json:"total_count"`
	}
	w.get("/users/count?organization_id=org_acme").ok().into(&count)
	if count.Total != 3 {
		t.Errorf("count is %d", count.Total)
	}
	w.get("/users/count?banned=x").refused(422, "form_param_value_invalid", "banned")
}

func TestUserListsRefuse(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	for query, parameter := range map[string]string{
		"starting_after=user_no": "starting_after", "starting_after=user_bob&offset=1": "offset",
		"starting_after=user_bob&order_by=username": "order_by", "limit=900": "limit", "order_by=x": "order_by",
		"external_id=" + strings.Repeat("&external_id=a", 0) + "a&banned=1": "banned",
	} {
		w.get("/users?"+query).refused(422, "form_param_value_invalid", parameter)
	}
	w.get("/users?provider=x").refused(422, "form_param_missing", "provider")
	w.get("/users?"+strings.Repeat("&external_id=a", 101)[1:]).refused(422, "form_param_array_size_exceeded", "external_id")
}

func TestCreateUser(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	u := w.do("POST", "/users", `{"email_address":["New@Corp.example","second@corp.example"],"email_address_identification_status":["verified","reserved"],
		"external_id":"e7","first_name":"N","username":"new","skip_password_requirement":true,"created_at":"2024-03-01T00:00:00Z","public_metadata":{"a":1}}`).row()
	if len(u.EmailAddresses) != 2 || u.EmailAddresses[0].EmailAddress != "new@corp.example" ||
		u.EmailAddresses[0].Verification.Status != "verified" || !u.EmailAddresses[1].Reserved ||
		u.EmailAddresses[1].Verification.Status != "unverified" || string(u.Public) != `{"a":1}` {
		t.Errorf("created %+v", u)
	}
	for body, want := range map[string][2]string{
		`{"email_address":["new@corp.example"]}`:                                               {"form_identifier_exists", "email_address"},
		`{"email_address":["second@corp.example"]}`:                                            {"form_identifier_exists", "email_address"},
		`{"email_address":["x@corp.example"],"external_id":"e7"}`:                              {"form_identifier_exists", "external_id"},
		`{"username":"new"}`:                                                                   {"form_identifier_exists", "username"},
		`{"email_address":["nonsense"]}`:                                                       {"form_param_format_invalid", "email_address"},
		`{"email_address":"x@corp.example"}`:                                                   {"form_param_type_invalid", "email_address"},
		`{"email_address":["x@corp.example"],"email_address_identification_status":["maybe"]}`: {"form_param_value_invalid", "email_address_identification_status"},
		`{"email_address":["x@corp.example"],"created_at":"yesterday"}`:                        {"form_param_format_invalid", "created_at"},
		`{"first_name":"Nobody"}`:                                                              {"form_data_missing", ""},
		`{"email_address":["x@corp.example"],"password_digest":"x","e_mail":"x"}`:              {"form_param_unknown", "e_mail"},
		`{"email_address":["x@corp.example"],"banned":"yes"}`:                                  {"form_param_type_invalid", "banned"},
	} {
		w.do("POST", "/users", body).refused(422, want[0], want[1])
	}
	w.do("POST", "/users", `{"first_name":"Ghost","skip_user_requirement":true}`).ok()
}

// Two users can have an address that neither has verified. The one who verifies
// it keeps it alone.
func TestUnverifiedAddresses(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	must(t, w.VerifyEmail("user_eve", "BOSS@corp.example"))
	if got, _ := w.get("/users?email_address=boss@corp.example").rows(); got != "eve" {
		t.Errorf("the address is on %q", got)
	}
	if u := w.get("/users/user_dan").row(); len(u.EmailAddresses) != 1 {
		t.Errorf("dan keeps %+v", u.EmailAddresses)
	}
	if err := w.AddEmail("user_bob", sandbox.EmailAddress{Address: "boss@corp.example"}, false); err == nil {
		t.Error("a proven address was given to another user")
	}
	must(t, w.AddEmail("user_bob", sandbox.EmailAddress{Address: "boss@corp.example", Verification: sandbox.Verification{Status: "unverified"}}, true))
	if err := w.VerifyEmail("user_bob", "boss@corp.example"); err == nil {
		t.Error("two users have proven one address")
	}
}

func TestCreateTakesUnverifiedClaims(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	w.do("POST", "/users", `{"email_address":["boss@corp.example"]}`).ok()
	if u := w.get("/users/user_eve").row(); len(u.EmailAddresses) != 0 {
		t.Errorf("eve still claims %+v", u.EmailAddresses)
	}
}

func TestUserChanges(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	w.do("PATCH", "/users/user_bob", `{"external_id":"e2","username":"bobby","last_name":null}`).ok()
	if got, _ := w.get("/users?external_id=e2&username=bobby").rows(); got != "bob" {
		t.Errorf("found %q by the new names", got)
	}
	w.do("PATCH", "/users/user_bob", `{"external_id":"e1"}`).refused(422, "form_identifier_exists", "external_id")
	w.do("PATCH", "/users/user_bob", `{"public_metadata":{}}`).refused(422, "form_param_unknown", "public_metadata")
	w.do("PATCH", "/users/user_bob", `{"primary_email_address_id":"idn_no"}`).refused(422, "form_param_value_invalid", "primary_email_address_id")
	w.do("PATCH", "/users/user_no", `{}`).refused(404, "resource_not_found", "")
	must(t, w.AddEmail("user_bob", sandbox.EmailAddress{ID: "idn_second", Address: "bob2@corp.example"}, false))
	w.do("PATCH", "/users/user_bob", `{"primary_email_address_id":"idn_second"}`).ok()
	if m, _ := w.get("/organizations/org_acme/memberships?email_address=bob@corp.example").rows(); m != "bob" {
		t.Errorf("found %q", m)
	}
	if u := w.do("PATCH", "/users/user_bob/metadata", `{"public_metadata":{"a":{"b":1}}}`).row(); string(u.Public) != `{"a":{"b":1}}` {
		t.Errorf("merged %s", u.Public)
	}
	if u := w.do("PUT", "/users/user_bob/metadata", `{"public_metadata":{"c":null}}`).row(); string(u.Public) != `{"c":null}` {
		t.Errorf("replaced by %s", u.Public)
	}
	w.do("PUT", "/users/user_bob/metadata", `{"private_metadata":null}`).refused(422, "form_param_value_invalid", "private_metadata")
	w.do("PATCH", "/users/user_no/metadata", `{}`).refused(404, "resource_not_found", "")
}

func TestBanAndDelete(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	if !w.do("POST", "/users/user_bob/ban", "").row().Banned || w.do("POST", "/users/user_bob/unban", "").row().Banned {
		t.Error("ban and unban")
	}
	if !w.do("POST", "/users/user_bob/lock", "").row().Locked || w.do("POST", "/users/user_bob/unlock", "").row().Locked {
		t.Error("lock and unlock")
	}
	if got, _ := w.do("POST", "/users/ban", `{"user_ids":["user_ada","user_bob"]}`).rows(); got != "ada bob" {
		t.Errorf("banned %q", got)
	}
	if got, _ := w.get("/organizations/org_acme/memberships?limit=1&user_id=user_bob").rows(); got != "bob" {
		t.Errorf("banned users stay members: %q", got)
	}
	w.do("POST", "/users/unban", `{"user_ids":["user_ada"]}`).ok()
	w.do("POST", "/users/ban", `{"user_ids":["user_no"]}`).refused(400, "resource_not_found", "")
	w.do("POST", "/users/ban", `{}`).refused(422, "form_param_missing", "user_ids")
	w.do("POST", "/users/user_no/ban", "").refused(404, "resource_not_found", "")
	if a := w.do("DELETE", "/users/user_ada", "").ok(); !strings.Contains(a.body, `"deleted":true`) || !strings.Contains(a.body, `"external_id":"e1"`) {
		t.Errorf("deleted %s", a.body)
	}
	if got, _ := w.get("/organizations/org_acme/memberships").rows(); got != "cyd bob" {
		t.Errorf("members after the user's deletion: %q", got)
	}
	w.get("/users/user_ada").refused(404, "resource_not_found", "")
	w.do("DELETE", "/users/user_ada", "").refused(404, "resource_not_found", "")
	managed := true
	must(t, w.SetFlags("user_bob", sandbox.Flags{SCIM: &managed}))
	w.do("DELETE", "/users/user_bob", "").refused(409, "user_managed_by_scim", "")
}

func TestUserQuota(t *testing.T) {
	seed := acme(t)
	seed.Instance.MaxUsers = 5
	w := start(t, sandbox.Options{Seed: seed})
	w.do("POST", "/users", `{"email_address":["x@corp.example"]}`).refused(403, "user_quota_exceeded", "")
}
