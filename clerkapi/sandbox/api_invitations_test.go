package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
)

const invitePath = "/organizations/org_acme/invitations"

func TestCreateInvitation(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	a := w.do("POST", invitePath, `{"email_address":"New@corp.example","role":"org:member","inviter_user_id":"user_ada","expires_in_days":2,"notify":false,
		"redirect_url":"https://x.example","public_metadata":{"p":1},"private_metadata":{"q":2}}`).ok()
	for _, part := range []string{`"status":"pending"`, `"email_address":"new@corp.example"`, `"identifier":"ada@corp.example"`, `"url":"https://`} {
		if !strings.Contains(a.body, part) {
			t.Errorf("%s is not in %s", part, a.body)
		}
	}
	for _, c := range []struct {
		body, code, param string
		status            int
	}{
		{`{"email_address":"new@corp.example","role":"org:member"}`, "organization_invitation_not_unique", "", 400},
		{`{"email_address":"bob@corp.example","role":"org:member"}`, "already_a_member_in_organization", "", 400},
		{`{"email_address":"nonsense","role":"org:member"}`, "form_param_format_invalid", "email_address", 422},
		{`{"role":"org:member"}`, "form_param_missing", "email_address", 422},
		{`{"email_address":"x@corp.example","role":"org:no"}`, "resource_not_found", "role", 404},
		{`{"email_address":"x@corp.example","role":"org:member","expires_in_days":366}`, "form_param_value_invalid", "expires_in_days", 422},
		{`{"email_address":"x@corp.example","role":"org:member","expires_in_days":0}`, "form_param_value_invalid", "expires_in_days", 422},
		{`{"email_address":"x@corp.example","role":"org:member","to":"x"}`, "form_param_unknown", "to", 422},
		{`{"email_address":"x@corp.example","role":"org:member","inviter_user_id":"user_no"}`, "resource_not_found", "", 404},
		{`{"email_address":"x@corp.example","role":"org:member","inviter_user_id":"user_dan"}`, "not_a_member_in_organization", "", 403},
		{`{"email_address":"x@corp.example","role":"org:member","inviter_user_id":"user_bob"}`, "authorization_invalid", "", 403},
	} {
		w.do("POST", invitePath, c.body).refused(c.status, c.code, c.param)
	}
	// An address that a member has not verified is not a member's address.
	w.do("POST", "/organizations/org_globex/invitations", `{"email_address":"boss@corp.example","role":"org:member"}`).ok()
}

func TestInvitationLists(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	for _, a := range []string{"b", "a", "c"} {
		w.do("POST", invitePath, fmt.Sprintf(`{"email_address":"%s@corp.example","role":"org:member"}`, a)).ok()
	}
	ids, total := w.get(invitePath + "?order_by=%2Bemail_address").rows()
	one := strings.Fields(ids)
	if total != 3 || len(one) != 3 {
		t.Fatalf("listed %q of %d", ids, total)
	}
	w.do("POST", invitePath+"/"+one[0]+"/revoke", "").ok()
	for path, want := range map[string]string{
		invitePath + "?status=revoked":                                 one[0],
		invitePath + "?status=pending&order_by=email_address":          one[1] + " " + one[2],
		invitePath + "?email_address=C@corp.example":                   one[2],
		invitePath + "?status=revoked&status=pending&limit=1":          one[2],
		"/organization_invitations?query=B@corp":                       one[1],
		"/organization_invitations?status=accepted":                    "",
		"/organization_invitations?order_by=-email_address&limit=1":    one[2],
		"/organization_invitations?status=pending&order_by=created_at": one[1] + " " + one[2],
	} {
		if got, _ := w.get(path).rows(); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if b := w.get("/organization_invitations?limit=1").ok().body; !strings.Contains(b, `"public_organization_data":{"id":"org_acme"`) {
		t.Error(b)
	}
	w.get("/organization_invitations?status=x").refused(422, "form_param_value_invalid", "status")
	w.get("/organization_invitations?order_by=x").refused(422, "form_param_value_invalid", "order_by")
	if i := w.get(invitePath + "/" + one[0]).row(); i.Status != "revoked" {
		t.Errorf("status %s", i.Status)
	}
}

func TestRevokeInvitation(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	id := w.do("POST", invitePath, `{"email_address":"a@corp.example","role":"org:member"}`).row().ID
	path := invitePath + "/" + id + "/revoke"
	w.do("POST", path, `{"requesting_user_id":"user_bob"}`).refused(403, "authorization_invalid", "")
	w.do("POST", path, `{"requesting_user_id":7}`).refused(422, "form_param_type_invalid", "requesting_user_id")
	w.do("POST", path, `{"requesting_user_id":"user_ada"}`).ok()
	w.do("POST", path, "").refused(404, "organization_invitation_not_pending", "")
	w.do("POST", invitePath+"/orginv_no/revoke", "").refused(404, "resource_not_found", "")
	w.do("POST", "/organizations/org_globex/invitations/"+id+"/revoke", "").refused(404, "resource_not_found", "")
	w.do("POST", invitePath, `{"email_address":"a@corp.example","role":"org:member"}`).ok()
}

func TestBulkInvitations(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	body := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`{"email_address":"p%d@corp.example","role":"org:member"}`, i))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	const path = invitePath + "/bulk"
	w.do("POST", path, body(11)).refused(400, "bulk_size_exceeded", "")
	w.do("POST", path, "[]").refused(400, "request_body_invalid", "")
	w.do("POST", path, "{}").refused(400, "request_body_invalid", "")
	w.do("POST", path, "[1]").refused(400, "request_body_invalid", "")
	w.do("POST", path, `[{"email_address":"a@corp.example","role":"org:member"},{"email_address":"A@corp.example","role":"org:member"}]`).
		refused(400, "organization_invitation_not_unique", "")
	w.do("POST", path, `[{"email_address":"a@corp.example","role":"org:member"},{"email_address":"b@corp.example"}]`).
		refused(422, "form_param_missing", "role")
	if _, total := w.get(invitePath).rows(); total != 0 {
		t.Errorf("a refused bulk left %d invitations", total)
	}
	if _, total := w.do("POST", path, body(10)).rows(); total != 10 {
		t.Errorf("invited %d", total)
	}
}

func TestAcceptInvitation(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	invite := func(email string) string {
		return w.do("POST", invitePath, `{"email_address":"`+email+`","role":"org:admin","public_metadata":{"p":1},"private_metadata":{"q":2}}`).row().ID
	}
	fresh := invite("fresh@corp.example")
	id, err := w.AcceptInvitation(fresh, "")
	must(t, err)
	var list struct{ Data []row }
	w.get("/organizations/org_acme/memberships?user_id=" + id).ok().into(&list)
	if m := list.Data[0]; m.Role != "org:admin" || string(m.Public) != `{"p":1}` || string(m.Private) != `{"q":2}` {
		t.Errorf("the membership is %+v", m)
	}
	if i := w.get(invitePath + "/" + fresh).row(); i.Status != "accepted" {
		t.Errorf("the invitation is %s", i.Status)
	}
	if _, err := w.AcceptInvitation(fresh, ""); err == nil {
		t.Error("accepted twice")
	}
	boss := invite("boss@corp.example")
	if _, err := w.AcceptInvitation(boss, "user_no"); err == nil {
		t.Error("nobody accepted")
	}
	if _, err := w.AcceptInvitation(boss, "user_bob"); err == nil {
		t.Error("a member accepted")
	}
	if _, err = w.AcceptInvitation(boss, "user_eve"); err != nil {
		t.Error(err)
	}
	if u := w.get("/users/user_dan").row(); len(u.EmailAddresses) != 1 {
		t.Errorf("dan still claims what eve has proven: %+v", u.EmailAddresses)
	}
	ada := invite("other@corp.example")
	must(t, w.AddEmail("user_ada", sandbox.EmailAddress{Address: "other@corp.example"}, false))
	if _, err = w.AcceptInvitation(ada, "user_dan"); err == nil {
		t.Error("dan accepted with an address that is ada's")
	}
	dan, err := w.AcceptInvitation(invite("dan@corp.example"), "")
	if err != nil || dan != "user_dan" {
		t.Errorf("%s accepted, %v", dan, err)
	}
}

func TestInvitationsExpire(t *testing.T) {
	w := start(t, sandbox.Options{Seed: acme(t)})
	id := w.do("POST", "/organizations/org_globex/invitations", `{"email_address":"a@corp.example","role":"org:member","expires_in_days":1}`).row().ID
	w.MoveClock(25 * time.Hour)
	if i := w.get("/organizations/org_globex/invitations/" + id).row(); i.Status != "expired" {
		t.Errorf("status %s", i.Status)
	}
	w.do("POST", "/organizations/org_globex/invitations/"+id+"/revoke", "").refused(404, "organization_invitation_not_pending", "")
	w.do("POST", "/organizations/org_globex/memberships", `{"user_id":"user_bob","role":"org:member"}`).ok()
	if _, err := w.AcceptInvitation(id, ""); err == nil {
		t.Error("an expired invitation was accepted")
	}
}
