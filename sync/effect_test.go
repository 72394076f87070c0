package sync

import (
	"strings"
	"testing"

	"rollcall/clerkapi"
)

// The number of admins never falls below what was promised, also when the
// promotion that made room for a loss fails (S19).
func TestS19FailedPromotionKeepsTheAdmin(t *testing.T) {
	for name, x := range map[string]struct {
		fails  bool
		loses  string // what becomes of the boss by the plan
		admins string
	}{
		"removed after a promotion":             {false, "remove", "user_ann"},
		"removed, but the promotion fails":      {true, "remove", "user_boss"},
		"demoted after a promotion":             {false, "set_role", "user_ann"},
		"demoted, but the promotion fails":      {true, "set_role", "user_boss"},
		"removed, as one of two who are admins": {true, "remove of two", "user_two"},
	} {
		f := newFake("acme")
		f.user("user_ann", "ann@corp.example")
		f.user("user_boss", "boss@corp.example")
		f.user("user_two", "two@corp.example")
		f.member("acme", "user_ann", "org:member", ours("1"))
		f.member("acme", "user_boss", "org:admin", ours("2"))
		src := hr("1 ann@corp.example", "2 boss@corp.example").group("admins", 0)
		if x.loses == "set_role" {
			src.group("staff", 1)
		} else {
			src.group("staff")
		}
		if x.loses == "remove of two" {
			f.member("acme", "user_two", "org:admin", "")
		}
		s := tell(t, f, src)
		s.rule("acme", "org:admin", "admins")
		s.rule("acme", "org:member", "staff").AllowEmpty = []string{"staff"}
		if x.fails {
			f.faults["role org_acme user_ann"] = &clerkapi.Error{Status: 422, Code: "form_param_unknown"}
		}
		r := s.run(Run{Apply: true})
		var admins []string
		for _, m := range f.members["org_acme"] {
			if m.Role == "org:admin" {
				admins = append(admins, m.UserID)
			}
		}
		if got := strings.Join(admins, " "); got != x.admins {
			t.Errorf("%s: the admins are %q, want %q; %+v", name, got, x.admins, r.Outcomes)
		}
		dropped := ""
		for _, o := range r.Outcomes {
			if o.Result == Dropped {
				dropped = o.Error
			}
		}
		if want := x.fails && x.admins == "user_boss"; want != strings.Contains(dropped, "a promotion before it failed") {
			t.Errorf("%s: dropped for %q", name, dropped)
		}
	}
}

// What each answer of Clerk means for a change, and what is read again before
// anybody believes it (S32, S33).
func TestS32WhatAnAnswerMeans(t *testing.T) {
	say := func(status int, code string, attempts int) *clerkapi.Error {
		return &clerkapi.Error{Method: "POST", Status: status, Code: code, Attempts: attempts}
	}
	for name, x := range map[string]struct {
		action Action
		user   string // ann is a member with our marker, eve one without, ben none
		err    error
		unread bool
		result Result
		text   string
	}{
		"done":                              {Add, "ben", nil, false, Done, ""},
		"added by our own hand":             {Add, "ann", say(400, "already_a_member_in_organization", 2), false, Done, ""},
		"added by somebody else":            {Add, "eve", say(400, "already_a_member_in_organization", 1), false, Found, ""},
		"a member whom nobody lists":        {Add, "ben", say(400, "already_a_member_in_organization", 1), false, Failed, "does not list it; run again"},
		"a member whom nobody can read":     {Add, "ann", say(400, "already_a_member_in_organization", 2), true, Failed, "503"},
		"gone already":                      {Remove, "ben", say(404, "resource_not_found", 1), false, Found, ""},
		"gone by our own hand":              {Remove, "ben", say(404, "resource_not_found", 2), false, Done, ""},
		"a proxy that finds nothing":        {Remove, "ann", say(404, "", 1), false, Failed, "404"},
		"the last admin":                    {Remove, "ann", say(400, "organization_minimum_permissions_needed", 1), false, Dropped, ""},
		"Clerk's own directory":             {Remove, "ann", say(409, "organization_membership_managed_by_scim", 1), false, Dropped, ""},
		"exclusive":                         {Add, "ben", say(400, "exclusive_organization_membership", 1), false, Dropped, exclusiveText},
		"refused":                           {SetRole, "ann", say(422, "form_param_unknown", 1), false, Failed, "form_param_unknown"},
		"lost, and it had its effect":       {Add, "ann", say(502, "", 1), false, Done, ""},
		"lost, and it had none":             {Add, "ben", say(502, "", 1), false, Failed, "502"},
		"lost, and nobody can look":         {Add, "ann", say(502, "", 1), true, Failed, "502"},
		"a removal lost, and it was done":   {Remove, "ben", say(502, "", 1), false, Done, ""},
		"a removal lost, and it was not":    {Remove, "ann", say(502, "", 1), false, Failed, "502"},
		"a lost add of what somebody added": {Add, "eve", say(502, "", 1), false, Failed, "502"},
	} {
		f := newFake("acme")
		for _, user := range []string{"ann", "ben", "eve"} {
			f.user(user, user+"@corp.example")
		}
		f.member("acme", "ann", "org:member", ours("1"))
		f.member("acme", "eve", "org:member", "")
		if x.unread {
			f.faults["find org_acme "+x.user] = say(503, "", 1)
		}
		r := &Reconciler{clerk: f, config: Config{Owner: "rollcall"}}
		o := r.outcome(t.Context(), &Change{Action: x.action, Organization: "org_acme", UserID: x.user, Source: "hr", ID: "1", To: "org:member"}, x.err)
		if o.Result != x.result || !strings.Contains(o.Error, x.text) || x.result == Done && o.Error != "" {
			t.Errorf("%s: %s, %q", name, o.Result, o.Error)
		}
		if o.managed != (name == "Clerk's own directory") || o.outage != clerkapi.Outage(x.err) {
			t.Errorf("%s: managed %t, outage %t", name, o.managed, o.outage)
		}
	}
}
