package apply

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// posting is a Clerk that answers every invitation, sent or revoked, with err.
type posting struct {
	*fake.Clerk
	err error
}

func (c *posting) CreateInvitation(context.Context, string, clerkapi.NewInvitation) (clerkapi.Invitation, error) {
	return clerkapi.Invitation{ID: "inv_1"}, c.err
}

func (c *posting) RevokeInvitation(context.Context, string, string) (clerkapi.Invitation, error) {
	return clerkapi.Invitation{ID: "inv_1"}, c.err
}

// What became of an invitation, whatever Clerk answered: nobody gets a second
// mail because an answer was lost, and somebody else's invitation is not ours (S32).
func TestS32WhatBecomesOfAnInvitation(t *testing.T) {
	lost, full, refused := &clerkapi.Error{Method: "POST", Status: 502}, &clerkapi.Error{Status: 429, Code: "too_many_requests"}, &clerkapi.Error{Status: 422, Code: "form_param_format_invalid"}
	already, gone, missing := &clerkapi.Error{Status: 400, Code: "duplicate_record"}, &clerkapi.Error{Status: 400, Code: "organization_invitation_not_pending"}, &clerkapi.Error{Status: 404, Code: "resource_not_found"}
	again := *gone
	again.Attempts = 2
	own := clerkapi.Invitation{ID: "inv_1", OrganizationID: "org_acme", Email: "New@corp.example", Private: json.RawMessage(fake.Ours("1"))}
	another, elsewhere := own, own
	another.Private, another.ID = json.RawMessage(`{}`), "inv_2"
	elsewhere.OrganizationID = "org_beta"
	for name, x := range map[string]struct {
		action  plan.Action
		err     error
		pending []clerkapi.Invitation
		unread  bool
		result  Result
		text    string // the error; * for any
	}{
		"sent":                             {plan.Invite, nil, nil, false, Done, ""},
		"the hour is full":                 {plan.Invite, full, nil, false, Dropped, HourlyQuota.String()},
		"no turn in time":                  {plan.Invite, context.DeadlineExceeded, nil, false, Dropped, HourlyQuota.String()},
		"refused":                          {plan.Invite, refused, nil, false, Failed, "*"},
		"lost, and it was sent":            {plan.Invite, lost, []clerkapi.Invitation{another, own}, false, Done, ""},
		"lost, and it was not":             {plan.Invite, lost, nil, false, Failed, "*"},
		"lost, and one is by hand":         {plan.Invite, lost, []clerkapi.Invitation{another}, false, Failed, "*"},
		"lost, and one is elsewhere":       {plan.Invite, lost, []clerkapi.Invitation{elsewhere}, false, Failed, "*"},
		"lost, and nobody can look":        {plan.Invite, lost, []clerkapi.Invitation{own}, true, Failed, "*"},
		"invited by hand":                  {plan.Invite, already, []clerkapi.Invitation{another}, false, Found, "somebody else has invited this address, so rollcall does not manage the invitation"},
		"invited by an answer before":      {plan.Invite, already, []clerkapi.Invitation{own}, false, Done, ""},
		"revoked":                          {plan.RevokeInvitation, nil, nil, false, Done, ""},
		"accepted meanwhile":               {plan.RevokeInvitation, gone, nil, false, Found, ""},
		"not pending, by an answer before": {plan.RevokeInvitation, &again, nil, false, Done, ""},
		"nobody knows it":                  {plan.RevokeInvitation, missing, []clerkapi.Invitation{another}, false, Found, ""},
		"not found, and it is pending":     {plan.RevokeInvitation, missing, []clerkapi.Invitation{another, own}, false, Failed, "*"},
		"not found, and nobody can look":   {plan.RevokeInvitation, missing, nil, true, Failed, "*"},
		"lost, and it was revoked":         {plan.RevokeInvitation, lost, []clerkapi.Invitation{another}, false, Done, ""},
		"lost, and it was not revoked":     {plan.RevokeInvitation, lost, []clerkapi.Invitation{own}, false, Failed, "*"},
		"revoking is refused":              {plan.RevokeInvitation, refused, nil, false, Failed, "*"},
	} {
		f := &posting{fake.NewClerk("acme"), x.err}
		if f.Pending = x.pending; x.unread {
			f.Faults["pending * *"] = errors.New("no answer")
		}
		r := &Sender{Clerk: f, Config: policy.Config{Owner: "rollcall"}}
		c := &plan.Change{Action: x.action, Organization: "org_acme", Email: "new@corp.example", InvitationID: "inv_1", Source: "hr", ID: "1", To: "org:member"}
		o := r.sendInvitation(t.Context(), c)
		if o.Result != x.result || o.Error != x.text && (x.text != "*" || o.Error == "") {
			t.Errorf("%s: %s, %q", name, o.Result, o.Error)
		}
		if got := o.Invitation != nil; got != (x.result == Done && (x.action == plan.Invite || x.err == nil)) || got && o.Invitation.ID != "inv_1" {
			t.Errorf("%s: the invitation %+v", name, o.Invitation)
		}
		if (o.Refused != "") != (name == "refused") {
			t.Errorf("%s: refused for %q", name, o.Refused)
		}
	}
}
