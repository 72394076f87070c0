package guard

import (
	"strings"
	"testing"

	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// What earlier runs did today counts, is told apart in the text, and holds
// nothing where nothing is left to hold.
func TestS17TextOfAHold(t *testing.T) {
	g := policy.DefaultGuards()
	for name, x := range map[string]struct {
		o          *plan.Organization
		changeable int
		done       tally
		want       string
	}{
		"of all members": {crowd(20, 9, 6, kinds["removals"]), 20, tally{},
			"6 removals of 20 members (30 %); limit: more than 10 % and more than 5 people"},
		"of ours": {crowd(20, 9, 6, kinds["removals"]), 19, tally{},
			"6 removals of 19 members that rollcall added (31 %); limit: more than 10 % and more than 5 people"},
		"after earlier ones": {crowd(20, 9, 2, kinds["removals"]), 20, tally{counts: map[string]int{"removals": 4}},
			"2 removals of 20 members, after 4 in the last 24 hours (30 %); limit: more than 10 % and more than 5 people"},
		"after one": {crowd(20, 9, 5, kinds["removals"]), 20, tally{counts: map[string]int{"removals": 1}},
			"5 removals of 20 members, after 1 in the last 24 hours (30 %); limit: more than 10 % and more than 5 people"},
		"of one member": {crowd(1, 9, 2, kinds["removals"]), 1, tally{},
			"2 removals of 1 member; half or more wait, from 2 people on"},
		"of admins": {crowd(20, 9, 6, kinds["admin_losses"]), 20, tally{},
			"6 people would no longer be admin, of 9 admins (66 %); more than 5 wait"},
		"of admins before the window": {crowd(20, 12, 2, kinds["admin_losses"]), 20, tally{counts: map[string]int{"admin_losses": 4}, admins: -4},
			"2 people would no longer be admin, of 16 admins, after 4 in the last 24 hours (37 %); more than 5 wait"},
		"of one admin, one of whom is new": {crowd(20, 2, 2, kinds["admin_losses"]), 20, tally{admins: 1},
			"2 people would no longer be admin, and 24 hours ago there was 1 admin; half or more wait, from 2 people on"},
		"one admin, after one": {crowd(20, 1, 1, kinds["admin_losses"]), 20, tally{counts: map[string]int{"admin_losses": 1}, admins: -1},
			"1 person would no longer be admin, of 2 admins, after 1 in the last 24 hours (100 %); half or more wait, from 2 people on"},
		"rounded down to the limit": {crowd(57, 9, 6, kinds["removals"]), 57, tally{},
			"6 removals of 57 members (over 10 %); limit: more than 10 % and more than 5 people"},
		"metadata": {crowd(20, 9, 11, kinds["metadata_nulls"]), 20, tally{},
			"11 memberships would lose metadata keys, of 20 members (55 %); limit: more than 10 % and more than 10 people"},
		"of those whom this day added": {crowd(4, 1, 2, kinds["removals"]), 3, tally{members: 3},
			"2 removals; all 3 members are new in the last 24 hours, so 2 or more wait"},
		"of all, one new": {crowd(4, 1, 2, kinds["removals"]), 4, tally{members: 1},
			"2 removals, and 24 hours ago there were 3 members (66 %); half or more wait, from 2 people on"},
		"of all, some new": {crowd(4, 1, 2, kinds["removals"]), 4, tally{members: 3},
			"2 removals, and 24 hours ago there was 1 member; half or more wait, from 2 people on"},
		"of fewer than this day added": {crowd(4, 1, 2, kinds["removals"]), 2, tally{members: 3},
			"2 removals; all 2 members are new in the last 24 hours, so 2 or more wait"},
		"of those whom this day added, after one": {crowd(4, 1, 2, kinds["removals"]), 3, tally{counts: map[string]int{"removals": 1}, members: 3},
			"2 removals, after 1 in the last 24 hours; all 3 members are new in the last 24 hours, so 2 or more wait"},
		"of all, one new, after one": {crowd(4, 1, 2, kinds["removals"]), 4, tally{counts: map[string]int{"removals": 1}, members: 1},
			"2 removals, after 1 in the last 24 hours, and 24 hours ago there were 3 members (100 %); half or more wait, from 2 people on"},
		"of the only one, whom this day added": {crowd(1, 1, 101, kinds["adds"]), 1, tally{members: 1},
			"101 adds and invitations; the only member is new in the last 24 hours, so 101 or more wait"},
		"of those who were added, and are gone": {crowd(0, 0, 101, kinds["adds"]), 0, tally{counts: map[string]int{"adds": 1}, members: 1},
			"101 adds and invitations, after 1 in the last 24 hours; there are no members now, so 101 or more wait"},
		"a number alone": {crowd(20, 9, 6, kinds["admin_grants"]), 20, tally{},
			"6 people would become admin; more than 5 wait"},
		"a number alone, after earlier ones": {crowd(20, 9, 2, kinds["admin_grants"]), 20, tally{counts: map[string]int{"admin_grants": 4}, admins: 9},
			"2 people would become admin, after 4 in the last 24 hours; more than 5 wait"},
		"a percentage without half": {crowd(20, 9, 101, kinds["adds"]), 20, tally{},
			"101 adds and invitations to 20 members; limit: more than 30 % and more than 100 people"},
		"into an empty organization": {crowd(0, 0, 101, kinds["adds"]), 0, tally{},
			"101 adds and invitations to an organization without members; limit: more than 30 % and more than 100 people"},
		"into an empty organization, after earlier ones": {crowd(0, 0, 60, kinds["adds"]), 0, tally{counts: map[string]int{"adds": 50}},
			"60 adds and invitations to an organization without members, after 50 in the last 24 hours; limit: more than 30 % and more than 100 people"},
		"nothing left": {crowd(20, 9, 0, kinds["removals"]), 20, tally{counts: map[string]int{"removals": 15}}, ""},
	} {
		var got strings.Builder
		for _, h := range Check(g, x.o, x.changeable, x.done) {
			got.WriteString(h.Text)
		}
		if got.String() != x.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got.String(), x.want)
		}
	}
}

// The hold of the run says the same of all organizations together.
func TestS17TextOfAHoldOfTheRun(t *testing.T) {
	g := policy.Guards{Removals: policy.Limit{Run: 3}}
	p := &plan.Plan{Organizations: []plan.Organization{*crowd(1000, 9, 2, kinds["removals"])}}
	holds := checkRun(g, p, tally{counts: map[string]int{"removals": 2}}, nil)
	if want := "2 removals in all organizations, after 2 in the last 24 hours; more than 3 in a run wait"; len(holds) != 1 || holds[0].Text != want {
		t.Errorf("holds %+v, want %q", holds, want)
	}
	for name, want := range map[string]string{"admin_losses": "2 admin losses in all organizations; more than 1 in a run wait",
		"admin_grants": "2 admin grants in all organizations; more than 1 in a run wait"} {
		limits := policy.Guards{AdminLosses: policy.Limit{Run: 1}, AdminGrants: policy.Limit{Run: 1}}
		p := &plan.Plan{Organizations: []plan.Organization{*crowd(20, 9, 1, kinds[name]), *crowd(20, 9, 1, kinds[name])}}
		if holds := checkRun(limits, p, tally{}, nil); len(holds) != 1 || holds[0].Text != want {
			t.Errorf("two memberships, which may be of one person: holds %+v, want %q", holds, want)
		}
	}
	nothing := &plan.Plan{Organizations: []plan.Organization{*crowd(1000, 9, 0, kinds["removals"])}}
	if holds := checkRun(g, nothing, tally{counts: map[string]int{"removals": 9}}, nil); len(holds) != 0 {
		t.Errorf("nothing is left to hold: %+v", holds)
	}
	one := &plan.Plan{Organizations: []plan.Organization{*crowd(1000, 9, 1, kinds["removals"])}}
	if holds := checkRun(g, one, tally{counts: map[string]int{"removals": 3}}, nil); len(holds) != 1 {
		t.Errorf("the last one is not held: %+v", holds)
	}
	leavers := steps(plan.EndSessions, 2, nil)
	holds = checkRun(policy.Guards{Removals: policy.Limit{Run: 9}, EndSessions: policy.Limit{People: 2}}, leavers, tally{people: 7, closed: map[string]map[string]bool{"end_sessions": {"user_9": true}}}, nil)
	if want := "2 people would be signed out everywhere, of 7 people that rollcall manages, after 1 in the last 24 hours; more than 2 wait"; len(holds) != 1 || holds[0].Text != want {
		t.Errorf("holds %+v, want %q", holds, want)
	}
	keys := steps(plan.RevokeAPIKeys, 1, nil)
	holds = checkRun(policy.Guards{}, keys, tally{people: 7}, nil)
	if want := "1 person would lose all API keys, of 7 people that rollcall manages; more than 0 wait"; len(holds) != 1 || holds[0].Text != want {
		t.Errorf("holds %+v, want %q", holds, want)
	}
	g.Removals.Run = 1
	two := &plan.Plan{Organizations: []plan.Organization{*crowd(1000, 9, 2, kinds["removals"])}}
	if holds := checkRun(g, two, tally{}, nil); len(holds) != 1 {
		t.Errorf("a limit of one lets two pass: %+v", holds)
	}
}

// What a guard says of whom its figure is a part: of those of 24 hours ago,
// where others came since, and of ours, where only those may be changed (S17).
// Without another owner's markers, who may be changed is ours.
func TestS17OfWhomAFigureIsAPart(t *testing.T) {
	for _, x := range []struct {
		admins                bool
		there, grown, members int
		foreign, ours         int
		want                  string
	}{
		{false, 12, 0, 12, 0, 0, " of 12 members"},
		{false, 12, 2, 12, 0, 0, ", and 24 hours ago there were 10 members"},
		{false, 12, 12, 12, 0, 0, "; all 12 members are new in the last 24 hours"},
		{false, 12, 13, 12, 0, 0, "; all 12 members are new in the last 24 hours"},
		{false, 12, 11, 12, 0, 0, ", and 24 hours ago there was 1 member"},
		{false, 5, 0, 12, 0, 0, " of 5 members that rollcall added"},
		{false, 5, 1, 12, 0, 0, ", and 24 hours ago rollcall had added 4 members"},
		{true, 2, 0, 12, 0, 0, " of 2 admins"},
		{true, 2, 1, 12, 0, 0, ", and 24 hours ago there was 1 admin"},
		{false, 0, 0, 0, 0, 0, " of 0 members"},
		{false, 1, 1, 1, 0, 0, "; the only member is new in the last 24 hours"},
		{false, 5, 0, 12, 4, 5, " of 5 members that rollcall added"},
		{false, 5, 1, 12, 4, 5, ", and 24 hours ago rollcall had added 4 members"},
		{false, 8, 0, 12, 4, 5, " of 8 members that rollcall may change"},
		{false, 8, 1, 12, 4, 5, ", and 24 hours ago rollcall could change 7 members"},
		{false, 12, 1, 12, 4, 5, ", and 24 hours ago there were 11 members"},
		{true, 2, 0, 12, 4, 5, " of 2 admins"},
		{true, 3, 1, 12, 4, 5, ", and 24 hours ago there were 2 admins"},
		{true, 0, 1, 12, 4, 5, "; there are no admins now"},
		{false, 0, 1, 12, 4, 5, "; there are no members now"},
		{true, 1, 1, 12, 4, 5, "; the only admin is new in the last 24 hours"},
		{true, 3, 3, 12, 4, 5, "; all 3 admins are new in the last 24 hours"},
		{true, 3, -1, 12, 4, 5, " of 4 admins"},
		{false, 1, 0, 1, 0, 0, " of 1 member"},
		{false, 5, -1, 12, 0, 0, " of 6 members that rollcall added"},
		{false, 8, 7, 12, 4, 5, ", and 24 hours ago rollcall could change 1 member"},
		{false, 5, 4, 12, 4, 5, ", and 24 hours ago rollcall had added 1 member"},
	} {
		o := &plan.Organization{Members: x.members, Foreign: x.foreign, Ours: x.ours}
		if got := baseText(o, guard{admins: x.admins}, x.there, x.grown); got != x.want {
			t.Errorf("%+v: %q", x, got)
		}
	}
}

// A hold says how many of its changes make an admin, where not all do (S43).
func TestS43AHoldSaysHowManyBecomeAdmin(t *testing.T) {
	g := policy.DefaultGuards()
	for n, want := range map[int]string{0: "", 1: "; 1 of them becomes admin", 2: "; 2 of them become admin", 120: ""} {
		o := crowd(20, 9, 120, kinds["adds"])
		for i := range n {
			o.Changes[119-i].Admin = plan.AdminGained
		}
		o.Changes = append(o.Changes, crowd(20, 9, 1, kinds["admin_grants"]).Changes...) // no add
		judged := &organization{plan: o}
		g.AdminGrants.People = 1000
		holds := judged.wait(judged.namingAdmins(overLimits(g, o, base{20, 0}, tally{})))
		if len(holds) != 1 || !strings.HasSuffix(holds[0].Text, "limit: more than 30 % and more than 100 people"+want) {
			t.Errorf("%d: %+v", n, holds)
		}
	}
	p := &plan.Plan{Organizations: []plan.Organization{*crowd(1000, 9, 5, kinds["adds"])}}
	p.Organizations[0].Changes[4].Admin = plan.AdminGained
	holds := checkRun(policy.Guards{Adds: policy.Limit{Run: 3}}, p, tally{}, nil)
	if len(holds) != 1 || !strings.HasSuffix(holds[0].Text, "more than 3 in a run wait; 1 of them becomes admin") {
		t.Errorf("%+v", holds)
	}
	all := &plan.Plan{Organizations: []plan.Organization{*crowd(1000, 9, 5, kinds["admin_grants"])}}
	holds = checkRun(policy.Guards{AdminGrants: policy.Limit{Run: 3}}, all, tally{}, nil)
	if len(holds) != 1 || !strings.HasSuffix(holds[0].Text, "more than 3 in a run wait") {
		t.Errorf("all of them: %+v", holds)
	}
}

// A share is never the limit that it breaches, nor more than all.
func TestS17ShareText(t *testing.T) {
	for _, x := range []struct {
		n, base, limit int
		want           string
	}{
		{1, 10, 10, " (10 %)"}, {11, 100, 10, " (11 %)"}, {104, 1000, 10, " (over 10 %)"}, {1095, 10000, 10, " (over 10 %)"}, {14, 46, 30, " (over 30 %)"},
		{2, 2, 100, " (100 %)"}, {3, 2, 100, ""}, {1, 0, 10, ""},
	} {
		if got := shareText(x.n, x.base, x.limit); got != x.want {
			t.Errorf("%d of %d, limit %d: %q, want %q", x.n, x.base, x.limit, got, x.want)
		}
	}
}
