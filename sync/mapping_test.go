package sync

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// patterned is acme with ann, whom rollcall has added, and board with vera and a
// guest, who were added by hand. The one rule takes the organization from the name of the group.
func patterned(t *testing.T) (*story, *fake.Clerk) {
	f := fake.NewClerk("acme", "beta", "board")
	for _, name := range []string{"ann", "ben", "guest", "mallory", "vera"} {
		f.User("user_"+name, name+"@corp.example")
	}
	f.Member("acme", "user_ann", "org:member", fake.Ours("1"))
	f.Member("board", "user_vera", "org:admin", "")
	f.Member("board", "user_guest", "org:member", "")
	s := tell(t, f, fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 mallory@corp.example").Group("team-acme", 0))
	s.rules = []policy.Rule{{Groups: policy.GroupPattern{Match: "team-(?P<org>.+)"}, Organization: "{org}", Role: "org:member"}}
	return s, f
}

func kindsOf(p *plan.Plan) []string {
	var out []string
	for _, n := range p.Notes {
		if n.Kind != "" {
			out = append(out, string(n.Kind)+" "+n.Organization)
		}
	}
	return out
}

// A pattern reaches the organizations that its rule lists, and no other one; what
// leads elsewhere is a note, and does nothing there (S21).
func TestS21OrganizationsLimitAPattern(t *testing.T) {
	t.Parallel()
	for _, removals := range []policy.Removals{policy.RemovalsManaged, policy.RemovalsAll} {
		s, f := patterned(t)
		s.config.Removals = removals
		s.rules[0].Organizations = []string{"acme", "beta"}
		src, ok := s.sources[0].(*fake.Source)
		if !ok {
			t.Fatal("no fake source")
		}
		c := begin(t, s)
		c.clean(c.apply().Plan)
		src.Group("team-org_board", 2).Group("team-beta", 1)
		r := c.apply()
		c.clean(r.Plan) // a listed organization was named: it does not wait
		if got := kindsOf(r.Plan); !slices.Equal(got, []string{"unlisted_organization org_board"}) || r.Plan.CountNotes(plan.UnlistedOrganization) != 1 {
			t.Errorf("notes %q", got)
		}
		if f.Find("org_beta", "user_ben") == nil || len(f.Members["org_board"]) != 2 {
			t.Errorf("members\n%s", f.State())
		}
		if why := s.run(Run{Explain: "mallory@corp.example"}).Explanation.Rules[0].Why; !strings.Contains(why, `"org_board", which is not in the rule's organizations`) {
			t.Errorf("explained: %s", why)
		}
	}
}

// A source that cannot be read holds the organizations that its patterns list, and
// all of them where one has no list (S14, S21).
func TestS21FailedSourceHoldsTheListed(t *testing.T) {
	t.Parallel()
	for _, listed := range []bool{true, false} {
		f := fake.NewClerk("acme", "beta")
		f.User("user_ann", "ann@corp.example")
		f.User("user_ben", "ben@corp.example")
		f.Member("acme", "user_ann", "org:member", fake.Ours("1"))
		f.Member("beta", "user_ben", "org:member", fake.OursFrom("crm", "2"))
		crm := fake.HR("9 cy@corp.example").Named("crm").Group("partners", 0)
		f.User("user_cy", "cy@corp.example")
		hr := fake.HR()
		hr.Err = errors.New("no route to host")
		s := tell(t, f, hr, crm)
		s.rule("beta", "org:member", "partners").Source = "crm"
		s.rules = append(s.rules, policy.Rule{Source: "hr", Groups: policy.GroupPattern{Match: "team-(?P<org>.+)"}, Organization: "{org}", Role: "org:member"})
		want := []string{"held remove acme user_ann", "ready remove beta user_ben", "ready add beta user_cy member"}
		if listed {
			s.rules[1].Organizations = []string{"acme"}
		} else {
			want = []string{"held remove acme user_ann", "held remove beta user_ben", "held add beta user_cy member"} // our markers lead to acme
		}
		got := lines(s.run(Run{}).Plan)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("listed %t: %q, want %q", listed, got, want)
		}
	}
}

// A pattern without any group holds the organizations that its rule lists (S15).
func TestS15PatternWithoutGroupsHoldsTheListed(t *testing.T) {
	t.Parallel()
	s, f := patterned(t)
	f.Member("beta", "user_ben", "org:member", fake.Ours("2"))
	s.rule("beta", "org:member", "staff").AllowEmpty = []string{"staff"}
	s.rules[0].Organizations = []string{"acme"}
	s.rules[0].Groups.Match = "squad-(?P<org>.+)"
	p := s.plans("held remove acme user_ann", "ready remove beta user_ben")
	s.holds(p, "S15 missing_group org_acme")
}

// Whoever may name groups reaches no organization that rollcall has never managed,
// until somebody has looked; one approval is enough (S21).
func TestS21FirstMappingWaits(t *testing.T) {
	t.Parallel()
	for _, removals := range []policy.Removals{policy.RemovalsNone, policy.RemovalsManaged, policy.RemovalsAll} {
		s, f := patterned(t)
		s.config.Removals = removals
		c := begin(t, s)
		c.clean(c.apply().Plan)
		c.source().Group("team-org_board", 2)
		for range 2 {
			h := c.held(c.apply().Plan, "first_mapping")
			if h.Organization != "org_board" || h.Rule != "S21" || h.Approval == "" || !strings.Contains(h.Text, "group team-org_board") || len(f.Members["org_board"]) != 2 {
				t.Fatalf("%s: hold %+v", removals, h)
			}
		}
		r := c.apply(c.held(c.plan(), "first_mapping").Approval)
		if c.clean(r.Plan); f.Find("org_board", "user_mallory") == nil {
			t.Errorf("%s: outcomes %+v", removals, r.Outcomes)
		}
		add(c.source(), 1)
		groups := c.source().Snapshot.Groups
		groups[1].Members = append(groups[1].Members, source.Member{Person: 1})
		if c.clean(c.apply().Plan); f.Find("org_board", "user_ben") == nil {
			t.Errorf("%s: approved once, and ben is not in", removals)
		}
	}
}

// An organization that somebody has named, that carries our markers, or that the
// first plan of a state shows, does not wait (S21).
func TestS21NoFirstMapping(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(c *chronicle, f *fake.Clerk){
		"a rule names its slug": func(c *chronicle, _ *fake.Clerk) { c.rule("board", "org:member", "team-board") },
		"a rule names its id":   func(c *chronicle, _ *fake.Clerk) { c.rule("org_board", "org:member", "team-board") },
		"listed":                func(c *chronicle, _ *fake.Clerk) { c.rules[0].Organizations = []string{"acme", "board"} },
		"carries our markers":   func(_ *chronicle, f *fake.Clerk) { f.Member("board", "user_ben", "org:member", fake.Ours("2")) },
		"without history": func(c *chronicle, f *fake.Clerk) {
			if p := c.run(Run{}).Plan; len(p.Holds) > 0 {
				c.t.Errorf("held: %+v", p.Holds)
			}
			f.Member("board", "user_ben", "org:member", fake.Ours("2"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, f := patterned(t)
			c := begin(t, s)
			c.clean(c.apply().Plan)
			c.source().Group("team-board", 1, 2)
			change(c, f)
			if c.clean(c.apply().Plan); f.Find("org_board", "user_mallory") == nil {
				t.Errorf("members\n%s", f.State())
			}
		})
	}
	t.Run("the first plan of a state", func(t *testing.T) {
		s, f := patterned(t)
		c := fresh(t, s)
		c.source().Group("team-board", 1, 2)
		if c.clean(c.apply().Plan); f.Find("org_board", "user_mallory") == nil {
			t.Errorf("members\n%s", f.State())
		}
	})
}

// A first installation that a guard stops is approved once: what its first plan
// showed is no first mapping afterwards (S21).
func TestS21AFirstInstallationIsApprovedOnce(t *testing.T) {
	t.Parallel()
	for _, run := range []bool{true, false} {
		s, f := patterned(t) // acme is in step, so the first run knows it
		c := fresh(t, s)
		c.source().Group("team-beta", 1).Group("team-board", 0, 1, 2)
		guard := policy.Limit{People: 2}
		if run {
			guard = policy.Limit{People: 1 << 30, Run: 3}
		}
		c.config.Guards.Adds = guard
		h := c.held(c.apply().Plan, "adds")
		c.clean(c.apply(h.Approval).Plan)
		if len(f.Members["org_board"]) != 5 || len(f.Members["org_beta"]) != 1 {
			t.Errorf("run %t: members\n%s", run, f.State())
		}
		c.config.Guards.Adds = policy.Limit{People: 1 << 30}
		f.Organizations = append(f.Organizations, fake.NewClerk("later").Organizations...)
		c.source().Group("team-later", 1)
		c.held(c.apply().Plan, "first_mapping")
	}
}

// A group whose people are members already maps nothing: the next one of that group
// waits all the same (S21).
func TestS21AQuietMappingIsNotApproved(t *testing.T) {
	t.Parallel()
	s, f := patterned(t)
	f.Member("board", "user_ben", "org:member", "")
	c := begin(t, s)
	c.apply()
	c.source().Group("team-board", 1)
	for range 2 {
		c.clean(c.apply().Plan)
	}
	groups := c.source().Snapshot.Groups
	groups[1].Members = append(groups[1].Members, source.Member{Person: 2})
	c.held(c.apply().Plan, "first_mapping")
	// A group that is gone again, and that nobody approved, is not of the past (S15).
	c.source().Snapshot.Groups = groups[:1]
	c.clean(c.apply().Plan)
}

// What was approved and done counts although something else waits or fails in that
// run; both reasons are lifted at once (S21).
func TestS21FirstMappingApprovedBesideAHold(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{true, false} {
		s, f := patterned(t)
		s.rules[0].Groups.Match = "team-(?P<org>[a-z]+)-(?P<role>[a-z]+)"
		s.rules[0].Role, s.rules[0].Roles = "org:{role}", []string{"org:admin", "org:member"}
		c := begin(t, s)
		src := c.source()
		src.Snapshot.Groups[0].Name, src.Snapshot.Groups[0].ID = "team-acme-member", "team-acme-member"
		c.clean(c.apply().Plan)
		src.Group("team-board-admin", 1).Group("team-board-member", 2)
		p := c.apply().Plan
		if got := held(p); !slices.Equal(got, []string{"S21 first_mapping org_board", "S21 first_admins org_board"}) || p.Holds[0].Approval != p.Holds[1].Approval {
			t.Fatalf("held %q: %+v", got, p.Holds)
		}
		if fails {
			f.Faults = map[string]error{"create org_board user_mallory": errors.New("broken")}
		} else {
			c.config.Removals = policy.RemovalsAll
			src.Snapshot.NoRemovals = []string{"the last line has no end"} // vera's removal waits
		}
		r := c.apply(p.Holds[0].Approval)
		if (r.Tally(apply.Failed) > 0) != fails || f.Find("org_board", "user_ben") == nil {
			t.Fatalf("fails %t: outcomes %+v", fails, r.Outcomes)
		}
		f.Faults = nil
		src.Snapshot.Groups[1].Members = append(src.Snapshot.Groups[1].Members, source.Member{Person: 0})
		if p := c.apply().Plan; fails && len(p.Holds) > 0 || slices.ContainsFunc(p.Holds, func(h plan.Hold) bool { return h.Rule == "S21" }) || f.Find("org_board", "user_mallory") == nil || f.Find("org_board", "user_ann").Role != "org:admin" {
			t.Errorf("fails %t: members\n%s", fails, f.State())
		}
	}
}
