package sync

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// lostState is a company whose history is gone, and whose rule for acme too: all
// three are members of acme and of beta, with our marker.
func lostState(t *testing.T) (*story, *fake.Clerk) {
	t.Helper()
	s, f := company(t)
	s.rules[0].Organization = "beta"
	for i, name := range []string{"ann", "ben", "cy"} {
		f.Member("beta", "user_"+name, "org:member", fake.Ours(string(rune('1'+i))))
	}
	return s, f
}

// Where no history knows it, an organization that only our markers lead to waits
// like one that earlier runs fed, until the configuration says what is meant. A
// whole history knows better, and under removals: none nobody loses anything.
func TestS15OurMarkersLeadWhereNoHistoryDoes(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		change func(*story, *fake.Clerk)
		holds  int
	}{
		"our markers": {func(*story, *fake.Clerk) {}, 1},
		"retire keep": {func(s *story, _ *fake.Clerk) { s.config.Retire = map[string]policy.Retire{"acme": policy.RetireKeep} }, 0},
		"retire keep by id": {func(s *story, _ *fake.Clerk) {
			s.config.Retire = map[string]policy.Retire{"org_acme": policy.RetireKeep}
		}, 0},
		"removals none": {func(s *story, _ *fake.Clerk) { s.config.Removals = policy.RemovalsNone }, 0},
		"removals all":  {func(s *story, _ *fake.Clerk) { s.config.Removals = policy.RemovalsAll }, 1},
		"another owner": {func(_ *story, f *fake.Clerk) { everybody(f, "acme", `"owner":"another"`) }, 0},
		"no marker":     {func(_ *story, f *fake.Clerk) { everybody(f, "acme", `"left":"x"`) }, 0},
	} {
		s, f := lostState(t)
		x.change(s, f)
		p := s.run(Run{}).Plan
		if len(p.Holds) != x.holds || removed(p) != "" {
			t.Errorf("%s: holds %+v, plan %v", name, p.Holds, lines(p))
		}
		if x.holds == 1 && (p.Holds[0].Organization != "org_acme" || p.Holds[0].Changes != 3 || !strings.Contains(p.Holds[0].Text, "members carry rollcall's marker (source hr)") || !strings.Contains(p.Holds[0].Text, "sync.retire: {acme: keep}")) {
			t.Errorf("%s: hold %+v", name, p.Holds[0])
		}
	}
}

// waitsAsPast reports whether all of acme waits for a word about it (S15). In a
// new state it waits for an approval too, which alone does not help (S31).
func waitsAsPast(p *plan.Plan) bool {
	return slices.ContainsFunc(p.Holds, func(h plan.Hold) bool {
		return h.Reason == plan.MissingGroup && h.Organization == "org_acme" && h.Changes == 3 && h.Approval == ""
	})
}

// everybody changes the owner in the markers of an organization.
func everybody(f *fake.Clerk, slug, owner string) {
	members := f.Members["org_"+slug]
	for i := range members {
		members[i].Private = []byte(strings.Replace(string(members[i].Private), `"owner":"rollcall"`, owner, 1))
	}
}

// A new state searches once, and remembers: later runs hold by history, and ask
// Clerk for no page more. A state that knows all searches nothing.
func TestS15ANewStateSearchesOnce(t *testing.T) {
	t.Parallel()
	s, f := lostState(t)
	c := fresh(t, s)
	for run, searches := range []int{1, 1, 1} {
		r := c.apply()
		if !waitsAsPast(r.Plan) || r.Tally(apply.Done) != 0 {
			t.Errorf("run %d: %+v", run, r.Plan.Holds)
		}
		if f.Reads["instance-wide"] != searches {
			t.Errorf("run %d: reads %v", run, f.Reads)
		}
	}
	s, f = lostState(t)
	begin(t, s).apply()
	if f.Reads["instance-wide"] != 0 {
		t.Errorf("reads %v", f.Reads)
	}
}

// Where nothing of ours is seen, nobody searches: a first installation pays nothing.
func TestS15AFirstRunSearchesNothing(t *testing.T) {
	t.Parallel()
	s, f := lostState(t)
	for _, slug := range []string{"acme", "beta"} {
		everybody(f, slug, `"owner":"another"`)
	}
	fresh(t, s).apply()
	if s.run(Run{}); f.Reads["instance-wide"] != 0 {
		t.Errorf("reads %v", f.Reads)
	}
}

// An instance that cannot be listed stops nothing, and is said (S40).
func TestS15AFailedSearchIsSaid(t *testing.T) {
	t.Parallel()
	s, f := lostState(t)
	f.Faults["instance-wide * *"] = errors.New("503")
	p := s.run(Run{}).Plan
	if len(p.Holds) != 0 || len(p.Notes) != 1 || !strings.Contains(p.Notes[0].Text, "not searched for members with rollcall's marker: 503") {
		t.Errorf("holds %+v, notes %+v", p.Holds, p.Notes)
	}
}

// What the search found and the configuration then gives up is removed, behind the
// approval of a new state (S31).
func TestS15WhatTheSearchFoundCanBeRetired(t *testing.T) {
	t.Parallel()
	s, f := lostState(t)
	c := fresh(t, s)
	c.apply()
	c.config.Retire = map[string]policy.Retire{"acme": policy.RetireRemove}
	c.apply(c.held(c.apply().Plan, "new_state").Approval)
	if len(f.Members["org_acme"]) != 0 || len(f.Members["org_beta"]) != 3 {
		t.Errorf("members %v", f.Members)
	}
	c.clean(c.apply().Plan)
}

// A state that began where markers were looks at what is read anyway, and asks for
// nothing more (S31).
func TestS15AStateThatBeganWithMarkersAsksForNothingMore(t *testing.T) {
	t.Parallel()
	s, f := lostState(t)
	c := fresh(t, s)
	c.write(journal.Fact{Kind: memory.FactState, Value: []byte(`{"began_with_markers":true}`)})
	c.apply()
	if f.Reads["instance-wide"] != 0 {
		t.Errorf("reads %v", f.Reads)
	}
	f.Wide = true
	if p := c.apply().Plan; !waitsAsPast(p) {
		t.Errorf("holds %+v", p.Holds)
	}
	if f.Reads["instance-wide"] != 0 {
		t.Errorf("reads %v", f.Reads)
	}
}
