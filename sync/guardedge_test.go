package sync

import (
	"strings"
	"testing"
	"time"

	"rollcall/sync/journal"
)

// An invitation counts as an add, and so does a user who is made for it; the
// making or unmaking of an admin counts as that, not as a neutral change.
func TestS17WhatCountsAsWhat(t *testing.T) {
	for name, c := range map[string]struct {
		change Change
		guard  string
	}{
		"invitation":                {Change{Action: Invite, To: "org:member"}, "adds"},
		"new user":                  {Change{Action: CreateUser, To: "org:member"}, "adds"},
		"removal of an admin":       {Change{Action: Remove, From: "org:admin", Admin: AdminLost}, "removals admin_losses"},
		"add of an admin":           {Change{Action: Add, To: "org:admin", Admin: AdminGained}, "admin_grants adds"},
		"invitation of an admin":    {Change{Action: Invite, To: "org:admin", Admin: AdminGained}, "admin_grants adds"},
		"demotion":                  {Change{Action: SetRole, Admin: AdminLost}, "admin_losses"},
		"promotion":                 {Change{Action: SetRole, Admin: AdminGained}, "admin_grants"},
		"neutral":                   {Change{Action: SetRole}, "role_changes"},
		"metadata without nulls":    {Change{Action: SetMetadata}, ""},
		"adopting that drops a key": {Change{Action: Adopt, Nulls: 1}, "metadata_nulls"},
		"revoked invitation":        {Change{Action: RevokeInvitation}, ""},
	} {
		var counted []string
		for _, g := range guards {
			if g.kind(&c.change) {
				counted = append(counted, g.name)
			}
		}
		if got := strings.Join(counted, " "); got != c.guard {
			t.Errorf("%s counts as %q, want %q", name, got, c.guard)
		}
	}
}

// Limits at their smallest values: 1 is a limit, and 0 is none.
func TestS17SmallestLimits(t *testing.T) {
	for name, x := range map[string]struct {
		limit   Limit
		n, base int
		held    bool
	}{
		"half from one on, one of two":     {Limit{Half: 1, People: 9}, 1, 2, true},
		"half from one on, one of three":   {Limit{Half: 1, People: 9}, 1, 3, false},
		"half off, all of them":            {Limit{Half: 0, People: 9}, 9, 9, false},
		"one percent, six of a thousand":   {Limit{Percent: 1, People: 5}, 6, 1000, false},
		"one percent, ten of a thousand":   {Limit{Percent: 1, People: 5}, 10, 1000, false},
		"one percent, one more":            {Limit{Percent: 1, People: 5}, 11, 1000, true},
		"no percent, one more than people": {Limit{People: 5}, 6, 1000, true},
		"a hundred percent, all":           {Limit{Percent: 100, People: 5}, 10, 10, false},
	} {
		if got := x.limit.breached(x.n, x.base); got != x.held {
			t.Errorf("%s: held %t", name, got)
		}
	}
	for want, l := range map[string]Limit{
		"more than 1 % where that is over 5 people, and half or more from 1 people on": {Percent: 1, People: 5, Half: 1},
		"more than 5 people": {People: 5},
	} {
		if got := l.text(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What earlier runs did today counts, is told apart in the text, and holds
// nothing where nothing is left to hold.
func TestS17TextOfAHold(t *testing.T) {
	g := DefaultGuards()
	for name, x := range map[string]struct {
		o          *OrganizationPlan
		changeable int
		done       tally
		want       string
	}{
		"of all members": {crowd(20, 9, 6, kinds["removals"]), 20, tally{},
			"6 removals of 20 members; this guard holds more than 10 % where that is over 5 people, and half or more from 2 people on"},
		"of ours": {crowd(20, 9, 6, kinds["removals"]), 19, tally{},
			"6 removals of 19 members whom rollcall added; this guard holds more than 10 % where that is over 5 people, and half or more from 2 people on"},
		"after earlier ones": {crowd(20, 9, 2, kinds["removals"]), 20, tally{counts: map[string]int{"removals": 4}},
			"6 removals in 24 hours (4 of them done before) of 20 members; this guard holds more than 10 % where that is over 5 people, and half or more from 2 people on"},
		"after one": {crowd(20, 9, 5, kinds["removals"]), 20, tally{counts: map[string]int{"removals": 1}},
			"6 removals in 24 hours (1 of them done before) of 20 members; this guard holds more than 10 % where that is over 5 people, and half or more from 2 people on"},
		"of one member": {crowd(1, 9, 2, kinds["removals"]), 1, tally{},
			"2 removals of 1 member; this guard holds more than 10 % where that is over 5 people, and half or more from 2 people on"},
		"of admins": {crowd(20, 9, 6, kinds["admin_losses"]), 20, tally{},
			"6 admins losing their rights of 9 admins; this guard holds more than 5 people, and half or more from 2 people on"},
		"of admins before the window": {crowd(20, 12, 2, kinds["admin_losses"]), 20, tally{counts: map[string]int{"admin_losses": 4}, admins: -4},
			"6 admins losing their rights in 24 hours (4 of them done before) of 16 admins; this guard holds more than 5 people, and half or more from 2 people on"},
		"of those whom this day added": {crowd(4, 1, 2, kinds["removals"]), 3, tally{members: 3},
			"2 removals, against 0 members whom rollcall had added 24 hours ago; this guard holds more than 10 % where that is over 5 people, and half or more from 2 people on"},
		"of all, one new": {crowd(4, 1, 2, kinds["removals"]), 4, tally{members: 1},
			"2 removals, against 3 members 24 hours ago; this guard holds more than 10 % where that is over 5 people, and half or more from 2 people on"},
		"of all, some new": {crowd(4, 1, 2, kinds["removals"]), 4, tally{members: 3},
			"2 removals, against 1 member 24 hours ago; this guard holds more than 10 % where that is over 5 people, and half or more from 2 people on"},
		"of fewer than this day added": {crowd(4, 1, 2, kinds["removals"]), 2, tally{members: 3},
			"2 removals, against 0 members whom rollcall had added 24 hours ago; this guard holds more than 10 % where that is over 5 people, and half or more from 2 people on"},
		"nothing left": {crowd(20, 9, 0, kinds["removals"]), 20, tally{counts: map[string]int{"removals": 15}}, ""},
	} {
		var got strings.Builder
		for _, h := range g.check(x.o, x.changeable, x.done) {
			got.WriteString(h.Text)
		}
		if got.String() != x.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got.String(), x.want)
		}
	}
}

// What earlier runs did is part of the figure, and only the guard's own kind is held.
func TestS17HoldsItsOwnKind(t *testing.T) {
	o := crowd(20, 9, 2, kinds["removals"])
	o.Changes = append(o.Changes, Change{Action: Add, UserID: "new", State: Ready})
	holds := DefaultGuards().check(o, 20, tally{counts: map[string]int{"removals": 4}})
	if len(holds) != 1 || holds[0].Figure != 6 || holds[0].Changes != 2 || o.Changes[0].State != Held || o.Changes[1].State != Held || o.Changes[2].State != Ready {
		t.Errorf("holds %+v, changes %+v", holds, o.Changes)
	}
}

// A limit of the run of 0 is none.
func TestS17NoLimitOfTheRun(t *testing.T) {
	p := &Plan{Organizations: []OrganizationPlan{*crowd(1000, 9, 9, kinds["removals"])}}
	if holds := (Guards{}).checkRun(p, tally{}, nil); len(holds) != 0 || p.Count(Ready) != 9 {
		t.Errorf("holds %+v, %d ready", holds, p.Count(Ready))
	}
}

// The hold of the run says the same of all organizations together.
func TestS17TextOfAHoldOfTheRun(t *testing.T) {
	g := Guards{Removals: Limit{Run: 3}}
	p := &Plan{Organizations: []OrganizationPlan{*crowd(1000, 9, 2, kinds["removals"])}}
	holds := g.checkRun(p, tally{counts: map[string]int{"removals": 2}}, nil)
	if want := "4 removals in 24 hours (2 of them done before) in all organizations; this guard holds more than 3 in a run"; len(holds) != 1 || holds[0].Text != want {
		t.Errorf("holds %+v, want %q", holds, want)
	}
	nothing := &Plan{Organizations: []OrganizationPlan{*crowd(1000, 9, 0, kinds["removals"])}}
	if holds := g.checkRun(nothing, tally{counts: map[string]int{"removals": 9}}, nil); len(holds) != 0 {
		t.Errorf("nothing is left to hold: %+v", holds)
	}
	one := &Plan{Organizations: []OrganizationPlan{*crowd(1000, 9, 1, kinds["removals"])}}
	if holds := g.checkRun(one, tally{counts: map[string]int{"removals": 3}}, nil); len(holds) != 1 {
		t.Errorf("the last one is not held: %+v", holds)
	}
	g.Removals.Run = 1
	two := &Plan{Organizations: []OrganizationPlan{*crowd(1000, 9, 2, kinds["removals"])}}
	if holds := g.checkRun(two, tally{}, nil); len(holds) != 1 {
		t.Errorf("a limit of one lets two pass: %+v", holds)
	}
}

// What is skipped will not be done, so no guard holds it; what a rule other
// than a guard holds is no guard's, and an approval neither covers nor lifts it.
func TestS17SkippedAndOtherwiseHeld(t *testing.T) {
	o := crowd(20, 9, 8, kinds["removals"])
	o.Changes[0].State, o.Changes[0].Why = Skipped, "protected (S19)"
	o.Changes[1].State, o.Changes[1].Why = Held, "S15"
	holds := DefaultGuards().checkApproved(o, 20, tally{}, nil)
	if len(holds) != 1 || holds[0].Changes != 6 {
		t.Fatalf("holds %+v", holds)
	}
	if c := o.Changes[0]; c.State != Skipped || c.Why != "protected (S19)" {
		t.Errorf("the skipped change is %s: %s", c.State, c.Why)
	}
	if c := o.Changes[1]; c.heldByGuard() || !strings.HasPrefix(c.Why, "S15") {
		t.Errorf("what S15 holds is a guard's: %s", c.Why)
	}
	// In the run, what S15 holds does not count, and what a guard holds does.
	p := &Plan{Organizations: []OrganizationPlan{*o, *crowd(1000, 9, 1, kinds["removals"])}}
	p.Organizations[1].ID = "org_b"
	if holds := (Guards{Removals: Limit{Run: 6}}).checkRun(p, tally{}, nil); len(holds) != 1 || holds[0].Figure != 7 || holds[0].Changes != 1 {
		t.Errorf("holds of the run %+v", holds)
	}
}

// What the admin approves of a run is marked so, which keeps it from counting
// and from being judged again; it takes nothing with it.
func TestS23ApprovedByTheRun(t *testing.T) {
	g := Guards{Removals: Limit{Run: 1}}
	plan := func() *Plan {
		return &Plan{Organizations: []OrganizationPlan{*crowd(1000, 9, 2, kinds["removals"])}}
	}
	hash := g.checkRun(plan(), tally{}, nil)[0].Approval
	p := plan()
	if holds := g.checkRun(p, tally{}, newApprovals([]string{hash}, nil, time.Time{})); len(holds) != 0 {
		t.Fatalf("holds %+v", holds)
	}
	for _, c := range p.Changes() {
		if c.State != Ready || c.Why != approvedWhy {
			t.Errorf("an approved change is %s %q", c.State, c.Why)
		}
	}
	if holds := g.checkRun(p, tally{}, nil); len(holds) != 0 {
		t.Errorf("approved changes count again: %+v", holds)
	}
	other := g.checkRun(&Plan{Organizations: []OrganizationPlan{*crowd(1000, 9, 3, kinds["removals"])}}, tally{}, newApprovals([]string{hash}, nil, time.Time{}))
	if len(other) != 1 || other[0].Approval == "" || other[0].Approval == hash {
		t.Errorf("a larger set: %+v", other)
	}
}

// An approval that was given before counts as used only where a guard held
// something that it covers.
func TestS23StoredApprovalOfNothing(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	stored := journal.Approval{Hash: strings.Repeat("a", 64), Keys: []string{"covered"}, Given: now, Expires: now.Add(time.Hour)}
	a := newApprovals(nil, []journal.Approval{stored}, now)
	if len(a.stored) != 1 {
		t.Fatal("the approval does not live")
	}
	DefaultGuards().checkApproved(crowd(20, 9, 1, kinds["removals"]), 20, tally{}, a)
	DefaultGuards().checkRun(&Plan{Organizations: []OrganizationPlan{*crowd(20, 9, 1, kinds["removals"])}}, tally{}, a)
	if a.stored[0].fitted {
		t.Error("an approval fits where nothing is held")
	}
}

// What a guard says of whom its figure is a part: of those of 24 hours ago,
// where others came since, and of ours, where only those may be changed (S17).
func TestS17OfWhomAFigureIsAPart(t *testing.T) {
	for _, x := range []struct {
		admins                bool
		there, grown, members int
		want                  string
	}{
		{false, 12, 0, 12, " of 12 members"},
		{false, 12, 2, 12, ", against 10 members 24 hours ago"},
		{false, 12, 12, 12, ", against 0 members 24 hours ago"},
		{false, 12, 13, 12, ", against 0 members 24 hours ago"},
		{false, 12, 11, 12, ", against 1 member 24 hours ago"},
		{false, 5, 0, 12, " of 5 members whom rollcall added"},
		{false, 5, 1, 12, ", against 4 members whom rollcall had added 24 hours ago"},
		{true, 2, 0, 12, " of 2 admins"},
		{true, 2, 1, 12, ", against 1 admin 24 hours ago"},
	} {
		o := &OrganizationPlan{Members: x.members}
		if got := o.base(guard{admins: x.admins}, x.there, x.grown); got != x.want {
			t.Errorf("%+v: %q", x, got)
		}
	}
}
