package sandbox_test

import "strings"

func membershipWrites(e exchange) {
	const all, bob = "/organizations/org_acme/memberships", "/organizations/org_acme/memberships/user_bob"
	const ada, scim = "/organizations/org_acme/memberships/user_ada", "/organizations/org_acme/memberships/user_scim"
	e.want(200, "", "POST", all, `{"user_id":"user_eve","role":"org:member","public_metadata":{"a":1},"private_metadata":{}}`)
	e.want(400, "already_a_member_in_organization", "POST", all, `{"user_id":"user_eve","role":"org:member"}`)
	e.want(404, "resource_not_found", "POST", all, `{"user_id":"user_dan","role":"org:none"}`)
	e.want(422, "form_param_missing", "POST", all, `{"role":"org:member"}`)
	e.want(422, "exclusive_organization_membership", "POST", "/organizations/org_only/memberships", `{"user_id":"user_dan","role":"org:member"}`)
	e.want(200, "", "POST", "/organizations/org_globex/memberships", `{"user_id":"user_bob","role":"org:member"}`)
	e.want(403, "organization_membership_quota_exceeded", "POST", "/organizations/org_globex/memberships", `{"user_id":"user_eve","role":"org:member"}`)
	e.want(200, "", "PATCH", bob, `{"role":"org:member"}`)
	e.want(404, "resource_not_found", "PATCH", bob, `{"role":"org:none"}`)
	e.want(422, "form_param_missing", "PATCH", bob, `{}`)
	e.want(400, "request_body_invalid", "PATCH", bob, `[]`)
	e.want(400, "organization_minimum_permissions_needed", "PATCH", ada, `{"role":"org:member"}`)
	e.want(409, "organization_membership_managed_by_scim", "PATCH", scim, `{"role":"org:admin"}`)
	e.want(200, "", "PATCH", bob+"/metadata", `{"private_metadata":{"a":{"b":null}}}`)
	e.want(422, "form_param_unknown", "PATCH", bob+"/metadata", `{"role":"x"}`)
	e.want(422, "form_param_exceeds_allowed_size", "PATCH", bob+"/metadata", `{"public_metadata":{"a":"`+strings.Repeat("x", 9000)+`"}}`)
	e.want(400, "organization_minimum_permissions_needed", "DELETE", ada, "")
	e.want(409, "organization_membership_managed_by_scim", "DELETE", scim, "")
	e.want(200, "", "DELETE", bob, "")
}

func organizationWrites(e exchange) {
	e.want(200, "", "POST", "/organizations", `{"name":"N","slug":"n","created_by":"user_bob","max_allowed_memberships":3,"created_at":"2024-01-01T00:00:00Z"}`)
	e.want(422, "form_identifier_exists", "POST", "/organizations", `{"name":"N","slug":"n"}`)
	e.want(404, "resource_not_found", "POST", "/organizations", `{"name":"N","created_by":"user_none"}`)
	e.want(200, "", "PATCH", "/organizations/org_acme", `{"name":"A","max_allowed_memberships":9,"admin_delete_enabled":true,"role_set_key":null}`)
	e.want(422, "form_param_unknown", "PATCH", "/organizations/org_acme", `{"public_metadata":{}}`)
	e.want(200, "", "PATCH", "/organizations/org_acme/metadata", `{"public_metadata":{"a":1}}`)
	e.want(200, "", "PUT", "/organizations/org_acme/metadata", `{"public_metadata":{"a":null}}`)
	e.want(422, "form_param_value_invalid", "PATCH", "/organizations/org_acme/metadata", `{"public_metadata":1}`)
	e.want(422, "form_param_value_invalid", "PUT", "/organizations/org_acme/metadata", `{"public_metadata":1}`)
	e.want(200, "", "DELETE", "/organizations/org_acme", "")
}

func invitationWrites(e exchange) {
	const all, one = "/organizations/org_acme/invitations", "/organizations/org_acme/invitations/orginv_one"
	e.want(200, "", "POST", all, `{"email_address":"n@corp.example","role":"org:member","inviter_user_id":"user_ada","expires_in_days":365,"notify":true,"private_metadata":{"a":1},"redirect_url":"https://x.example"}`)
	e.want(400, "organization_invitation_not_unique", "POST", all, `{"email_address":"n@corp.example","role":"org:member"}`)
	e.want(403, "authorization_invalid", "POST", all, `{"email_address":"o@corp.example","role":"org:member","inviter_user_id":"user_bob"}`)
	e.want(404, "resource_not_found", "POST", all, `{"email_address":"o@corp.example","role":"org:none"}`)
	e.want(422, "form_param_format_invalid", "POST", all, `{"email_address":"o","role":"org:member"}`)
	e.want(200, "", "POST", all+"/bulk", `[{"email_address":"b1@corp.example","role":"org:member"},{"email_address":"b2@corp.example","role":"org:admin"}]`)
	e.want(400, "request_body_invalid", "POST", all+"/bulk", `{}`)
	e.want(403, "not_a_member_in_organization", "POST", all+"/bulk", `[{"email_address":"b3@corp.example","role":"org:member","inviter_user_id":"user_dan"}]`)
	e.want(404, "resource_not_found", "POST", all+"/bulk", `[{"email_address":"b3@corp.example","role":"org:none"}]`)
	e.want(422, "form_param_missing", "POST", all+"/bulk", `[{"email_address":"b3@corp.example"}]`)
	e.want(403, "authorization_invalid", "POST", one+"/revoke", `{"requesting_user_id":"user_bob"}`)
	e.want(422, "form_param_type_invalid", "POST", one+"/revoke", `{"requesting_user_id":1}`)
	e.want(200, "", "POST", one+"/revoke", `{"requesting_user_id":"user_ada"}`)
	e.want(200, "", "POST", "/organizations/org_acme/invitations/orginv_two/revoke", "")
	e.want(404, "organization_invitation_not_pending", "POST", one+"/revoke", "")
	e.want(200, "", "GET", "/organization_invitations", "")
}

func accessWrites(e exchange) {
	const ada, moving = "/organizations/org_acme/memberships/user_dan", "/organizations/org_moving/memberships"
	e.want(200, "", "POST", "/organizations/org_acme/memberships", `{"user_id":"user_dan","role":"org:member"}`)
	e.want(409, "organization_membership_managed_by_scim", "PATCH", ada, `{"role":"org:admin"}`)
	e.want(200, "", "DELETE", ada, "")
	e.want(409, "role_migration_in_progress", "POST", moving, `{"user_id":"user_dan","role":"org:member"}`)
	e.want(404, "resource_not_found", "GET", "/organizations/org_globex/billing/subscription", "")
	e.want(200, `"revoked"`, "POST", "/sessions/sess_ada/revoke", "")
	e.want(200, `"revoked"`, "POST", "/sessions/sess_ada/revoke", "")
	e.want(422, "form_param_value_invalid", "GET", "/sessions?user_id=user_ada&status=pending", "")
	e.want(200, `"revoked":true`, "POST", "/api_keys/"+keyOfAda+"/revoke", `{"revocation_reason":"left"}`)
	for body, fine := range map[string]bool{`{}`: true, ``: false, `[]`: false, `{"x":1}`: false, `{"revocation_reason":1}`: false} {
		if fine {
			e.want(200, "", "POST", "/api_keys/"+keyOfAda+"/revoke", body)
			continue
		}
		e.want(400, "bad_request", "POST", "/api_keys/"+keyOfAda+"/revoke", body)
	}
	for _, query := range []string{"", "?subject=" + keyOwner + "&limit=101", "?subject=" + keyOwner + "&include_invalid=x", "?subject=" + keyOwner + "&offset=-1"} {
		e.want(400, "bad_request", "GET", "/api_keys"+query, "")
	}
	e.want(404, "resource_not_found", "GET", "/api_keys?subject="+nobodysKeys, "")
	seats := contractSeed(e.t)
	seats.Organizations[0].Subscription.Items[0].Seats.Quantity = new(5)
	seats.Instance.DirectoriesDisabled, seats.Instance.APIKeysDisabled = true, true
	must(e.t, e.s.Reset(seats))
	for path, body := range map[string]string{"memberships": `{"user_id":"user_dan","role":"org:member"}`, "invitations": `{"email_address":"o@corp.example","role":"org:member"}`,
		"invitations/bulk": `[{"email_address":"o@corp.example","role":"org:member"}]`} {
		e.want(402, "insufficient_seats", "POST", "/organizations/org_acme/"+path, body)
	}
	for _, path := range []string{"", "/dir_okta/group_role_mappings"} {
		e.want(403, "authorization_invalid", "GET", "/directories"+path, "")
	}
	e.want(422, "api_keys_not_enabled", "GET", "/api_keys?subject="+keyOwner, "")
	e.want(422, "api_keys_not_enabled", "POST", "/api_keys/"+keyOfAda+"/revoke", `{}`)
}

func userWrites(e exchange) {
	e.want(200, "", "POST", "/users", `{"email_address":["new@corp.example"],"external_id":"e9","first_name":"N","skip_password_requirement":true,"public_metadata":{"a":1}}`)
	e.want(422, "form_identifier_exists", "POST", "/users", `{"email_address":["new@corp.example"]}`)
	e.want(200, "", "PATCH", "/users/user_bob", `{"external_id":"e8","username":null}`)
	e.want(422, "form_identifier_exists", "PATCH", "/users/user_bob", `{"external_id":"e9"}`)
	for _, verb := range []string{"ban", "unban", "lock", "unlock"} {
		e.want(200, "", "POST", "/users/user_bob/"+verb, "")
	}
	for _, verb := range []string{"ban", "unban"} {
		e.want(200, "", "POST", "/users/"+verb, `{"user_ids":["user_bob"]}`)
		e.want(400, "resource_not_found", "POST", "/users/"+verb, `{"user_ids":["user_none"]}`)
		e.want(422, "form_param_missing", "POST", "/users/"+verb, `{}`)
	}
	e.want(200, "", "PATCH", "/users/user_bob/metadata", `{"public_metadata":{"a":{"b":null}}}`)
	e.want(200, "", "PUT", "/users/user_bob/metadata", `{"private_metadata":{"a":1}}`)
	e.want(422, "form_param_unknown", "PATCH", "/users/user_bob/metadata", `{"x":1}`)
	e.want(422, "form_param_unknown", "PUT", "/users/user_bob/metadata", `{"x":1}`)
	e.want(409, "user_managed_by_scim", "DELETE", "/users/user_scim", "")
	e.want(200, "", "DELETE", "/users/user_ada", "")
	quota := contractSeed(e.t)
	quota.Instance.MaxUsers = 1
	must(e.t, e.s.Reset(quota))
	e.want(403, "user_quota_exceeded", "POST", "/users", `{"email_address":["q@corp.example"]}`)
	quota.Instance.EmailsOff = true
	must(e.t, e.s.Reset(quota))
	for path, body := range map[string]string{"": `{"email_address":"o@corp.example","role":"org:member"}`, "/bulk": `[{"email_address":"o@corp.example","role":"org:member"}]`} {
		e.want(400, "invitations_not_supported", "POST", "/organizations/org_acme/invitations"+path, body)
	}
}
