package undo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// ledger is a journal that knows what runs did, and nothing else.
type ledger struct {
	Journal
	changes map[int64][]journal.Change
	err     error
}

func (l *ledger) Changes(_ context.Context, run int64) ([]journal.Change, error) {
	return l.changes[run], l.err
}

// lefts are the values of the reasons, by the sentences of the table below.
var lefts = map[string]plan.LeftReason{
	"is not a member any more":                                 plan.LeftNoMember,
	"the membership has been changed since":                    plan.LeftChanged,
	"the role has been changed since":                          plan.LeftChanged,
	"is a member again":                                        plan.LeftBack,
	"is invited again":                                         plan.LeftBack,
	"the invitation is not pending any more":                   plan.LeftNoMember,
	"run 7 was cut off before it recorded the outcome of this": plan.LeftUnclear,
	"the history has no answer from Clerk for this change":     plan.LeftUnclear,
	"account u1 was created; undo does not delete accounts":    plan.LeftAccount,
}

// What takes each change back, and what cannot be taken back and why (S25).
func TestS25WhatComesBack(t *testing.T) {
	was := func(role string) json.RawMessage { return (&plan.Snapshot{Role: role}).Raw() }
	has := func(role string) *roster.Member {
		return &roster.Member{UserID: "u1", Role: role, Public: json.RawMessage(`{}`), Private: json.RawMessage(`{}`)}
	}
	sent := &clerkapi.Invitation{ID: "inv_1", Role: "org:member"}
	settled := time.Unix(1, 0)
	entry := func(a plan.Action, before, after json.RawMessage) journal.Change {
		return journal.Change{Run: 7, Action: a.String(), UserID: "u1", Email: "ann@corp.example", InvitationID: "inv_1", Before: before, After: after, Result: string(apply.Done), Settled: settled}
	}
	open := entry(plan.Add, nil, nil)
	open.Settled = time.Time{}
	for name, x := range map[string]struct {
		entries []journal.Change
		now     *roster.Member
		pending *clerkapi.Invitation
		want    string // action, from and to
		why     string
	}{
		"added":                               {[]journal.Change{entry(plan.Add, nil, was("org:member"))}, has("org:member"), nil, "remove org:member>", ""},
		"added, gone by now":                  {[]journal.Change{entry(plan.Add, nil, was("org:member"))}, nil, nil, "", "is not a member any more"},
		"added, moved by now":                 {[]journal.Change{entry(plan.Add, nil, was("org:member"))}, has("org:admin"), nil, "", "the membership has been changed since"},
		"added, and removed again":            {[]journal.Change{entry(plan.Add, nil, was("org:member")), entry(plan.Remove, was("org:member"), nil)}, nil, nil, "", ""},
		"added, then given a role":            {[]journal.Change{entry(plan.Add, nil, was("org:member")), entry(plan.SetRole, was("org:member"), was("org:admin"))}, has("org:admin"), nil, "remove org:admin>", ""},
		"removed":                             {[]journal.Change{entry(plan.Remove, was("org:admin"), nil)}, nil, nil, "add >org:admin", ""},
		"removed, and back":                   {[]journal.Change{entry(plan.Remove, was("org:admin"), nil)}, has("org:admin"), nil, "", "is a member again"},
		"a role":                              {[]journal.Change{entry(plan.SetRole, was("org:member"), was("org:admin"))}, has("org:admin"), nil, "set_role org:admin>org:member", ""},
		"a role, moved by now":                {[]journal.Change{entry(plan.SetRole, was("org:member"), was("org:admin"))}, has("org:guest"), nil, "", "the role has been changed since"},
		"a role, back by now":                 {[]journal.Change{entry(plan.SetRole, was("org:member"), was("org:admin"))}, has("org:member"), nil, "", ""},
		"a role of somebody who left":         {[]journal.Change{entry(plan.SetRole, was("org:member"), was("org:admin"))}, nil, nil, "", "is not a member any more"},
		"cut off":                             {[]journal.Change{open}, has("org:member"), nil, "", "run 7 was cut off before it recorded the outcome of this"},
		"an answer that nobody wrote down":    {[]journal.Change{entry(plan.Add, nil, nil)}, has("org:member"), nil, "", "the history has no answer from Clerk for this change"},
		"a user":                              {[]journal.Change{entry(plan.CreateUser, nil, nil)}, nil, nil, "", "account u1 was created; undo does not delete accounts"},
		"invited":                             {[]journal.Change{entry(plan.Invite, nil, was("org:member"))}, nil, sent, "revoke_invitation org:member>", ""},
		"invited, and accepted":               {[]journal.Change{entry(plan.Invite, nil, was("org:member"))}, has("org:member"), nil, "", "the invitation is not pending any more"},
		"invited, and invited by hand":        {[]journal.Change{entry(plan.Invite, nil, was("org:member"))}, nil, &clerkapi.Invitation{ID: "inv_2"}, "", "the invitation is not pending any more"},
		"an invitation revoked":               {[]journal.Change{entry(plan.RevokeInvitation, was("org:admin"), nil)}, nil, nil, "invite >org:admin", ""},
		"an invitation revoked, and sent":     {[]journal.Change{entry(plan.RevokeInvitation, was("org:admin"), nil)}, nil, &clerkapi.Invitation{ID: "inv_2"}, "", "is invited again"},
		"an invitation sent anew":             {[]journal.Change{entry(plan.RevokeInvitation, was("org:admin"), nil), entry(plan.Invite, nil, was("org:admin"))}, nil, sent, "", ""},
		"an invitation that came and went":    {[]journal.Change{entry(plan.Invite, nil, was("org:member")), entry(plan.RevokeInvitation, was("org:member"), nil)}, nil, nil, "", ""},
		"invited, and nobody knows the rest":  {[]journal.Change{entry(plan.Invite, nil, nil)}, nil, sent, "", "the history has no answer from Clerk for this change"},
		"a snapshot that is damaged, removed": {[]journal.Change{entry(plan.Remove, json.RawMessage(`[`), nil)}, nil, nil, "", ""},
	} {
		v := &Reversal{start: plan.ReadSnapshot(x.entries[0].Before)}
		for i := range x.entries {
			v.next(&x.entries[i])
		}
		changes := v.changes(x.now, x.pending, roster.NewRoles([]clerkapi.Role{fake.AdminRole, fake.MemberRole}, nil))
		var got []string
		for _, c := range changes {
			got = append(got, fmt.Sprintf("%s %s>%s", c.Action, c.From, c.To))
			if c.UserID != "u1" || c.Email != "ann@corp.example" || !strings.HasPrefix(c.Because, "undo of run 7 (") || (c.InvitationID != "") != (c.Action == plan.RevokeInvitation) {
				t.Errorf("%s: %+v", name, c)
			}
			if up := c.To == "org:admin"; up != (c.Admin == plan.AdminGained) {
				t.Errorf("%s: a gain of admin rights? %+v", name, c)
			}
		}
		if said := strings.Join(got, ", "); said != x.want || !strings.HasPrefix(v.text, x.why) || x.why == "" && v.text != "" {
			t.Errorf("%s: %q, %q; want %q, %q", name, said, v.text, x.want, x.why)
		}
		want := lefts[x.why] // what has no changes and no text is as before already
		if x.want+x.why == "" {
			want = plan.LeftAsBefore
		}
		if r := Results([]*Reversal{v})[0]; r.Left != want || r.Text != v.text || r.Changes != len(x.entries) || r.UserID != "u1" {
			t.Errorf("%s: %+v, want %s", name, r, want)
		}
	}
}

// What was done is taken back membership by membership over all runs, in the
// order in which it was done; what failed or was left out was not done (S25).
func TestS25WhatRunsDid(t *testing.T) {
	at := time.Unix(1, 0)
	did := func(id int64, a plan.Action, user, result string) journal.Change {
		c := journal.Change{ID: id, Action: a.String(), Organization: "org_acme", UserID: user, Email: user + "@corp.example", Result: result, Settled: at}
		if result == "" {
			c.Settled = time.Time{}
		}
		return c
	}
	invited := did(9, plan.Invite, "", string(apply.Done))
	invited.Email = "new@corp.example"
	l := &ledger{changes: map[int64][]journal.Change{
		2: {did(6, plan.SetRole, "ann", string(apply.Done)), did(7, plan.CreateUser, "eve", string(apply.Done)), did(8, plan.Add, "eve", string(apply.Done)), invited},
		1: {did(1, plan.Add, "ann", string(apply.Done)), did(2, plan.Remove, "ben", string(apply.Failed)), did(3, plan.Remove, "cy", string(apply.Dropped)), did(4, plan.Remove, "dan", ""), did(5, plan.Add, "fay", string(apply.Found))},
	}}
	got, err := Reversals(t.Context(), l, []int64{2, 1})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, v := range got {
		said = append(said, fmt.Sprintf("%s %s", v.Entry.Action, v.Entry.Email))
	}
	want := []string{"set_role ann@corp.example", "remove dan@corp.example", "create_user eve@corp.example", "add eve@corp.example", "invite new@corp.example"}
	if !slices.Equal(said, want) {
		t.Errorf("%q", said)
	}
	l.err = errors.New("disk")
	if _, err := Reversals(t.Context(), l, []int64{2}); !errors.Is(err, l.err) || !strings.Contains(err.Error(), "read the changes of run 2") {
		t.Errorf("%v", err)
	}
}

// What is between the value at the start and that of today goes back whole,
// objects within objects too (RFC 7396 merges them).
func TestS25UndoOfNestedMetadata(t *testing.T) {
	for _, x := range []struct{ start, end, now, back string }{
		{`{"a":{"b":1,"c":2}}`, `{"a":{"b":9,"d":3}}`, `{"a":{"b":9,"d":3}}`, `{"a":{"b":1,"c":2,"d":null}}`},
		{`{}`, `{"a":{"b":1}}`, `{"a":{"b":1},"z":1}`, `{"a":null}`},
		{`{"a":[1]}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`, `{"a":[1]}`},
		{`{"a":{"b":{"c":1}}}`, `{"a":"x"}`, `{"a":"x"}`, `{"a":{"b":{"c":1}}}`},
		{`{"a":1}`, `{"a":2}`, `{"a":1}`, ``},
	} {
		back, moved := restorePatch(json.RawMessage(x.start), json.RawMessage(x.end), json.RawMessage(x.now))
		if got := string(plan.Canonical(back)); got != x.back || moved {
			t.Errorf("%+v: %s, moved %t", x, got, moved)
		}
	}
}

// What takes each step of the leaver ladder back, and what cannot be taken back and why
// (S25).
func TestS25WhatOpensAnAccountAgain(t *testing.T) {
	banned, locked, free := &clerkapi.User{ID: "u1", Banned: true}, &clerkapi.User{ID: "u1", Locked: true}, &clerkapi.User{ID: "u1"}
	for name, x := range map[string]struct {
		action plan.Action
		user   *clerkapi.User
		open   bool
		want   plan.Action
		why    string
	}{
		"banned":             {plan.Ban, banned, false, plan.Unban, ""},
		"banned, free now":   {plan.Ban, free, false, 0, "the account is open already"},
		"banned, gone now":   {plan.Ban, nil, false, 0, "the account is gone"},
		"banned, cut off":    {plan.Ban, banned, true, 0, "run 7 was cut off before it recorded the outcome of this"},
		"banned, now locked": {plan.Ban, locked, false, 0, "the account is open already"},
		"locked":             {plan.Lock, locked, false, plan.Unlock, ""},
		"locked, free now":   {plan.Lock, free, false, 0, "the account is open already"},
		"sessions":           {plan.EndSessions, free, false, 0, "sessions that have ended cannot come back"},
		"keys":               {plan.RevokeAPIKeys, banned, false, 0, "API keys that were revoked cannot come back"},
		"unbanned":           {plan.Unban, free, false, 0, "undo does not lock or ban an account"},
		"unlocked":           {plan.Unlock, free, false, 0, "undo does not lock or ban an account"},
	} {
		e := journal.Change{Run: 7, Action: x.action.String(), Organization: plan.Accounts, UserID: "u1", Email: "ann@corp.example", Result: string(apply.Done), Settled: time.Unix(1, 0)}
		if x.open {
			e.Result, e.Settled = "", time.Time{}
		}
		done, err := Reversals(t.Context(), &ledger{changes: map[int64][]journal.Change{7: {e}}}, []int64{7})
		if err != nil || len(done) != 1 || len(OrganizationsOf(done)) != 0 {
			t.Fatalf("%s: %v, %v", name, done, err)
		}
		if got, left, why := done[0].openAgain(x.user); (left == "") != (x.why == "") || got != x.want || !strings.HasPrefix(why, x.why) || (why == "") != (x.why == "") {
			t.Errorf("%s: %s, %q", name, got, why)
		}
	}
	none, err := Reversals(t.Context(), &ledger{changes: map[int64][]journal.Change{7: {{Run: 7, Action: plan.Remove.String(), Organization: "org_a", UserID: "u1", Result: string(apply.Done), Settled: time.Unix(1, 0)}}}}, []int64{7})
	if err != nil || len(ReverseAccounts(none, nil, nil)) != 0 {
		t.Error("an undo without accounts has a proposal for them")
	}
}
