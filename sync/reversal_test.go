package sync

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
	"rollcall/sync/journal"
)

// ledger is a journal that knows of runs and what they did, and of nothing else.
type ledger struct {
	Journal
	runs    []journal.Run
	changes map[int64][]journal.Change
	err     error
}

func (l *ledger) Changes(_ context.Context, run int64) ([]journal.Change, error) {
	return l.changes[run], l.err
}

func (l *ledger) Runs(context.Context, int) ([]journal.Run, error) { return l.runs, l.err }

// Chain goes back over what was cut off, and over a run in between that failed
// before it could find out what became of it; not over one that ended well (S25).
func TestS25WhatAChainIs(t *testing.T) {
	ended := func(id, recovers int64) journal.Run {
		return journal.Run{ID: id, Recovers: recovers, Finished: time.Unix(id, 0)}
	}
	cut := func(id, recovers int64) journal.Run { return journal.Run{ID: id, Recovers: recovers} }
	for name, x := range map[string]struct {
		runs []journal.Run // the newest first
		want []int64
	}{
		"one that ended":                 {[]journal.Run{ended(5, 0), ended(4, 0)}, []int64{5}},
		"the first of all":               {[]journal.Run{ended(5, 0)}, []int64{5}},
		"after one that was cut off":     {[]journal.Run{ended(5, 4), cut(4, 0), ended(3, 0)}, []int64{5, 4}},
		"after one with nothing open":    {[]journal.Run{ended(5, 0), cut(4, 0), ended(3, 0)}, []int64{5, 4}},
		"after several":                  {[]journal.Run{ended(5, 4), cut(4, 3), cut(3, 2), ended(2, 0)}, []int64{5, 4, 3, 2}},
		"cut off itself":                 {[]journal.Run{ended(6, 5), cut(5, 0), ended(4, 0)}, []int64{5}},
		"a newer one goes on":            {[]journal.Run{cut(6, 0), ended(5, 4), cut(4, 0)}, []int64{5, 4}},
		"a failed one in between":        {[]journal.Run{ended(5, 3), ended(4, 0), cut(3, 0), ended(2, 0)}, []int64{5, 3}},
		"one cut off early in between":   {[]journal.Run{ended(5, 3), cut(4, 0), ended(3, 0), ended(2, 0)}, []int64{5, 4, 3}},
		"what it recovered is forgotten": {[]journal.Run{ended(5, 3), ended(2, 0)}, []int64{5}},
	} {
		got, err := Chain(t.Context(), &ledger{runs: x.runs}, 5)
		if err != nil || !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, x.want)
		}
	}
	broken := errors.New("disk")
	if got, err := Chain(t.Context(), &ledger{err: broken}, 5); got != nil || !errors.Is(err, broken) {
		t.Errorf("%v, %v", got, err)
	}
}

// What takes each change back, and what cannot be taken back and why (S25).
func TestS25WhatComesBack(t *testing.T) {
	was := func(role string) json.RawMessage { return (&snapshot{Role: role}).raw() }
	has := func(role string) *member {
		return &member{UserID: "u1", Role: role, Public: json.RawMessage(`{}`), Private: json.RawMessage(`{}`)}
	}
	sent := &clerkapi.Invitation{ID: "inv_1", Role: "org:member"}
	settled := time.Unix(1, 0)
	entry := func(a Action, before, after json.RawMessage) journal.Change {
		return journal.Change{Run: 7, Action: a.String(), UserID: "u1", Email: "ann@corp.example", InvitationID: "inv_1", Before: before, After: after, Result: string(Done), Settled: settled}
	}
	open := entry(Add, nil, nil)
	open.Settled = time.Time{}
	for name, x := range map[string]struct {
		entries []journal.Change
		now     *member
		pending *clerkapi.Invitation
		want    string // action, from and to
		why     string
	}{
		"added":                               {[]journal.Change{entry(Add, nil, was("org:member"))}, has("org:member"), nil, "remove org:member>", ""},
		"added, gone by now":                  {[]journal.Change{entry(Add, nil, was("org:member"))}, nil, nil, "", "is no member any more"},
		"added, moved by now":                 {[]journal.Change{entry(Add, nil, was("org:member"))}, has("org:admin"), nil, "", "the membership has changed since"},
		"added, and removed again":            {[]journal.Change{entry(Add, nil, was("org:member")), entry(Remove, was("org:member"), nil)}, nil, nil, "", ""},
		"added, then given a role":            {[]journal.Change{entry(Add, nil, was("org:member")), entry(SetRole, was("org:member"), was("org:admin"))}, has("org:admin"), nil, "remove org:admin>", ""},
		"removed":                             {[]journal.Change{entry(Remove, was("org:admin"), nil)}, nil, nil, "add >org:admin", ""},
		"removed, and back":                   {[]journal.Change{entry(Remove, was("org:admin"), nil)}, has("org:admin"), nil, "", "is a member again"},
		"a role":                              {[]journal.Change{entry(SetRole, was("org:member"), was("org:admin"))}, has("org:admin"), nil, "set_role org:admin>org:member", ""},
		"a role, moved by now":                {[]journal.Change{entry(SetRole, was("org:member"), was("org:admin"))}, has("org:guest"), nil, "", "the role has changed since"},
		"a role, back by now":                 {[]journal.Change{entry(SetRole, was("org:member"), was("org:admin"))}, has("org:member"), nil, "", ""},
		"a role of somebody who left":         {[]journal.Change{entry(SetRole, was("org:member"), was("org:admin"))}, nil, nil, "", "is no member any more"},
		"cut off":                             {[]journal.Change{open}, has("org:member"), nil, "", "run 7 was cut off before it wrote down what became of this"},
		"an answer that nobody wrote down":    {[]journal.Change{entry(Add, nil, nil)}, has("org:member"), nil, "", "the history does not say what Clerk answered"},
		"a user":                              {[]journal.Change{entry(CreateUser, nil, nil)}, nil, nil, "", "user u1 was created, which is not undone"},
		"invited":                             {[]journal.Change{entry(Invite, nil, was("org:member"))}, nil, sent, "revoke_invitation org:member>", ""},
		"invited, and accepted":               {[]journal.Change{entry(Invite, nil, was("org:member"))}, has("org:member"), nil, "", "the invitation is not pending any more"},
		"invited, and invited by hand":        {[]journal.Change{entry(Invite, nil, was("org:member"))}, nil, &clerkapi.Invitation{ID: "inv_2"}, "", "the invitation is not pending any more"},
		"an invitation revoked":               {[]journal.Change{entry(RevokeInvitation, was("org:admin"), nil)}, nil, nil, "invite >org:admin", ""},
		"an invitation revoked, and sent":     {[]journal.Change{entry(RevokeInvitation, was("org:admin"), nil)}, nil, &clerkapi.Invitation{ID: "inv_2"}, "", "is invited again"},
		"an invitation sent anew":             {[]journal.Change{entry(RevokeInvitation, was("org:admin"), nil), entry(Invite, nil, was("org:admin"))}, nil, sent, "", ""},
		"an invitation that came and went":    {[]journal.Change{entry(Invite, nil, was("org:member")), entry(RevokeInvitation, was("org:member"), nil)}, nil, nil, "", ""},
		"invited, and nobody knows the rest":  {[]journal.Change{entry(Invite, nil, nil)}, nil, sent, "", "the history does not say what Clerk answered"},
		"a snapshot that is damaged, removed": {[]journal.Change{entry(Remove, json.RawMessage(`[`), nil)}, nil, nil, "", ""},
	} {
		v := &reversal{start: readSnapshot(x.entries[0].Before)}
		for i := range x.entries {
			v.follow(&x.entries[i])
		}
		changes, why := v.changes(x.now, x.pending, newRoleBook([]clerkapi.Role{adminRole, memberRole}, nil))
		var got []string
		for _, c := range changes {
			got = append(got, fmt.Sprintf("%s %s>%s", c.Action, c.From, c.To))
			if c.UserID != "u1" || c.Email != "ann@corp.example" || !strings.HasPrefix(c.Because, "undoes run 7, which did: ") || (c.InvitationID != "") != (c.Action == RevokeInvitation) {
				t.Errorf("%s: %+v", name, c)
			}
			if up := c.To == "org:admin"; up != (c.Admin == AdminGained) {
				t.Errorf("%s: a gain of admin rights? %+v", name, c)
			}
		}
		if said := strings.Join(got, ", "); said != x.want || !strings.HasPrefix(why, x.why) || x.why == "" && why != "" {
			t.Errorf("%s: %q, %q; want %q, %q", name, said, why, x.want, x.why)
		}
	}
}

// What was done is taken back membership by membership over all runs, in the
// order in which it was done; what failed or was left out was not done (S25).
func TestS25WhatRunsDid(t *testing.T) {
	at := time.Unix(1, 0)
	did := func(id int64, a Action, user, result string) journal.Change {
		c := journal.Change{ID: id, Action: a.String(), Organization: "org_acme", UserID: user, Email: user + "@corp.example", Result: result, Settled: at}
		if result == "" {
			c.Settled = time.Time{}
		}
		return c
	}
	invited := did(9, Invite, "", string(Done))
	invited.Email = "new@corp.example"
	l := &ledger{changes: map[int64][]journal.Change{
		2: {did(6, SetRole, "ann", string(Done)), did(7, CreateUser, "eve", string(Done)), did(8, Add, "eve", string(Done)), invited},
		1: {did(1, Add, "ann", string(Done)), did(2, Remove, "ben", string(Failed)), did(3, Remove, "cy", string(Dropped)), did(4, Remove, "dan", ""), did(5, Add, "fay", string(Found))},
	}}
	got, err := (&Reconciler{journal: l}).reversals(t.Context(), []int64{2, 1})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, v := range got {
		said = append(said, fmt.Sprintf("%s %s", v.entry.Action, v.entry.Email))
	}
	want := []string{"set_role ann@corp.example", "remove dan@corp.example", "create_user eve@corp.example", "add eve@corp.example", "invite new@corp.example"}
	if !slices.Equal(said, want) {
		t.Errorf("%q", said)
	}
	l.err = errors.New("disk")
	if _, err := (&Reconciler{journal: l}).reversals(t.Context(), []int64{2}); !errors.Is(err, l.err) || !strings.Contains(err.Error(), "read what run 2 did") {
		t.Errorf("%v", err)
	}
}
