package sync

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// chronicle is a story over several runs, with a journal on disk and a clock.
type chronicle struct {
	*story
	now time.Time
	db  *journal.DB
	// wrapJournal puts something between a run and its journal.
	wrapJournal func(Journal) Journal
	// wrapClerk puts something between a run and Clerk.
	wrapClerk func(Clerk) Clerk
	// options are further ones of every run.
	options []Option
	// finish is how every run ends.
	finish journal.Run
}

// begin starts a chronicle whose state is older than any marker; see [fresh].
func begin(t *testing.T, s *story) *chronicle {
	c := fresh(t, s)
	c.write(journal.Fact{Kind: memory.FactState, Value: []byte(`{"began_with_markers":false}`)})
	return c
}

// fresh starts a chronicle with a new state directory.
func fresh(t *testing.T, s *story) *chronicle {
	t.Helper()
	s.config.Guards.SourceShrink = cmp.Or(s.config.Guards.SourceShrink, policy.Limit{People: 1 << 30})
	c := &chronicle{story: s, finish: journal.Run{Outcome: "done"}, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	c.db = OpenNewJournal(t, journal.Options{Now: func() time.Time { return c.now }})
	t.Cleanup(func() { _ = c.db.Close() }) // each write was on disk when it returned
	return c
}

func (c *chronicle) write(facts ...journal.Fact) {
	c.t.Helper()
	if err := c.db.Remember(c.t.Context(), 0, facts, nil); err != nil {
		c.t.Fatal(err)
	}
}

// plan and apply make the next run, an hour after the last.
func (c *chronicle) plan() *plan.Plan { c.t.Helper(); return c.next(Run{}).Plan }

func (c *chronicle) apply(approve ...string) *Report {
	c.t.Helper()
	return c.next(Run{Apply: true, Approve: approve})
}

func (c *chronicle) next(run Run) *Report {
	c.t.Helper()
	r, err := c.once(c.t.Context(), run)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, change := range r.Plan.Changes() {
		if change.State == plan.Skipped && change.SkippedFor() == 0 {
			c.t.Errorf("no word counts what is skipped because %q", change.Why)
		}
	}
	return r
}

func (c *chronicle) once(ctx context.Context, run Run) (*Report, error) {
	c.t.Helper()
	c.now = c.now.Add(time.Hour)
	id := int64(0)
	if run.Apply {
		var err error
		if id, err = c.db.Begin(ctx, journal.Run{Verb: "apply"}); err != nil {
			c.t.Fatal(err)
		}
	}
	j := Journal(c.db)
	if c.wrapJournal != nil {
		j = c.wrapJournal(j)
	}
	clerk := Clerk(c.clerk)
	if c.wrapClerk != nil {
		clerk = c.wrapClerk(clerk)
	}
	r, err := New(c.config, c.rules, c.sources, clerk, append([]Option{WithJournal(j, id)}, c.options...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	r.now = func() time.Time { return c.now }
	once := r.RunOnce
	if len(run.Undo) > 0 {
		once = r.Undo
	}
	report, err := once(ctx, run)
	if run.Apply && err == nil {
		if err := c.db.Finish(context.WithoutCancel(ctx), id, c.finish); err != nil {
			c.t.Fatal(err)
		}
	}
	return report, err
}

// held is the only hold of the plan, which must be that of the guard.
func (c *chronicle) held(p *plan.Plan, guard string) plan.Hold {
	c.t.Helper()
	i := slices.IndexFunc(p.Holds, func(h plan.Hold) bool { return h.Guard == guard })
	if i < 0 || len(p.Holds) != 1 {
		c.t.Fatalf("want one hold %s, got %+v", guard, p.Holds)
	}
	return p.Holds[i]
}

func (c *chronicle) clean(p *plan.Plan) {
	c.t.Helper()
	if len(p.Holds) > 0 {
		c.t.Fatalf("held: %+v", p.Holds)
	}
}

// company is acme with ann, ben and cy, all of whom the directory wants and
// rollcall has added.
func company(t *testing.T) (*story, *fake.Clerk) {
	f := fake.NewClerk("acme", "beta")
	for i, name := range []string{"ann", "ben", "cy"} {
		f.User("user_"+name, name+"@corp.example")
		f.Member("acme", "user_"+name, "org:member", fake.Ours(string(rune('1'+i))))
	}
	s := tell(t, f, fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example").Group("staff", 0, 1, 2))
	s.rule("acme", "org:member", "staff")
	return s, f
}

// source is the only source.
func (c *chronicle) source() *fake.Source {
	s, ok := c.sources[0].(*fake.Source)
	if !ok {
		c.t.Fatal("no fake source")
	}
	return s
}

func removed(p *plan.Plan) string {
	var users []string
	for _, c := range p.Changes() {
		if c.Action == plan.Remove && c.State == plan.Ready {
			users = append(users, c.UserID)
		}
	}
	return strings.Join(users, " ")
}

// Who cannot be read today but could be earlier keeps what they have, and the
// rest of the organization goes on. Who never could is nobody of ours.
func TestS10KnownFromEarlierRuns(t *testing.T) {
	t.Parallel()
	all := func(c *chronicle) { c.config.Removals = policy.RemovalsAll }
	for _, x := range []struct {
		name, ref, removed string
		first              bool // no run was made before
		change             func(c *chronicle)
	}{
		{name: "known by the DN", ref: "uid=Ben", removed: "user_cy"},
		{name: "never readable", ref: "uid=stranger", removed: "user_ben user_cy"},
		{name: "before the first apply", ref: "uid=ben", first: true},
		{name: "removals: all", ref: "uid=ben", change: all},
		{name: "a group that could be read", ref: "cn=inner"},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, _ := company(t)
			c := fresh(t, s)
			for i, dn := range []string{"uid=ann", "uid=ben", "uid=cy"} {
				c.source().Snapshot.People[i].Origin.DN = dn
			}
			g := &c.source().Snapshot.Groups[0]
			g.Nested = []string{"cn=inner"}
			if !x.first {
				c.write(journal.Fact{Kind: memory.FactState, Value: []byte(`{"began_with_markers":false}`)})
				c.clean(c.apply().Plan)
			}
			if x.change != nil {
				x.change(c)
			}
			// Now ben cannot be read, and cy has left.
			g.Members, g.Nested = g.Members[:1], nil
			g.Unusable = []source.Unusable{{Ref: x.ref, Why: "an access rule hides it"}}
			c.source().Snapshot.People = c.source().Snapshot.People[:1]
			p := c.plan()
			if got := removed(p); got != x.removed {
				t.Errorf("removes %q, want %q; holds %+v", got, x.removed, p.Holds)
			}
			held := slices.ContainsFunc(p.Holds, func(h plan.Hold) bool { return h.Rule == "S10" })
			if held != (x.removed == "") {
				t.Errorf("holds %+v", p.Holds)
			}
		})
	}
}

// What a user name stood for is known as well as a DN.
func TestS10KnownByUserName(t *testing.T) {
	t.Parallel()
	s, _ := company(t)
	c := begin(t, s)
	g := &c.source().Snapshot.Groups[0]
	g.Members[1].Ref = "ben"
	c.apply()
	g.Members = g.Members[:1]
	g.Unusable = []source.Unusable{{Ref: "BEN ", Why: "no such object"}}
	if got := removed(c.plan()); got != "user_cy" {
		t.Errorf("removes %q", got)
	}
}

func TestS11VanishedFile(t *testing.T) {
	t.Parallel()
	s, _ := company(t)
	c := begin(t, s)
	snap := &c.source().Snapshot
	snap.Files = []string{"a.csv", "b.csv"}
	c.apply()
	snap.Files = []string{"b.csv"}
	snap.Groups[0].Members = snap.Groups[0].Members[:2]
	for range 2 { // a second run forgets nothing
		if h := c.held(c.apply().Plan, "incomplete_source"); h.Changes != 1 || !strings.Contains(h.Text, "a.csv") {
			t.Fatalf("hold %+v", h)
		}
	}
	c.config.Retire = map[string]policy.Retire{"a.csv": policy.RetireRemove}
	r := c.apply()
	c.clean(r.Plan)
	if removed(r.Plan) != "user_cy" {
		t.Errorf("plan %v", lines(r.Plan))
	}
}

func TestS12OlderReplica(t *testing.T) {
	t.Parallel()
	s, _ := company(t)
	c := begin(t, s)
	snap := &c.source().Snapshot
	snap.Server, snap.Revision = "ldap://one", "contextCSN 000=20260302"
	c.apply()
	snap.Groups[0].Members = snap.Groups[0].Members[:2]
	snap.Server, snap.Revision = "ldap://two", "contextCSN 000=20260301"
	for range 2 {
		if h := c.held(c.apply().Plan, "older_replica"); h.Changes != 1 || !strings.Contains(h.Text, "ldap://one") {
			t.Fatalf("hold %+v", h)
		}
	}
	snap.Revision = "contextCSN 000=20260302"
	r := c.apply()
	c.clean(r.Plan)
	if removed(r.Plan) != "user_cy" {
		t.Errorf("plan %v", lines(r.Plan))
	}
}

// One address may be that of several servers, and a server may be restored from a backup:
// what is older than the last read takes nothing from anybody. With the next change there,
// the read counts again. Timestamps do not tell, since they go with whoever leaves.
func TestS12TheSameAddressGoesBack(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		before, now, later source.Revision
		held               bool
	}{
		"the same":        {"contextCSN 000=20260302", "contextCSN 000=20260302", "contextCSN 000=20260302", false},
		"newer":           {"contextCSN 000=20260302", "contextCSN 000=20260303", "contextCSN 000=20260303", false},
		"older":           {"contextCSN 000=20260302", "contextCSN 000=20260301", "contextCSN 000=20260303", true},
		"one of two":      {"contextCSN 001=20260302 002=20260305", "contextCSN 001=20260306 002=20260304", "contextCSN 001=20260306 002=20260305", true},
		"one of two less": {"contextCSN 001=20260302 002=20260305", "contextCSN 001=20260302", "contextCSN 001=20260302", false},
		"another origin":  {"contextCSN 001=20260302", "contextCSN 001=20260301 002=20260305", "contextCSN 001=20260301 002=20260305", false},
		"timestamps":      {"time read=20260302000000Z", "time read=20260301000000Z", "time read=20260301000000Z", false},
		"domain":          {"usn a=100 b=90", "usn a=98 b=95", "usn a=98 b=95", false},
	} {
		s, _ := company(t)
		c := begin(t, s)
		snap := &c.source().Snapshot
		snap.Server, snap.Revision = "ldap://one", x.before
		c.apply()
		snap.Groups[0].Members = snap.Groups[0].Members[:2]
		snap.Revision = x.now
		if x.held {
			for range 2 {
				if h := c.held(c.apply().Plan, "older_replica"); h.Changes != 1 || !strings.Contains(h.Text, "restored from a backup") {
					t.Fatalf("%s: hold %+v", name, h)
				}
			}
			snap.Revision = x.later
		}
		r := c.apply()
		c.clean(r.Plan)
		if removed(r.Plan) != "user_cy" {
			t.Errorf("%s: plan %v", name, lines(r.Plan))
		}
	}
}

// A source that fails holds what it fed, by a pattern too; the others go on.
func TestS14FedInTheLastGoodRun(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	for _, u := range []string{"ann", "ben", "cy", "dan"} {
		f.User("user_"+u, u+"@corp.example")
	}
	one := fake.HR("1 ann@corp.example", "2 ben@corp.example").Group("team-acme", 0, 1)
	two := fake.HR("3 cy@corp.example", "4 dan@corp.example").Group("staff", 0, 1)
	two.Snapshot.Source = "it"
	s := tell(t, f, one, two)
	s.rules = []policy.Rule{
		{Groups: policy.GroupPattern{Match: "team-(?P<org>.*)"}, Source: "hr", Organization: "{org}", Role: "org:member"},
		{Groups: policy.GroupPattern{Names: []string{"staff"}}, Source: "it", Organization: "beta", Role: "org:member"},
	}
	c := begin(t, s)
	if r := c.apply(); r.Tally(apply.Done) != 4 {
		t.Fatalf("outcomes %+v", r.Outcomes)
	}
	one.Err = context.DeadlineExceeded
	two.Snapshot.Groups[0].Members = two.Snapshot.Groups[0].Members[:1]
	r := c.apply()
	if h := c.held(r.Plan, "failed_source"); h.Organization != "org_acme" {
		t.Errorf("hold %+v", h)
	}
	if got := removed(r.Plan); got != "user_dan" {
		t.Errorf("removes %q, plan %v", got, lines(r.Plan))
	}
}

func TestS15OrganizationOfThePast(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		retire        policy.Retire
		holds, leaves int
	}{{"", 1, 0}, {policy.RetireKeep, 0, 0}, {policy.RetireRemove, 0, 3}} {
		t.Run("retire "+string(x.retire), func(t *testing.T) {
			s, f := company(t)
			s.rule("beta", "org:member", "staff")
			c := begin(t, s)
			c.apply()
			c.rules = c.rules[1:] // the rule of acme is gone
			if x.retire != "" {
				c.config.Retire = map[string]policy.Retire{"acme": x.retire}
			}
			r := c.apply()
			if len(r.Plan.Holds) != x.holds || r.Tally(apply.Done) != x.leaves || len(f.Members["org_acme"]) != 3-x.leaves {
				t.Errorf("holds %+v, outcomes %+v", r.Plan.Holds, r.Outcomes)
			}
			if x.holds > 0 {
				h := c.held(r.Plan, "missing_group")
				if h.Organization != "org_acme" || h.Changes != 3 || !strings.Contains(h.Text, "sync.retire: {acme: keep}") {
					t.Errorf("hold %+v", h)
				}
				return
			}
			c.clean(c.apply().Plan) // settled, it is not looked at again
		})
	}
}

// Whom two sources hold is marked with the id of either, and known by both
// when a later read cannot show them.
func TestS10KnownUnderAnyIdentity(t *testing.T) {
	t.Parallel()
	for _, marked := range []string{"hr", "it"} {
		f := fake.NewClerk("acme")
		f.User("user_ben", "ben@corp.example")
		f.Member("acme", "user_ben", "org:member", strings.Replace(fake.Ours("2"), `"hr"`, `"`+marked+`"`, 1))
		one, two := fake.HR("2 ben@corp.example"), fake.HR("2 ben@corp.example").Group("staff", 0)
		two.Snapshot.Source, two.Snapshot.People[0].Origin.DN = "it", "uid=ben"
		s := tell(t, f, one, two)
		s.config.SameIDs = map[string]string{"hr": "hr", "it": "hr"}
		s.rule("acme", "org:member", "staff").AllowEmpty = []string{"staff"}
		c := begin(t, s)
		c.apply()
		two.Snapshot.People, two.Snapshot.Groups = nil, nil
		two.Group("staff", -1)
		two.Snapshot.Groups[0].Unusable[0].Ref = "uid=ben"
		for range 2 { // the first source may be down meanwhile
			if r := c.apply(); removed(r.Plan) != "" {
				t.Errorf("marked by %s: removed", marked)
			}
			one.Err = context.DeadlineExceeded
		}
	}
}
