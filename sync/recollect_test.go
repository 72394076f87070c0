package sync

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/journal"
)

// Baselines advance only when an organization was applied unheld; what shrinks
// in small steps is measured against the day before.
func TestS18Baselines(t *testing.T) {
	s, f := crowdOf(t, 40)
	s.config.Guards.SourceShrink = Limit{Percent: 30, People: 5}
	c := begin(t, s)
	c.clean(c.apply().Plan)
	g := &c.source().snapshot.Groups[0]
	g.Members = g.Members[:28] // 12 of 40 are 30 %: at the limit
	c.clean(c.apply().Plan)
	g.Members = g.Members[:27] // one more, within the same day
	for range 2 {
		h := c.held(c.apply().Plan, "source_shrink")
		if h.Figure != 13 || h.Changes != 1 || !strings.Contains(h.Text, "went from 40 to 27") {
			t.Fatalf("hold %+v", h)
		}
	}
	c.now = c.now.Add(24 * time.Hour)
	c.clean(c.plan()) // against yesterday's 28
	g.Members = g.Members[:10]
	h := c.held(c.plan(), "source_shrink")
	r := c.apply(h.Approval)
	c.clean(r.Plan)
	if len(f.members["org_acme"]) != 10 {
		t.Errorf("%d members left", len(f.members["org_acme"]))
	}
	g.Members = g.Members[:9] // what was approved counts no more
	c.clean(c.plan())
}

// A group that is gone has nobody, even where another still feeds the
// organization.
func TestS18GroupThatIsGone(t *testing.T) {
	s, _ := crowdOf(t, 20)
	s.config.Guards.SourceShrink = Limit{Percent: 30, People: 5}
	src, ok := s.sources[0].(*fakeSource)
	if !ok {
		t.Fatal("no fake source")
	}
	src.group("team-acme-two", 0, 1)
	src.snapshot.Groups[0].Name, src.snapshot.Groups[0].ID = "team-acme-one", "team-acme-one"
	s.rules = []Rule{{Groups: GroupPattern{Match: "team-(?P<org>[a-z]*)-.*"}, Organization: "{org}", Role: "org:member"}}
	c := begin(t, s)
	c.clean(c.apply().Plan)
	src.snapshot.Groups = src.snapshot.Groups[1:]
	h := c.held(c.plan(), "source_shrink")
	if h.Changes != 18 || !strings.Contains(h.Text, "from 20 to 0") {
		t.Errorf("hold %+v", h)
	}
}

// crowdOf is acme with n members, all of the group staff and ours.
func crowdOf(t *testing.T, n int) (*story, *fakeClerk) {
	f := newFake("acme")
	var people []string
	var places []int
	for i := range n {
		id := "p" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		f.user("user_"+id, id+"@corp.example")
		f.member("acme", "user_"+id, "org:member", ours(id))
		people, places = append(people, id+" "+id+"@corp.example"), append(places, i)
	}
	s := tell(t, f, hr(people...).group("staff", places...))
	s.rule("acme", "org:member", "staff")
	return s, f
}

// The first plan under changed rules that takes anything waits, whatever the
// number; approved and applied, the rules are known.
func TestS20ChangedRules(t *testing.T) {
	s, _ := company(t)
	s.config.RulesHash = "one"
	c := begin(t, s)
	c.clean(c.apply().Plan) // the first has nothing to differ from
	c.config.RulesHash = "two"
	g := &c.source().snapshot.Groups[0]
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
	f := newFake("acme", "beta")
	f.user("user_ann", "ann@corp.example")
	f.user("user_ben", "ben@corp.example")
	src := hr("1 ann@corp.example", "2 ben@corp.example").group("acme-admin", 0).group("acme-member", 1)
	s := tell(t, f, src)
	s.rules = []Rule{{Groups: GroupPattern{Match: "(?P<org>[a-z]+)-(?P<role>[a-z]+)"}, Organization: "{org}",
		Role: "org:{role}", Roles: []string{"org:admin", "org:member"}}}
	c := begin(t, s)
	r := c.apply()
	h := c.held(r.Plan, "first_admins")
	if h.Changes != 1 || r.Tally(Done) != 1 || h.Approval == "" {
		t.Fatalf("hold %+v, outcomes %+v", h, r.Outcomes)
	}
	c.clean(c.apply(h.Approval).Plan)
	src.snapshot.Groups[0].Members = append(src.snapshot.Groups[0].Members, source.Member{Person: 1})
	c.clean(c.plan()) // another admin of the same group
	src.snapshot.Groups[0].Name, src.snapshot.Groups[0].ID = "beta-admin", "beta-admin"
	p := c.plan()
	if !slices.ContainsFunc(p.Holds, func(h Hold) bool { return h.Guard == "first_admins" && h.Organization == "org_beta" }) {
		t.Errorf("holds %+v", p.Holds)
	}
}

func TestS22MovedSlug(t *testing.T) {
	s, f := company(t)
	s.rule("beta", "org:member", "staff")
	c := begin(t, s)
	c.apply()
	f.organizations[0].Slug, f.organizations[1].Slug = "old", "acme"
	c.rules = c.rules[:1]
	c.source().snapshot.Groups[0].Members = c.source().snapshot.Groups[0].Members[:2]
	p := c.apply().Plan
	if p.Count(Ready) != 0 || !slices.ContainsFunc(p.Holds, func(h Hold) bool {
		return h.Rule == "S22" && h.Organization == "org_beta" && strings.Contains(h.Text, "name it by its id, org_beta")
	}) {
		t.Errorf("plan %v, holds %+v", lines(p), p.Holds)
	}
	c.rules[0].Organization = "org_acme"
	c.config.Retire = map[string]Retire{"org_beta": RetireKeep}
	c.clean(c.plan())
}

// A state that is new while members carry our markers removes nobody until
// somebody has looked; it remembers that it began so.
func TestS31NewStateRemovesNobody(t *testing.T) {
	s, _ := company(t)
	c := fresh(t, s)
	g := &c.source().snapshot.Groups[0]
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
	m, err := c.reconciler().remembered(t.Context())
	if err != nil || !m.begun || !m.foreign {
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
	s, _ := company(t)
	src, ok := s.sources[0].(*fakeSource)
	if !ok {
		t.Fatal("no fake source")
	}
	src.snapshot.Groups[0].Members = src.snapshot.Groups[0].Members[:2]
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
	s, f := company(t)
	c := begin(t, s)
	g := &c.source().snapshot.Groups[0]
	g.Members = g.Members[:2]
	f.faults["delete org_acme user_cy"] = &clerkapi.Error{Status: 409, Code: "organization_membership_managed_by_scim"}
	if r := c.apply(); r.Tally(Dropped) != 1 {
		t.Fatalf("outcomes %+v", r.Outcomes)
	}
	if p := c.plan(); p.Count(Skipped) != 1 || p.Count(Ready) != 0 {
		t.Errorf("plan %v", lines(p))
	}
	c.now = c.now.Add(8 * 24 * time.Hour)
	if p := c.plan(); p.Count(Ready) != 1 {
		t.Errorf("plan %v", lines(p))
	}
}

// The first fault of the journal ends the run before anything is sent.
func TestS32NothingIsSentThatCannotBeRemembered(t *testing.T) {
	s, f := company(t)
	c := begin(t, s)
	c.source().snapshot.Groups[0].Members = c.source().snapshot.Groups[0].Members[:2]
	id, err := c.db.Begin(t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(c.config, c.rules, c.sources, c.clerk, WithJournal(mute{c.db}, id))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.RunOnce(t.Context(), Run{Apply: true}); err == nil || len(f.calls) != 0 {
		t.Errorf("%v, calls %v", err, f.calls)
	}
}

// mute is a journal that can be read and not written.
type mute struct{ *journal.DB }

func (mute) Remember(context.Context, int64, []journal.Fact, []journal.Fact) error {
	return context.DeadlineExceeded
}
