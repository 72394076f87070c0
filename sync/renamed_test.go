package sync

import (
	"slices"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/policy"
)

// rename gives the only source another name, as renamed_from does.
func (c *chronicle) rename(now string) {
	was := c.source().Snapshot.Source
	c.source().Named(now)
	c.config.Renamed = map[string]string{was: now}
}

// A source that has another name is the same source: who could be read under the
// former name is known (S10).
func TestS10ARenamedSourceIsTheSame(t *testing.T) {
	t.Parallel()
	for _, runs := range []int{0, 2} { // between the new name and the read that does not show ben
		s, _ := company(t)
		c := begin(t, s)
		for i, dn := range []string{"uid=ann", "uid=ben", "uid=cy"} {
			c.source().Snapshot.People[i].Origin.DN = dn
		}
		c.clean(c.apply().Plan)
		c.rename("people")
		for range runs {
			c.clean(c.apply().Plan)
		}
		g := &c.source().Snapshot.Groups[0]
		g.Members, g.Unusable = g.Members[:1], []source.Unusable{{Ref: "uid=ben", Why: "an access rule hides it"}}
		c.source().Snapshot.People = c.source().Snapshot.People[:1]
		p := c.apply().Plan
		if c.clean(p); removed(p) != "user_cy" {
			t.Errorf("removes %q", removed(p))
		}
	}
}

// Nor is a file or a server forgotten by another name (S11, S12).
func TestS11ARenamedSourceIsTheSame(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		guard     string
		at, later func(s *source.Snapshot)
	}{
		{"incomplete_source", func(s *source.Snapshot) { s.Files = []string{"a.csv", "b.csv"} }, func(s *source.Snapshot) { s.Files = []string{"b.csv"} }},
		{"older_replica", func(s *source.Snapshot) { s.Server, s.Revision = "ldap://one", "contextCSN 000=20260302" },
			func(s *source.Snapshot) { s.Server, s.Revision = "ldap://two", "contextCSN 000=20260301" }},
	} {
		s, _ := company(t)
		c := begin(t, s)
		snap := &c.source().Snapshot
		x.at(snap)
		c.apply()
		c.rename("people")
		x.later(snap)
		snap.Groups[0].Members = snap.Groups[0].Members[:2]
		for range 2 {
			if h := c.held(c.apply().Plan, x.guard); h.Changes != 1 {
				t.Fatalf("hold %+v", h)
			}
		}
	}
}

// The baseline of a group is that of the same group, neither lost nor taken for
// a group that is gone; a pattern is no new one (S17, S18, S21).
func TestS18ARenamedSourceIsTheSame(t *testing.T) {
	t.Parallel()
	s, _ := crowdOf(t, 40)
	s.config.Guards.SourceShrink = policy.Limit{Percent: 30, People: 5}
	c := begin(t, s)
	c.apply()
	c.rename("people")
	g := &c.source().Snapshot.Groups[0]
	g.Members = g.Members[:39]
	c.clean(c.apply().Plan)
	g.Members = g.Members[:20]
	if h := c.held(c.apply().Plan, "source_shrink"); h.Figure != 20 || !strings.Contains(h.Text, "from 40 to 20") {
		t.Errorf("hold %+v", h)
	}
}

func TestS21ARenamedSourceIsTheSame(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("user_ann", "ann@corp.example")
	f.User("user_ben", "ben@corp.example")
	src := fake.HR("1 ann@corp.example", "2 ben@corp.example").Group("acme-admin", 0)
	s := tell(t, f, src)
	s.rules = []policy.Rule{{Groups: policy.GroupPattern{Match: "(?P<org>[a-z]+)-(?P<role>[a-z]+)"}, Organization: "{org}",
		Role: "org:{role}", Roles: []string{"org:admin", "org:member"}}}
	c := begin(t, s)
	c.apply(c.held(c.plan(), "first_admins").Approval)
	c.rename("people")
	add(src, 1)
	if r := c.apply(); len(r.Plan.Holds) > 0 || r.Tally(apply.Done) != 1 {
		t.Errorf("holds %+v", r.Plan.Holds)
	}
}

// What an admin has decided on two ids stays decided (S02).
func TestS02ARenamedSourceIsTheSame(t *testing.T) {
	t.Parallel()
	for _, newPerson := range []bool{true, false} {
		s, f := company(t)
		c := begin(t, s)
		c.source().Snapshot.People[2].ID = "33"
		conflict := c.plan().ConflictOf("cy@corp.example")
		if conflict == nil {
			t.Fatal("no conflict")
		}
		c.write(memory.Decide(conflict, newPerson))
		c.rename("people")
		c.clean(c.apply().Plan)
		if c.clean(c.apply().Plan); (f.Find("org_acme", "user_cy") == nil) != newPerson {
			t.Errorf("new person %t:\n%s", newPerson, f.State())
		}
	}
}

// Facts under a former name are written under the present one, once.
func TestRenamedFactsMove(t *testing.T) {
	t.Parallel()
	s, _ := company(t)
	c := begin(t, s)
	c.source().Snapshot.Files = []string{"a.csv"}
	c.apply()
	c.rename("people")
	c.apply()
	facts, err := c.db.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Key == "hr" || strings.HasPrefix(f.Key, "hr\x1f") || f.Kind == "organization" && strings.Contains(string(f.Value), `"hr"`) {
			t.Errorf("%s %q: %s", f.Kind, f.Key, f.Value)
		}
	}
	if !slices.ContainsFunc(c.facts("files"), func(f journal.Fact) bool { return f.Key == "people" }) {
		t.Error("the files are forgotten")
	}
}

// Another path in the configuration makes no file vanish; one that the glob of
// today has lost does (S11).
func TestS11AnotherPathIsNoVanishedFile(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		was   []string
		path  string
		files []string
		holds bool
	}{
		{[]string{"/d/people.csv"}, "/d/staff.csv", []string{"/d/staff.csv"}, false},
		{[]string{"/d/a.csv", "/d/b.csv"}, "/d/b.csv", []string{"/d/b.csv"}, false},
		{[]string{"/d/a.csv", "/d/b.csv"}, "/d/b*.csv", []string{"/d/b.csv"}, false},
		{[]string{"/d/a.csv", "/d/b.csv"}, "/e/*.csv", []string{"/e/a.csv"}, false},
		{[]string{"/d/a.csv"}, "-", nil, false},
		{[]string{"/d/a.csv", "/d/b.csv"}, "/d/*.csv", []string{"/d/b.csv"}, true},
		{[]string{"/d/a.csv", "/d/b.csv"}, "/d/./*.csv", []string{"/d/b.csv"}, true},
		{[]string{"/d/a.csv", "/d/b.csv"}, "/*/[ab].csv", []string{"/d/b.csv"}, true},
	} {
		s, _ := company(t)
		c := begin(t, s)
		snap := &c.source().Snapshot
		snap.Files, snap.Path = x.was, "/d/*.csv"
		c.apply()
		snap.Files, snap.Path = x.files, x.path
		snap.Groups[0].Members = snap.Groups[0].Members[:2]
		if p := c.apply().Plan; (len(p.Holds) > 0) != x.holds || (removed(p) == "") != x.holds {
			t.Errorf("%v, now %s: holds %+v", x.was, x.path, p.Holds)
		}
	}
}
