package apply

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// What each answer of Clerk means for a change, and what is read again before
// anybody believes it (S32, S33).
func TestS32WhatAnAnswerMeans(t *testing.T) {
	say := func(status int, code string, attempts int) *clerkapi.Error {
		return &clerkapi.Error{Method: "POST", Status: status, Code: code, Attempts: attempts}
	}
	for name, x := range map[string]struct {
		action plan.Action
		user   string // ann is a member with our marker, eve one without, ben none
		err    error
		unread bool
		result Result
		text   string
	}{
		"done":                              {plan.Add, "ben", nil, false, Done, ""},
		"added by our own hand":             {plan.Add, "ann", say(400, "already_a_member_in_organization", 2), false, Done, ""},
		"added by somebody else":            {plan.Add, "eve", say(400, "already_a_member_in_organization", 1), false, Found, ""},
		"a member whom nobody lists":        {plan.Add, "ben", say(400, "already_a_member_in_organization", 1), false, Failed, "does not list it; run again"},
		"a member whom nobody can read":     {plan.Add, "ann", say(400, "already_a_member_in_organization", 2), true, Failed, "503"},
		"gone already":                      {plan.Remove, "ben", say(404, "resource_not_found", 1), false, Found, ""},
		"gone by our own hand":              {plan.Remove, "ben", say(404, "resource_not_found", 2), false, Done, ""},
		"a proxy that finds nothing":        {plan.Remove, "ann", say(404, "", 1), false, Failed, "404"},
		"the last admin":                    {plan.Remove, "ann", say(400, "organization_minimum_permissions_needed", 1), false, Dropped, ""},
		"Clerk's own directory":             {plan.Remove, "ann", say(409, "organization_membership_managed_by_scim", 1), false, Dropped, ""},
		"exclusive":                         {plan.Add, "ben", say(400, "exclusive_organization_membership", 1), false, Dropped, OtherMembership.String()},
		"refused":                           {plan.SetRole, "ann", say(422, "form_param_unknown", 1), false, Failed, "form_param_unknown"},
		"lost, and it had its effect":       {plan.Add, "ann", say(502, "", 1), false, Done, ""},
		"lost, and it had none":             {plan.Add, "ben", say(502, "", 1), false, Failed, "502"},
		"lost, and nobody can look":         {plan.Add, "ann", say(502, "", 1), true, Failed, "502"},
		"a removal lost, and it was done":   {plan.Remove, "ben", say(502, "", 1), false, Done, ""},
		"a removal lost, and it was not":    {plan.Remove, "ann", say(502, "", 1), false, Failed, "502"},
		"a lost add of what somebody added": {plan.Add, "eve", say(502, "", 1), false, Failed, "502"},
	} {
		f := fake.NewClerk("acme")
		for _, user := range []string{"ann", "ben", "eve"} {
			f.User(user, user+"@corp.example")
		}
		f.Member("acme", "ann", "org:member", fake.Ours("1"))
		f.Member("acme", "eve", "org:member", "")
		if x.unread {
			f.Faults["find org_acme "+x.user] = say(503, "", 1)
		}
		r := &Sender{Clerk: f, Config: policy.Config{Owner: "rollcall"}}
		o := r.outcomeOf(t.Context(), &plan.Change{Action: x.action, Organization: "org_acme", UserID: x.user, Source: "hr", ID: "1", To: "org:member"}, x.err)
		if o.Result != x.result || !strings.Contains(o.Error, x.text) || x.result == Done && o.Error != "" {
			t.Errorf("%s: %s, %q", name, o.Result, o.Error)
		}
		if o.Managed != (name == "Clerk's own directory") || o.outage != clerkapi.Outage(x.err) {
			t.Errorf("%s: managed %t, outage %t", name, o.Managed, o.outage)
		}
	}
}

// An add that meets a membership of an earlier run, which a stale list did not show, has
// not given the role: the next run does, and nobody seems to have taken it (S30).
func TestS30AnAddMeetsAnOlderRole(t *testing.T) {
	f := fake.NewClerk("acme")
	f.User("ann", "ann@corp.example")
	f.Member("acme", "ann", "org:member", fake.Ours("1"))
	r := &Sender{Clerk: f, Config: policy.Config{Owner: "rollcall"}}
	already := &clerkapi.Error{Method: "POST", Status: 400, Code: "already_a_member_in_organization", Attempts: 1}
	for name, x := range map[string]struct {
		to     string
		err    error
		result Result
	}{
		"a lesser role":                    {"org:admin", already, Found},
		"the same role":                    {"org:member", already, Done},
		"a lesser role, and a lost answer": {"org:admin", &clerkapi.Error{Method: "POST", Status: 502, Attempts: 1}, Failed},
		"the same role, and a lost answer": {"org:member", &clerkapi.Error{Method: "POST", Status: 502, Attempts: 1}, Done},
	} {
		o := r.outcomeOf(t.Context(), &plan.Change{Action: plan.Add, Organization: "org_acme", UserID: "ann", Source: "hr", ID: "1", To: x.to}, x.err)
		if o.Result != x.result || (o.Result == Done) != (o.Error == "") {
			t.Errorf("%s: %s, %q", name, o.Result, o.Error)
		}
	}
}

func TestUnbuiltActionsFailAlone(t *testing.T) {
	f := fake.NewClerk("acme")
	f.User("u-new", "new@corp.example")
	r := &Sender{Clerk: f, Config: policy.DefaultConfig(), Log: zap.NewNop(), ChangeLog: zap.NewNop(), Now: time.Now, FinishIn: FinishIn}
	for _, a := range []plan.Action{plan.Invite, plan.CreateUser, plan.RevokeInvitation, 0} {
		if o := r.call(t.Context(), &plan.Change{Action: a}); o.Result != Failed || o.Error == "" {
			t.Errorf("%s: %+v", a, o)
		}
	}
}
