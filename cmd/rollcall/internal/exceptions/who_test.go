package exceptions

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/sync/exception"
	"rollcall/sync/explain"
	"rollcall/sync/plan"
)

// One entry by its id, or one account in no source, and nobody else: an id counts
// before an address (S01), an address counts if it is verified (S03), and whoever
// cannot get anything is refused when the grant is made (S08).
func TestS01WhoIsMeant(t *testing.T) {
	entry := explain.Entry{Source: "hr", Origin: "people.csv:2", ID: "7", Email: "ann@corp.example", UserID: "user_ann"}
	account := explain.User{ID: "user_max", Verified: []string{"max@ext.example"}}
	with := func(n explain.Entry, change func(*explain.Entry)) explain.Entry { change(&n); return n }
	unread := []plan.Failure{{Source: "it", Text: "unreachable"}}
	for name, x := range map[string]struct {
		kind exception.Kind
		x    explain.Explanation
		want exception.Exception
		err  string
	}{
		"an entry": {exception.Grant, explain.Explanation{Entries: []explain.Entry{entry}},
			exception.Exception{Address: "ann@corp.example", UserID: "user_ann", Person: exception.Person{Source: "hr", ID: "7"}}, ""},
		"an entry without an id": {exception.Grant, explain.Explanation{Entries: []explain.Entry{with(entry, func(n *explain.Entry) { n.ID = "" })}},
			exception.Exception{Address: "ann@corp.example", UserID: "user_ann", Person: exception.Person{Source: "hr", ID: "ann@corp.example"}}, ""},
		"an entry without an address": {exception.Deny, explain.Explanation{Entries: []explain.Entry{with(entry, func(n *explain.Entry) { n.Email = "" })}},
			exception.Exception{Address: "7", UserID: "user_ann", Person: exception.Person{Source: "hr", ID: "7"}}, ""},
		"two entries":              {exception.Grant, explain.Explanation{Entries: []explain.Entry{entry, entry}}, exception.Exception{}, "means 2 entries: people.csv:2, people.csv:2; name one"},
		"an entry in a conflict":   {exception.Deny, explain.Explanation{Entries: []explain.Entry{with(entry, func(n *explain.Entry) { n.Trouble = "two markers" })}}, exception.Exception{}, "two markers"},
		"a disabled entry":         {exception.Grant, explain.Explanation{Entries: []explain.Entry{with(entry, func(n *explain.Entry) { n.Disabled = "locked" })}}, exception.Exception{}, "gives nothing to an entry"},
		"a disabled entry, denied": {exception.Deny, explain.Explanation{Entries: []explain.Entry{with(entry, func(n *explain.Entry) { n.Disabled = "locked" })}}, exception.Exception{Address: "ann@corp.example", UserID: "user_ann", Person: exception.Person{Source: "hr", ID: "7"}}, ""},
		"an account by its id":     {exception.Grant, explain.Explanation{Subject: "user_max", Users: []explain.User{account}}, exception.Exception{Address: "max@ext.example", UserID: "user_max"}, ""},
		"an account by an address": {exception.Grant, explain.Explanation{Subject: "Max@ext.example", Users: []explain.User{account}}, exception.Exception{Address: "max@ext.example", UserID: "user_max"}, ""},
		"an account that a grant names already": {exception.Deny, explain.Explanation{Subject: "user_max", Entries: []explain.Entry{{Source: exception.Source, ID: "user_max"}}, Users: []explain.User{account}},
			exception.Exception{Address: "max@ext.example", UserID: "user_max"}, ""},
		"an unverified address":    {exception.Grant, explain.Explanation{Subject: "max@other.example", Users: []explain.User{account}}, exception.Exception{}, "has not verified it (S03)"},
		"a Kelvin sign":            {exception.Grant, explain.Explanation{Subject: "ma\u212a@ext.example", Users: []explain.User{{ID: "user_mak", Verified: []string{"mak@ext.example"}}}}, exception.Exception{}, "(S03)"},
		"the id of a leaver":       {exception.Grant, explain.Explanation{Subject: "7", Users: []explain.User{account}}, exception.Exception{}, "no source has this id any more"},
		"two accounts":             {exception.Grant, explain.Explanation{Users: []explain.User{account, account}}, exception.Exception{}, "several accounts; name one of them by its id: user_max, user_max"},
		"a banned account":         {exception.Grant, explain.Explanation{Subject: "user_max", Users: []explain.User{{ID: "user_max", Barred: true}}}, exception.Exception{}, "(S08)"},
		"a banned account, denied": {exception.Deny, explain.Explanation{Subject: "user_max", Users: []explain.User{{ID: "user_max", Barred: true}}}, exception.Exception{Address: "user_max", UserID: "user_max"}, ""},
		"nobody":                   {exception.Grant, explain.Explanation{Subject: "nobody", SourcesRead: 2, Near: []string{"norbert", "nora"}}, exception.Exception{}, "no such person in any of the 2 sources that were read, and no account with that id or verified address; somebody new has to sign up, or be invited, first; did you mean norbert, or nora?"},
		"a grant, half read":       {exception.Grant, explain.Explanation{Entries: []explain.Entry{entry}, Failures: unread}, exception.Exception{}, "not everything could be read"},
		"a deny, half read":        {exception.Deny, explain.Explanation{Entries: []explain.Entry{entry}, Failures: unread}, exception.Exception{Address: "ann@corp.example", UserID: "user_ann", Person: exception.Person{Source: "hr", ID: "7"}}, ""},
	} {
		e := exception.Exception{Kind: x.kind}
		err := identify(&e, &x.x)
		x.want.Kind = x.kind
		switch {
		case x.err == "" && (err != nil || e != x.want):
			t.Errorf("%s: %+v, %v; want %+v", name, e, err, x.want)
		case x.err != "" && (err == nil || !strings.Contains(err.Error(), x.err)):
			t.Errorf("%s: %v, want %q", name, err, x.err)
		}
	}
	if _, ok := errors.AsType[runner.UsageError](identify(&exception.Exception{}, &explain.Explanation{})); !ok {
		t.Error("somebody who does not exist is no error of the command line")
	}
}

// Whoever confirms an exception sees the account that it is about, and no account that only
// claims the address (S03, S43).
func TestS43WhoIsDescribed(t *testing.T) {
	entry := exception.Exception{Address: "ann@corp.example", Person: exception.Person{Source: "hr", ID: "7"}}
	account := exception.Exception{Address: "max@ext.example", UserID: "user_max"}
	joined := entry
	joined.UserID = "user_ann"
	claims := explain.User{ID: "user_eve", Unverified: []string{"ann@corp.example"}}
	for name, x := range map[string]struct {
		e     exception.Exception
		users []explain.User
		want  string
	}{
		"an entry without an account": {entry, nil, "ann@corp.example: id 7 of source hr, no account in Clerk yet"},
		"a claimed address":           {entry, []explain.User{claims}, "ann@corp.example: id 7 of source hr, no account in Clerk yet"},
		"a verified address":          {entry, []explain.User{claims, {ID: "user_ann", Verified: []string{"ann@corp.example"}}}, "ann@corp.example: id 7 of source hr, account user_ann, verified: ann@corp.example"},
		"a joined account":            {joined, []explain.User{claims, {ID: "user_ann"}}, "ann@corp.example: id 7 of source hr, account user_ann, verified: no address"},
		"an account in no source":     {account, []explain.User{{ID: "user_max", Verified: []string{"max@ext.example", "m@ext.example"}}}, "max@ext.example: in no source, account user_max, verified: max@ext.example, m@ext.example"},
	} {
		if got := describe(&x.e, &explain.Explanation{Users: x.users}); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// An exception that cannot do what it is for is refused when it is made.
func TestS19WhatIsRefused(t *testing.T) {
	place := func(wanted string, reason plan.Reason) []explain.Place {
		c := plan.Change{Action: plan.Remove, State: plan.Skipped, To: "org:x"}
		if reason != 0 {
			c.Reasons = c.Reasons.With(reason)
		}
		return []explain.Place{{ID: "org_1", Roles: []string{"org:admin", "org:y"}, Wanted: wanted, Verdict: "the verdict", Changes: []plan.Change{c}}}
	}
	for name, x := range map[string]struct {
		kind   exception.Kind
		places []explain.Place
		err    string
	}{
		"a grant":                    {exception.Grant, place("org:x", 0), ""},
		"a grant without an effect":  {exception.Grant, place("", 0), "would give a@corp.example nothing: the verdict"},
		"a grant that waits":         {exception.Grant, place("org:x", plan.Paused), ""},
		"a role that does not exist": {exception.Grant, place("org:x", plan.UnknownRole), "has no role \"org:x\" (its roles: org:admin, org:y); did you mean \"org:y\"?"},
		"a role of others":           {exception.Grant, place("", plan.RoleNotInSet), "has no role \"org:x\""},
		"a deny":                     {exception.Deny, place("", 0), ""},
		"a deny of nothing":          {exception.Deny, nil, ""},
		"a deny of the protected":    {exception.Deny, place("", plan.Protected), "(S19)"},
		"a grant of the protected":   {exception.Grant, place("org:x", plan.Protected), ""},
	} {
		err := refuse(&exception.Exception{Kind: x.kind, Role: "org:x", Address: "a@corp.example"}, x.places)
		if (err == nil) != (x.err == "") || err != nil && !strings.Contains(err.Error(), x.err) {
			t.Errorf("%s: %v, want %q", name, err, x.err)
		}
	}
}

// What waits is not sent by an apply, so the plan comes first. Whoever denies somebody in
// a hurry reads how to end the membership at once, and what an approval would send too.
func TestNextIsThePlanIfTheChangeWaits(t *testing.T) {
	d := Desk{Next: "rollcall apply", Plan: "rollcall plan"}
	const wait = "rollcall plan shows how to end the wait, then rollcall apply"
	const atOnce = "\nTo end that at once: remove the membership or ban the account in Clerk now; the deny keeps them out.\nElse: " + wait
	change := func(action plan.Action, state plan.State, user string) plan.Change {
		return plan.Change{Action: action, Organization: "org_1", UserID: user, State: state, Reasons: plan.Reasons(0).With(plan.Removals)}
	}
	admin := change(plan.SetRole, plan.Held, "user_2")
	admin.Admin = plan.AdminGained
	alone := []plan.Change{change(plan.Remove, plan.Held, "user_1")}
	for name, x := range map[string]struct {
		kind    exception.Kind
		changes []plan.Change
		others  []plan.Change
		want    string
	}{
		"goes now":         {exception.Deny, []plan.Change{change(plan.Remove, plan.Ready, "user_1")}, nil, "Kept: exception 7. Next: rollcall apply"},
		"is skipped":       {exception.Deny, []plan.Change{change(plan.Remove, plan.Skipped, "user_1")}, nil, "Kept: exception 7. Next: rollcall apply"},
		"nothing to do":    {exception.Deny, nil, nil, "Kept: exception 7. Next: rollcall apply"},
		"a grant waits":    {exception.Grant, []plan.Change{change(plan.Add, plan.Held, "user_1")}, nil, "Kept: exception 7. Next: " + wait},
		"a removal waits":  {exception.Deny, alone, nil, "Kept: exception 7. The removal waits, so they are still a member of acme." + atOnce},
		"with another one": {exception.Deny, alone, []plan.Change{change(plan.Remove, plan.Held, "user_2")}, "Kept: exception 7. The removal waits, so they are still a member of acme." + atOnce + "\nThat approval also sends 1 other change that waits with it."},
		"with an admin":    {exception.Deny, alone, []plan.Change{admin}, "Kept: exception 7. The removal waits, so they are still a member of acme." + atOnce + "\nThat approval also sends 1 other change that waits with it; it makes an admin."},
	} {
		places := []explain.Place{{}, {ID: "org_1", Slug: "acme", Changes: x.changes}}
		made := &plan.Plan{Organizations: []plan.Organization{{ID: "org_1", Changes: append(slices.Clone(x.changes), x.others...)}}, Holds: []plan.Hold{plan.NewHold(plan.Removals, "org_1", "")}}
		made.Holds[0].Approval = "h"
		if got := d.next(&exception.Exception{ID: 7, Kind: x.kind}, places, made); got != x.want {
			t.Errorf("%s: %s\nwant %s", name, got, x.want)
		}
	}
}
