package sync

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Baselines advance only when an organization was applied unheld; what shrinks
// in small steps is measured against the day before.
func TestS18Baselines(t *testing.T) {
	t.Parallel()
	s, f := crowdOf(t, 40)
	s.config.Guards.SourceShrink = policy.Limit{Percent: 30, People: 5}
	c := begin(t, s)
	c.clean(c.apply().Plan)
	g := &c.source().Snapshot.Groups[0]
	g.Members = g.Members[:28] // 12 of 40 are 30 %: at the limit
	c.clean(c.apply().Plan)
	g.Members = g.Members[:27] // one more, within the same day
	for range 2 {
		h := c.held(c.apply().Plan, "source_shrink")
		if h.Figure != 13 || h.Changes != 1 || !strings.Contains(h.Text, "shrank from 40 to 27 (32 %); limit: more than 30 % and more than 5 people") {
			t.Fatalf("hold %+v", h)
		}
	}
	c.now = c.now.Add(24 * time.Hour)
	c.clean(c.plan()) // against yesterday's 28
	g.Members = g.Members[:10]
	h := c.held(c.plan(), "source_shrink")
	r := c.apply(h.Approval)
	c.clean(r.Plan)
	if len(f.Members["org_acme"]) != 10 {
		t.Errorf("%d members left", len(f.Members["org_acme"]))
	}
	g.Members = g.Members[:9] // what was approved counts no more
	c.clean(c.plan())
}

// A group that is gone has nobody, even where another still feeds the
// organization.
func TestS18GroupThatIsGone(t *testing.T) {
	t.Parallel()
	s, _ := crowdOf(t, 20)
	s.config.Guards.SourceShrink = policy.Limit{Percent: 30, People: 5}
	src, ok := s.sources[0].(*fake.Source)
	if !ok {
		t.Fatal("no fake source")
	}
	src.Group("team-acme-two", 0, 1)
	src.Snapshot.Groups[0].Name, src.Snapshot.Groups[0].ID = "team-acme-one", "team-acme-one"
	s.rules = []policy.Rule{{Groups: policy.GroupPattern{Match: "team-(?P<org>[a-z]*)-.*"}, Organization: "{org}", Role: "org:member"}}
	c := begin(t, s)
	c.clean(c.apply().Plan)
	src.Snapshot.Groups = src.Snapshot.Groups[1:]
	h := c.held(c.plan(), "source_shrink")
	if h.Changes != 18 || !strings.Contains(h.Text, "from 20 to 0") {
		t.Errorf("hold %+v", h)
	}
}

// crowdOf is acme with n members, all of the group staff and ours.
func crowdOf(t *testing.T, n int) (*story, *fake.Clerk) {
	f := fake.NewClerk("acme")
	var people []string
	var places []int
	for i := range n {
		id := "p" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		f.User("user_"+id, id+"@corp.example")
		f.Member("acme", "user_"+id, "org:member", fake.Ours(id))
		people, places = append(people, id+" "+id+"@corp.example"), append(places, i)
	}
	s := tell(t, f, fake.HR(people...).Group("staff", places...))
	s.rule("acme", "org:member", "staff")
	return s, f
}

// The first plan under changed rules that takes anything waits, whatever the
// number; approved and applied, the rules are known.
func TestS20ChangedRules(t *testing.T) {
	t.Parallel()
	s, _ := company(t)
	s.config.RulesHash = "one"
	c := begin(t, s)
	c.clean(c.apply().Plan) // the first has nothing to differ from
	c.config.RulesHash = "two"
	g := &c.source().Snapshot.Groups[0]
	g.Members = g.Members[:2]
	c.held(c.apply().Plan, "changed_rules")
	h := c.held(c.plan(), "changed_rules")
	if h.Changes != 1 || h.Approval == "" || h.Rule != "S20" {
		t.Fatalf("hold %+v", h)
	}
	r := c.apply(h.Approval)
	c.clean(r.Plan)
	if removed(r.Plan) != "user_cy" {
		t.Errorf("plan %v", lines(r.Plan))
	}
	g.Members = g.Members[:1]
	c.clean(c.plan())
	c.config.RulesHash = "three"
	g.Members = append(g.Members, source.Member{Person: 1})
	c.clean(c.apply().Plan) // takes nothing
}

func TestS21FirstAdminsOfAPattern(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	f.User("user_ann", "ann@corp.example")
	f.User("user_ben", "ben@corp.example")
	src := fake.HR("1 ann@corp.example", "2 ben@corp.example").Group("acme-admin", 0).Group("acme-member", 1)
	s := tell(t, f, src)
	s.rules = []policy.Rule{{Groups: policy.GroupPattern{Match: "(?P<org>[a-z]+)-(?P<role>[a-z]+)"}, Organization: "{org}",
		Role: "org:{role}", Roles: []string{"org:admin", "org:member"}}}
	c := begin(t, s)
	r := c.apply()
	h := c.held(r.Plan, "first_admins")
	if h.Changes != 1 || r.Tally(apply.Done) != 1 || h.Approval == "" {
		t.Fatalf("hold %+v, outcomes %+v", h, r.Outcomes)
	}
	c.clean(c.apply(h.Approval).Plan)
	src.Snapshot.Groups[0].Members = append(src.Snapshot.Groups[0].Members, source.Member{Person: 1})
	c.clean(c.plan()) // another admin of the same group
	src.Snapshot.Groups[0].Name, src.Snapshot.Groups[0].ID = "beta-admin", "beta-admin"
	p := c.plan()
	if !slices.ContainsFunc(p.Holds, func(h plan.Hold) bool { return h.Guard == "first_admins" && h.Organization == "org_beta" }) {
		t.Errorf("holds %+v", p.Holds)
	}
}

func TestS22MovedSlug(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	s.rule("beta", "org:member", "staff")
	c := begin(t, s)
	c.apply()
	f.Organizations[0].Slug, f.Organizations[1].Slug = "old", "acme"
	c.rules = c.rules[:1]
	c.source().Snapshot.Groups[0].Members = c.source().Snapshot.Groups[0].Members[:2]
	p := c.apply().Plan
	if p.Count(plan.Ready) != 0 || !slices.ContainsFunc(p.Holds, func(h plan.Hold) bool {
		return h.Rule == "S22" && h.Organization == "org_beta" && strings.Contains(h.Text, "use the id org_beta")
	}) {
		t.Errorf("plan %v, holds %+v", lines(p), p.Holds)
	}
	c.rules[0].Organization = "org_acme"
	c.config.Retire = map[string]policy.Retire{"org_beta": policy.RetireKeep}
	c.clean(c.plan())
}

// A state that is new while members carry our markers removes nobody until
// somebody has looked; it remembers that it began so.
func TestS31NewStateRemovesNobody(t *testing.T) {
	t.Parallel()
	s, _ := company(t)
	c := fresh(t, s)
	g := &c.source().Snapshot.Groups[0]
	g.Members = g.Members[:2]
	for range 2 {
		h := c.held(c.apply().Plan, "new_state")
		if h.Changes != 1 || h.Rule != "S31" {
			t.Fatalf("hold %+v", h)
		}
	}
	c.clean(c.apply(c.held(c.plan(), "new_state").Approval).Plan)
	g.Members = g.Members[:1]
	c.clean(c.plan()) // once looked at, the organization is known
	m, err := c.reconciler().memory().Load(t.Context())
	if err != nil || !m.Begun || !m.Foreign {
		t.Errorf("memory %+v, %v", m, err)
	}
}

func (c *chronicle) reconciler() *Reconciler {
	c.t.Helper()
	r, err := New(c.config, c.rules, c.sources, c.clerk, WithJournal(c.db, 0))
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// A state directory before its first run is as new as one can be.
func TestS31NoStateYet(t *testing.T) {
	t.Parallel()
	s, _ := company(t)
	src, ok := s.sources[0].(*fake.Source)
	if !ok {
		t.Fatal("no fake source")
	}
	src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:2]
	r, err := New(s.config, s.rules, s.sources, s.clerk, WithJournal(nil, 0))
	if err != nil {
		t.Fatal(err)
	}
	report, err := r.RunOnce(t.Context(), Run{})
	if err != nil || len(report.Plan.Holds) != 1 || report.Plan.Holds[0].Guard != "new_state" {
		t.Errorf("%+v, %v", report, err)
	}
}

// What Clerk's own directory sync manages is not tried again for a while.
func TestS19ManagedMembershipIsRemembered(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	c := begin(t, s)
	g := &c.source().Snapshot.Groups[0]
	g.Members = g.Members[:2]
	f.Faults["delete org_acme user_cy"] = &clerkapi.Error{Status: 409, Code: "organization_membership_managed_by_scim"}
	if r := c.apply(); r.Tally(apply.Dropped) != 1 {
		t.Fatalf("outcomes %+v", r.Outcomes)
	}
	if p := c.plan(); p.Count(plan.Skipped) != 1 || p.Count(plan.Ready) != 0 {
		t.Errorf("plan %v", lines(p))
	}
	c.now = c.now.Add(8 * 24 * time.Hour)
	if p := c.plan(); p.Count(plan.Ready) != 1 {
		t.Errorf("plan %v", lines(p))
	}
}

// The first fault of the journal ends the run before anything is sent.
func TestS32NothingIsSentThatCannotBeRemembered(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	c := begin(t, s)
	c.source().Snapshot.Groups[0].Members = c.source().Snapshot.Groups[0].Members[:2]
	id, err := c.db.Begin(t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(c.config, c.rules, c.sources, c.clerk, WithJournal(mute{c.db}, id))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.RunOnce(t.Context(), Run{Apply: true}); err == nil || len(f.Calls) != 0 {
		t.Errorf("%v, calls %v", err, f.Calls)
	}
}

// mute is a journal that can be read and not written.
type mute struct{ *journal.DB }

func (mute) Remember(context.Context, int64, []journal.Fact, []journal.Fact) error {
	return context.DeadlineExceeded
}

// A quiet run proves nothing about what earlier runs have seen: only a loss that
// somebody has approved ends the protection of a new state, whatever else fails
// in that run.
func TestS31AQuietRunEndsNothing(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		s, f := company(t)
		f.User("user_dan", "dan@corp.example")
		c := fresh(t, s)
		for range 3 {
			c.clean(c.apply().Plan) // nothing to do
		}
		src := c.source()
		src.Snapshot.People = append(src.Snapshot.People, source.Person{ID: "4", Email: "dan@corp.example", Origin: source.Origin{Source: "hr", File: "hr.csv", Line: 9}})
		add(src, 3)
		c.clean(c.apply().Plan) // an add is no look at what was
		g := &src.Snapshot.Groups[0]
		g.Members = g.Members[1:]
		h := c.held(c.apply().Plan, "new_state")
		h = c.held(c.plan(), h.Guard)
		if fails {
			f.User("user_eve", "eve@corp.example")
			src.Snapshot.People = append(src.Snapshot.People, source.Person{ID: "5", Email: "eve@corp.example", Origin: source.Origin{Source: "hr", File: "hr.csv", Line: 10}})
			add(src, 4)
			f.Faults["create org_acme user_eve"] = &clerkapi.Error{Status: 422}
		}
		if r := c.apply(h.Approval); r.Tally(apply.Done) != 1 || f.Find("org_acme", "user_ann") != nil {
			t.Fatalf("outcomes %+v", r.Outcomes)
		}
		g.Members = g.Members[1:]
		c.clean(c.apply().Plan)
		if f.Find("org_acme", "user_ben") != nil {
			t.Error("held after an approval")
		}
	}
}

// A first run that does not see the markers cannot say that there are none. An
// organization that has none when it is first seen needs no approval.
func TestS31WhatTheFirstRunDidNotSee(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	s.rule("beta", "org:member", "staff")
	c := fresh(t, s)
	f.Unlisted["org_acme"] = errors.New("500")
	c.apply()
	delete(f.Unlisted, "org_acme")
	c.apply()
	g := &c.source().Snapshot.Groups[0]
	g.Members = g.Members[:2]
	r := c.apply()
	if h := c.held(r.Plan, "new_state"); h.Organization != "org_acme" || f.Find("org_acme", "user_cy") == nil || f.Find("org_beta", "user_cy") != nil {
		t.Errorf("hold %+v, outcomes %+v", h, r.Outcomes)
	}
}

// A wholly new installation removes without approval what it has added.
func TestS31NothingWasThereBefore(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	f.Members = map[string][]clerkapi.Membership{}
	c := fresh(t, s)
	c.apply()
	g := &c.source().Snapshot.Groups[0]
	g.Members = g.Members[:2]
	if c.clean(c.apply().Plan); f.Find("org_acme", "user_cy") != nil {
		t.Error("held")
	}
}

// What was approved and done under changed rules is enough, whatever else fails
// in that run.
func TestS20ApprovedOnceIsEnough(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	s.config.RulesHash = "one"
	c := begin(t, s)
	c.apply()
	f.User("user_dan", "dan@corp.example")
	f.Faults["create org_acme user_dan"] = &clerkapi.Error{Status: 422}
	src := c.source()
	src.Snapshot.People = append(src.Snapshot.People, source.Person{ID: "4", Email: "dan@corp.example", Origin: source.Origin{Source: "hr", File: "hr.csv", Line: 9}})
	add(src, 3)
	c.config.RulesHash = "two"
	c.clean(c.apply().Plan) // an add that fails is no plan that anybody has looked at
	g := &src.Snapshot.Groups[0]
	g.Members = g.Members[1:]
	c.held(c.apply().Plan, "changed_rules")
	if r := c.apply(c.held(c.plan(), "changed_rules").Approval); r.Tally(apply.Done) != 1 || r.Tally(apply.Failed) != 1 {
		t.Fatalf("outcomes %+v", r.Outcomes)
	}
	g.Members = g.Members[1:]
	if r := c.apply(); r.Tally(apply.Done) != 1 || len(r.Plan.Holds) > 0 {
		t.Errorf("holds %+v", r.Plan.Holds)
	}
	c.config.RulesHash = "three"
	g.Members = g.Members[1:]
	c.held(c.apply().Plan, "changed_rules")
}

// The first admins of a pattern that were approved and made are enough, though
// something else waits in that run.
func TestS21ApprovedBesideAHold(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	for i, name := range []string{"ann", "ben", "cy"} {
		f.User("user_"+name, name+"@corp.example")
		if i > 0 {
			f.Member("acme", "user_"+name, "org:member", fake.Ours(string(rune('1'+i))))
		}
	}
	src := fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example").Group("acme-admin", 0).Group("acme-member", 1)
	src.Snapshot.NoRemovals = []string{"the last line has no end"} // cy's removal waits
	s := tell(t, f, src)
	s.rules = []policy.Rule{{Groups: policy.GroupPattern{Match: "(?P<org>[a-z]+)-(?P<role>[a-z]+)"}, Organization: "{org}",
		Role: "org:{role}", Roles: []string{"org:admin", "org:member"}}}
	c := begin(t, s)
	waiting := func(p *plan.Plan) *plan.Hold {
		i := slices.IndexFunc(p.Holds, func(h plan.Hold) bool { return h.Guard == "first_admins" })
		if i < 0 {
			return nil
		}
		return &p.Holds[i]
	}
	h := waiting(c.apply().Plan)
	if h == nil || h.Changes != 1 {
		t.Fatalf("hold %+v", h)
	}
	if r := c.apply(h.Approval); f.Find("org_acme", "user_ann") == nil {
		t.Fatalf("outcomes %+v", r.Outcomes)
	}
	add(src, 1)
	if r := c.apply(); waiting(r.Plan) != nil || f.Find("org_acme", "user_ben").Role != "org:admin" {
		t.Errorf("holds %+v", r.Plan.Holds)
	}
}

// What was held fed nothing: when the right export is back, nothing of the wrong
// one is taken for the past.
func TestS15WhatWasHeldWasNotFed(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name  string
		wrong func(c *chronicle, src *fake.Source) (right func())
	}{
		{"canary", func(_ *chronicle, src *fake.Source) func() {
			src.Snapshot.MissingCanaries = []string{"person boss"}
			return func() { src.Snapshot.MissingCanaries = nil }
		}},
		{"guard", func(c *chronicle, _ *fake.Source) func() {
			c.config.Guards.Adds = policy.Limit{People: 1}
			return func() {}
		}},
		{"run's guard", func(c *chronicle, _ *fake.Source) func() {
			c.config.Guards.Adds = policy.Limit{People: 1 << 30, Run: 1}
			return func() {}
		}},
		{"paused", func(c *chronicle, _ *fake.Source) func() {
			if err := c.db.Pause(c.t.Context(), journal.Pause{Organization: "org_beta"}); err != nil {
				c.t.Fatal(err)
			}
			return c.resume
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, f := company(t)
			src, ok := s.sources[0].(*fake.Source)
			if !ok {
				t.Fatal("no fake source")
			}
			src.Snapshot.Groups[0].Name, src.Snapshot.Groups[0].ID = "team-acme", "team-acme"
			s.rules = []policy.Rule{{Groups: policy.GroupPattern{Match: "team-(?P<org>[a-z]*)"}, Organization: "{org}", Role: "org:member"}}
			c := begin(t, s)
			c.clean(c.apply().Plan)
			src.Group("team-beta", 0, 1, 2)
			right := x.wrong(c, src)
			c.apply()
			if len(f.Members["org_beta"]) != 0 {
				t.Fatalf("not held: %s", f.State())
			}
			src.Snapshot.Groups = src.Snapshot.Groups[:1]
			right()
			c.clean(c.apply().Plan)
			// The right thing: what was fed is known.
			c.config.Guards.Adds = policy.Limit{People: 1 << 30}
			src.Group("team-beta", 0, 1, 2)
			c.clean(c.apply(c.held(c.plan(), "first_mapping").Approval).Plan)
			src.Snapshot.Groups = src.Snapshot.Groups[:1]
			if h := c.held(c.apply().Plan, "missing_group"); h.Organization != "org_beta" {
				t.Errorf("hold %+v", h)
			}
		})
	}
}

// A slug that was another organization's for one run, and came back, leaves no
// trace of the other one.
func TestS22ASlugComesBack(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	c := begin(t, s)
	c.apply()
	f.Organizations[0].Slug, f.Organizations[1].Slug = "old", "acme"
	if p := c.apply().Plan; !slices.ContainsFunc(p.Holds, func(h plan.Hold) bool { return h.Rule == "S22" && h.Organization == "org_beta" }) {
		t.Fatalf("holds %+v", p.Holds)
	}
	f.Organizations[0].Slug, f.Organizations[1].Slug = "acme", "beta"
	c.clean(c.apply().Plan)
}

// An organization that has another slug now is the same one, where the rows
// follow the slug; it is of the past where they do not.
func TestS22TheRowsFollowTheSlug(t *testing.T) {
	t.Parallel()
	for _, follow := range []bool{true, false} {
		s, f := company(t)
		c := begin(t, s)
		c.clean(c.apply().Plan)
		f.Organizations[0].Slug = "renamed"
		if follow {
			c.rules[0].Organization = "renamed"
		} else {
			c.rules[0].Organization = "beta"
		}
		g := &c.source().Snapshot.Groups[0]
		g.Members = g.Members[:2]
		r := c.apply()
		if !follow {
			c.held(r.Plan, "missing_group")
			continue
		}
		if c.clean(r.Plan); f.Find("org_acme", "user_cy") != nil {
			t.Errorf("plan %v", lines(r.Plan))
		}
		c.clean(c.apply().Plan)
	}
}

// What the configuration says to retire is read, also where no history knows that
// rollcall has fed it: its own members go, those of others stay (S15, S31).
func TestS15RetireWithoutHistory(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"acme", "org_acme"} {
		s, f := company(t)
		f.User("user_guest", "guest@x.example")
		f.Member("acme", "user_guest", "org:member", "")
		s.rules[0].Organization = "beta"
		s.config.Retire = map[string]policy.Retire{name: policy.RetireRemove, "/d/people.csv": policy.RetireRemove}
		if got := removed(s.run(Run{}).Plan); got != "user_ann user_ben user_cy" { // state: none
			t.Errorf("%s: removes %q", name, got)
		}
		c := fresh(t, s)
		h := c.held(c.apply().Plan, "new_state")
		if h.Organization != "org_acme" || h.Changes != 3 {
			t.Errorf("hold %+v", h)
		}
		c.apply(c.held(c.plan(), "new_state").Approval)
		if m := f.Members["org_acme"]; len(m) != 1 || m[0].UserID != "user_guest" {
			t.Errorf("members %+v", m)
		}
		c.clean(c.apply().Plan)
	}
}
