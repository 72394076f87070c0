package sync

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"rollcall/clerkapi"
)

// posting is a Clerk that answers every invitation, sent or revoked, with err.
type posting struct {
	*fakeClerk
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
	own := clerkapi.Invitation{ID: "inv_1", OrganizationID: "org_acme", Email: "New@corp.example", Private: json.RawMessage(ours("1"))}
	another, elsewhere := own, own
	another.Private, another.ID = json.RawMessage(`{}`), "inv_2"
	elsewhere.OrganizationID = "org_beta"
	for name, x := range map[string]struct {
		action  Action
		err     error
		pending []clerkapi.Invitation
		unread  bool
		result  Result
		text    string // the error; * for any
	}{
		"sent":                             {Invite, nil, nil, false, Done, ""},
		"the hour is full":                 {Invite, full, nil, false, Dropped, hourIsFull},
		"no turn in time":                  {Invite, context.DeadlineExceeded, nil, false, Dropped, hourIsFull},
		"refused":                          {Invite, refused, nil, false, Failed, "*"},
		"lost, and it was sent":            {Invite, lost, []clerkapi.Invitation{another, own}, false, Done, ""},
		"lost, and it was not":             {Invite, lost, nil, false, Failed, "*"},
		"lost, and one is by hand":         {Invite, lost, []clerkapi.Invitation{another}, false, Failed, "*"},
		"lost, and one is elsewhere":       {Invite, lost, []clerkapi.Invitation{elsewhere}, false, Failed, "*"},
		"lost, and nobody can look":        {Invite, lost, []clerkapi.Invitation{own}, true, Failed, "*"},
		"invited by hand":                  {Invite, already, []clerkapi.Invitation{another}, false, Found, "somebody else has invited the address; that invitation is not ours"},
		"invited by an answer before":      {Invite, already, []clerkapi.Invitation{own}, false, Done, ""},
		"revoked":                          {RevokeInvitation, nil, nil, false, Done, ""},
		"accepted meanwhile":               {RevokeInvitation, gone, nil, false, Found, ""},
		"not pending, by an answer before": {RevokeInvitation, &again, nil, false, Done, ""},
		"nobody knows it":                  {RevokeInvitation, missing, nil, false, Found, ""},
		"lost, and it was revoked":         {RevokeInvitation, lost, []clerkapi.Invitation{another}, false, Done, ""},
		"lost, and it was not revoked":     {RevokeInvitation, lost, []clerkapi.Invitation{own}, false, Failed, "*"},
		"revoking is refused":              {RevokeInvitation, refused, nil, false, Failed, "*"},
	} {
		f := &posting{newFake("acme"), x.err}
		if f.pending = x.pending; x.unread {
			f.faults["pending * *"] = errors.New("no answer")
		}
		r := &Reconciler{clerk: f, config: Config{Owner: "rollcall"}}
		c := &Change{Action: x.action, Organization: "org_acme", Email: "new@corp.example", InvitationID: "inv_1", Source: "hr", ID: "1", To: "org:member"}
		o := r.sendInvitation(t.Context(), c)
		if o.Result != x.result || o.Error != x.text && (x.text != "*" || o.Error == "") {
			t.Errorf("%s: %s, %q", name, o.Result, o.Error)
		}
		if got := o.invitation != nil; got != (x.result == Done && (x.action == Invite || x.err == nil)) || got && o.invitation.ID != "inv_1" {
			t.Errorf("%s: the invitation %+v", name, o.invitation)
		}
		if (o.refused != "") != (name == "refused") {
			t.Errorf("%s: refused for %q", name, o.refused)
		}
	}
}
