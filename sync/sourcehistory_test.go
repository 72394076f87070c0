package sync

import (
	"errors"
	"slices"
	"testing"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// twoTeams is hr, which feeds acme, and it, which feeds globex, by literal rules or
// by a pattern. All members carry markers but bob of acme.
func twoTeams(t *testing.T, pattern bool) (s *story, f *fake.Clerk, it *fake.Source) {
	f = fake.NewClerk("acme", "globex", "initech")
	for _, name := range []string{"ann", "bob", "cy", "dan", "new"} {
		f.User("user_"+name, name+"@corp.example")
	}
	f.Member("acme", "user_ann", "org:member", fake.Ours("1"))
	f.Member("globex", "user_cy", "org:member", fake.OursFrom("it", "3"))
	it = fake.HR("3 cy@corp.example", "4 dan@corp.example").Named("it").Group("team-globex", 0, 1)
	s = tell(t, f, fake.HR("1 ann@corp.example", "9 new@corp.example").Group("team-acme", 0).Group("late"), it)
	if pattern {
		s.rules = []policy.Rule{{Groups: policy.GroupPattern{Match: "team-(?<org>.+)"}, Organization: "{org}", Role: "org:member"}}
		return s, f, it
	}
	s.rule("acme", "org:member", "team-acme").Source = "hr"
	s.rule("globex", "org:member", "team-globex").Source = "it"
	return s, f, it
}

// What a source fed before the rules changed waits while it cannot be read, with
// literal rules too: neither gains nor losses. What it never fed goes on; when it
// has been read under the new rules, it is asked for no more.
func TestS14HistoryCountsWithLiteralRules(t *testing.T) {
	t.Parallel()
	s, _, it := twoTeams(t, false)
	c := begin(t, s)
	c.clean(c.apply().Plan)
	hr := c.source()
	hr.Snapshot.Groups[1].Members = []source.Member{{Person: 1}}
	c.rules[1] = policy.Rule{Source: "hr", Groups: policy.GroupPattern{Names: []string{"late"}}, Organization: "globex", Role: "org:admin"}
	c.rule("initech", "org:member", "team-globex").Source = "it"
	c.rule("acme", "org:member", "late").Source = "hr"
	it.Err = errors.New("no such file")
	p := c.plan()
	if got, want := lines(p), []string{"ready add acme user_new member", "held remove globex user_cy", "held remove globex user_dan", "held add globex user_new admin"}; !slices.Equal(sorted(got), sorted(want)) {
		t.Errorf("planned %q, want %q; %+v", got, want, p.Holds)
	}
	it.Err = nil
	c.clean(c.apply().Plan)
	it.Err = errors.New("no such file")
	hr.Snapshot.Groups[1].Members = nil
	c.rules[1].AllowEmpty, c.rules[3].AllowEmpty = []string{"late"}, []string{"late"}
	p = c.plan() // it feeds initech now, and globex no more
	if got, want := lines(p), []string{"ready remove acme user_new", "skipped remove globex user_new", "held remove initech user_cy", "held remove initech user_dan"}; !slices.Equal(sorted(got), sorted(want)) {
		t.Errorf("planned %q, want %q; %+v", got, want, p.Holds)
	}
}

func sorted(in []string) []string { return slices.Sorted(slices.Values(in)) }

// After a state that began with markers, a failed source with a pattern holds all
// organizations until a run has applied what its groups lead to; then only those.
func TestS14StateThatBeganWithMarkersHasHistoryAfterAGoodRun(t *testing.T) {
	t.Parallel()
	for _, good := range []bool{false, true} {
		s, f, it := twoTeams(t, true)
		c := fresh(t, s)
		if good {
			c.apply()
		}
		it.Err = errors.New("no such file")
		if !good {
			c.apply()
		}
		c.source().Snapshot.Groups[0].Members = []source.Member{{Person: 0}, {Person: 1}}
		p := c.plan()
		want := map[bool]string{false: "held add acme user_new member", true: "ready add acme user_new member"}[good]
		if got := lines(p); !slices.Contains(got, want) {
			t.Errorf("good run %t: planned %q, want %q; %+v", good, got, want, p.Holds)
		}
		c.apply()
		if f.Find("org_globex", "user_cy") == nil {
			t.Errorf("good run %t: the failed source's member is out", good)
		}
	}
}

// Under removals: all, a member without a marker goes where only a source feeds that
// was read; where the failed one feeds, nobody goes. A failed source that shares its
// ids may identify them where it knew somebody before.
func TestS14MembersWithoutMarkerGoOnToo(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		same, knew bool
		want       plan.State
	}{
		"other ids":                      {false, false, plan.Ready},
		"the same ids, knew nobody here": {true, false, plan.Ready},
		"the same ids, knew somebody":    {true, true, plan.Held},
	} {
		s, f, it := twoTeams(t, false)
		s.config.Removals = policy.RemovalsAll
		if x.same {
			s.config.SameIDs = map[string]string{"hr": "hr", "it": "hr"}
		}
		if x.knew {
			it.Snapshot.People = append(it.Snapshot.People, source.Person{ID: "1", Email: "ann@corp.example"})
		}
		c := begin(t, s)
		c.clean(c.apply().Plan)
		f.Member("acme", "user_bob", "org:member", "")
		f.Member("globex", "user_bob", "org:member", "")
		it.Err = errors.New("no such file")
		p := c.plan()
		want := []string{string(x.want) + " remove acme user_bob", "held remove globex user_bob", "held remove globex user_cy", "held remove globex user_dan"}
		if got := lines(p); !slices.Equal(sorted(got), sorted(want)) {
			t.Errorf("%s: planned %q, want %q; %+v", name, got, want, p.Holds)
		}
	}
}
