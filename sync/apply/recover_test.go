package apply

import (
	"errors"
	"testing"
	"time"

	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// What a run that was cut off had in hand is looked up in Clerk, change by
// change; where nobody answers, nothing is written down (S32).
func TestS32WhatBecameOfEachIntent(t *testing.T) {
	f := fake.NewClerk("acme")
	f.User("user_ann", "ann@corp.example")
	f.Member("acme", "user_ann", "org:member", fake.Ours("1")).Public = []byte(`{"dept":"IT"}`)
	f.User("user_old", "old@corp.example")
	f.Member("acme", "user_old", "org:member", fake.Ours("1")).CreatedAt = time.Unix(0, 0).UnixMilli() + 1
	f.User("user_new", "new@corp.example")
	f.Member("acme", "user_new", "org:member", fake.Ours("1")).CreatedAt = time.Unix(3600-299, 0).UnixMilli()
	f.User("user_ben", "ben@corp.example")
	entry := func(a plan.Action, user, email string, change ...func(*journal.Change)) journal.Change {
		e := journal.Change{Action: a.String(), Organization: "org_acme", UserID: user, Email: email, Source: "hr", PersonID: "1", Intended: time.Unix(1, 0)}
		for _, c := range change {
			c(&e)
		}
		return e
	}
	later := func(to string) func(*journal.Change) {
		return func(e *journal.Change) { e.To, e.Intended = to, time.Unix(3600, 0) }
	}
	role := func(to string) func(*journal.Change) { return func(e *journal.Change) { e.To = to } }
	public := func(text string) func(*journal.Change) {
		return func(e *journal.Change) { e.Public = []byte(text) }
	}
	private := func(text string) func(*journal.Change) {
		return func(e *journal.Change) { e.Private = []byte(text) }
	}
	for name, x := range map[string]struct {
		entry  journal.Change
		fault  string
		result Result
		fails  bool
	}{
		"an add that came":              {entry(plan.Add, "user_ann", "ann@corp.example", role("org:member")), "", Done, false},
		"an add met with less":          {entry(plan.Add, "user_ann", "ann@corp.example", role("org:admin")), "", Found, false},
		"an add of what was there":      {entry(plan.Add, "user_old", "old@corp.example", later("org:member")), "", Found, false},
		"an add, and less was there":    {entry(plan.Add, "user_old", "old@corp.example", later("org:admin")), "", Found, false},
		"an add by a slower clock":      {entry(plan.Add, "user_new", "new@corp.example", later("org:member")), "", Done, false},
		"an add, and less by hand":      {entry(plan.Add, "user_new", "new@corp.example", later("org:admin")), "", Done, false},
		"an add under another id":       {entry(plan.Add, "user_ann", "ann@corp.example", func(e *journal.Change) { e.PersonID = "7" }), "", NotSent, false},
		"an add that did not":           {entry(plan.Add, "user_ben", "ben@corp.example"), "", NotSent, false},
		"a removal that came":           {entry(plan.Remove, "user_ben", "ben@corp.example"), "", Done, false},
		"a removal that did not":        {entry(plan.Remove, "user_ann", "ann@corp.example"), "", NotSent, false},
		"removed, and somebody else":    {entry(plan.Remove, "user_ann", "ann@corp.example", func(e *journal.Change) { e.PersonID = "7" }), "", Done, false},
		"removed, never marked":         {entry(plan.Remove, "user_ann", "ann@corp.example", func(e *journal.Change) { e.PersonID = "" }), "", NotSent, false},
		"a role that came":              {entry(plan.SetRole, "user_ann", "ann@corp.example", role("org:member")), "", Done, false},
		"a role that did not":           {entry(plan.SetRole, "user_ann", "ann@corp.example", role("org:admin")), "", NotSent, false},
		"a role of somebody gone":       {entry(plan.SetRole, "user_ben", "ben@corp.example", role("")), "", NotSent, false},
		"metadata that came":            {entry(plan.SetMetadata, "user_ann", "ann@corp.example", public(`{"dept":"IT","old":null}`)), "", Done, false},
		"metadata that did not":         {entry(plan.SetMetadata, "user_ann", "ann@corp.example", public(`{"dept":"HR"}`)), "", NotSent, false},
		"private ones that did not":     {entry(plan.SetMetadata, "user_ann", "ann@corp.example", private(`{"dept":"IT"}`)), "", NotSent, false},
		"metadata of somebody gone":     {entry(plan.SetMetadata, "user_ben", "ben@corp.example"), "", NotSent, false},
		"an adoption that came":         {entry(plan.Adopt, "user_ann", "ann@corp.example", private(fake.Ours("1"))), "", Done, false},
		"a user who is there":           {entry(plan.CreateUser, "", "ben@corp.example"), "", Done, false},
		"a user who is not":             {entry(plan.CreateUser, "", "cy@corp.example"), "", NotSent, false},
		"a user nobody can look for":    {entry(plan.CreateUser, "", "ben@corp.example"), "users_by_address * *", "", true},
		"a membership nobody can read":  {entry(plan.Add, "user_ann", "ann@corp.example"), "find org_acme user_ann", "", true},
		"an invitation nobody can list": {entry(plan.Invite, "", "cy@corp.example"), "pending * *", "", true},
		"an invitation that did not":    {entry(plan.Invite, "", "cy@corp.example"), "", NotSent, false},
		"an entry that nobody knows":    {journal.Change{Action: "bless"}, "", "", true},
	} {
		f.Faults = map[string]error{}
		if x.fault != "" {
			f.Faults[x.fault] = errors.New("no answer")
		}
		r := &Sender{Clerk: f, Config: policy.DefaultConfig()}
		out, err := r.investigate(t.Context(), &x.entry, r.readPending(t.Context(), []journal.Change{x.entry}))
		if (err != nil) != x.fails || err == nil && out.Result != string(x.result) {
			t.Errorf("%s: %q, %v", name, out.Result, err)
		}
	}
}
