package sync

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
)

// forest is the story of two domains with the same ids: a group of hr lists ann of its
// own and ben, whom emea has. beta has nothing from emea.
func forest(t *testing.T, start func(*testing.T, *story) *chronicle) (c *chronicle, hr, emea *fake.Source) {
	t.Helper()
	const root, child = "dc=corp,dc=example", "dc=emea,dc=corp,dc=example"
	f := fake.NewClerk("acme", "beta")
	for i, name := range []string{"ann", "ben", "cy", "dan"} {
		f.User("user_"+name, name+"@corp.example")
		f.Member([]string{"acme", "acme", "beta", "beta"}[i], "user_"+name, "org:member", fake.Ours(string(rune('1'+i))))
	}
	hr = fake.HR("1 ann@corp.example", "3 cy@corp.example", "4 dan@corp.example").Group("staff", 0).Group("other", 1, 2)
	hr.Snapshot.Tree = root
	hr.Snapshot.Groups[0].Unusable = []source.Unusable{{Ref: "CN=Ben, " + child, Why: "belongs to another domain"}}
	emea = fake.HR("2 ben@corp.example").Named("emea")
	emea.Snapshot.Tree = child
	emea.Snapshot.People[0].Origin = source.Origin{Source: "emea", DN: "cn=ben," + child}
	s := tell(t, f, hr, emea)
	s.config.SameIDs = map[string]string{"hr": "hr", "emea": "hr"}
	s.rule("acme", "org:member", "staff").Source = "hr"
	s.rule("beta", "org:member", "other").Source = "hr"
	return start(t, s), hr, emea
}

// A member from another domain is a member like any other: one who leaves it leaves, and
// while that domain is down nobody of it loses anything. Organizations without people of
// it go on.
func TestS14ADomainOfAForestIsDown(t *testing.T) {
	t.Parallel()
	c, hr, emea := forest(t, begin)
	c.clean(c.apply().Plan)
	emea.Err = errors.New("no route to host")
	hr.Snapshot.Groups[1].Members = hr.Snapshot.Groups[1].Members[:1] // dan leaves beta
	hr.Snapshot.Groups[0].Members = nil                               // ann leaves acme
	if got := removed(c.plan()); got != "user_dan" {
		t.Errorf("while emea is down, %q would leave; want dan alone, since emea feeds acme too (S14)", got)
	}
	emea.Err = nil
	if got := removed(c.plan()); got != "user_ann user_dan" {
		t.Errorf("when emea is back, %q would leave", got)
	}
	emea.Snapshot.People[0].Disabled = "disabled"
	if got := removed(c.plan()); got != "user_ann user_ben user_dan" {
		t.Errorf("when ben is disabled, %q would leave", got)
	}
}

// If somebody of emea is renamed while emea is down, the group of hr lists a member whom no
// run has seen, and who is a member of ours all the same. Who is taken out of the group
// leaves.
func TestS10ARenamedMemberOfADomainThatIsDown(t *testing.T) {
	t.Parallel()
	const child = ",dc=emea,dc=corp,dc=example"
	for name, x := range map[string]struct {
		members  []source.Member
		unusable []source.Unusable
		want     string
	}{
		"renamed":   {nil, []source.Unusable{{Ref: "CN=Ben Renamed" + child, Why: "belongs to another domain"}}, ""},
		"as before": {nil, []source.Unusable{{Ref: "CN=Ben" + child, Why: "belongs to another domain"}}, "user_ann"},
		"taken out": {[]source.Member{{Person: 0}}, nil, "user_ben"},
	} {
		c, hr, emea := forest(t, func(t *testing.T, s *story) *chronicle {
			s.rule("beta", "org:member", "emea-staff").Source = "emea" // emea feeds nothing else by its own rules (S14)
			return begin(t, s)
		})
		emea.Group("emea-staff", 0)
		c.clean(c.apply().Plan)
		hr.Snapshot.Groups[0].Members, hr.Snapshot.Groups[0].Unusable = x.members, x.unusable
		emea.Err = errors.New("no route to host")
		if got := removed(c.plan()); got != x.want {
			t.Errorf("%s: %q would leave, want %q", name, got, x.want)
		}
	}
}

// The group of hr lists a group of emea, in which ben is. If emea does not show that group or
// is down, its people are unknown, and nobody leaves. Who is taken out of it leaves.
func TestS10AGroupOfAnotherDomain(t *testing.T) {
	t.Parallel()
	const team = "CN=Team,dc=emea,dc=corp,dc=example"
	for name, x := range map[string]struct {
		change func(emea *fake.Source)
		want   string
	}{
		"as before": {func(*fake.Source) {}, "user_ann"},
		"hidden":    {func(emea *fake.Source) { emea.Snapshot.Inner = nil }, ""},
		"down":      {func(emea *fake.Source) { emea.Err = errors.New("no route to host") }, ""},
		"hidden within": {func(emea *fake.Source) {
			emea.Snapshot.Inner[team] = source.Group{Name: "Team", Unusable: []source.Unusable{{Ref: "CN=Inner,dc=emea,dc=corp,dc=example", Why: "hidden"}}}
		}, ""},
		"taken out": {func(emea *fake.Source) { emea.Snapshot.Inner[team] = source.Group{Name: "Team"} }, "user_ann user_ben"},
	} {
		c, hr, emea := forest(t, func(t *testing.T, s *story) *chronicle {
			s.rule("beta", "org:member", "emea-staff").Source = "emea" // emea feeds nothing else by its own rules (S14)
			return begin(t, s)
		})
		emea.Group("emea-staff", 0)
		hr.Snapshot.People = append(hr.Snapshot.People, source.Person{ID: "9", Email: "eve@corp.example", Origin: source.Origin{Source: "hr", DN: "cn=eve"}})
		hr.Snapshot.Groups[0].Members = append(hr.Snapshot.Groups[0].Members, source.Member{Person: 3}) // somebody stays
		hr.Snapshot.Groups[0].Unusable = []source.Unusable{{Ref: team, Why: "belongs to another domain"}}
		emea.Snapshot.Inner = map[string]source.Group{team: {Name: "Team", Members: []source.Member{{Person: 0}}, Nested: []string{"CN=Inner,dc=emea,dc=corp,dc=example"}}}
		c.clean(c.apply().Plan)
		hr.Snapshot.Groups[0].Members = hr.Snapshot.Groups[0].Members[1:] // ann leaves
		x.change(emea)
		if got := removed(c.plan()); got != x.want {
			t.Errorf("%s: %q would leave, want %q", name, got, x.want)
		}
	}
}

// If emea answers and its answer proves nothing, nobody leaves an organization that a group
// with people of emea leads to.
func TestS12ADomainOfAForestIsBehind(t *testing.T) {
	t.Parallel()
	const team = "CN=Team,dc=emea,dc=corp,dc=example"
	for name, x := range map[string]struct {
		change func(emea *fake.Source)
		want   string
	}{
		"whole":               {func(*fake.Source) {}, "user_ben user_dan"},
		"not synchronized":    {func(emea *fake.Source) { emea.Snapshot.NoRemovals = []string{"is not synchronized"} }, ""},
		"an older replica":    {func(emea *fake.Source) { emea.Snapshot.Server, emea.Snapshot.Revision = "dc2", emeaRevision(1) }, ""},
		"S13 without canary":  {func(emea *fake.Source) { emea.Snapshot.MissingCanaries = []string{"person eve"} }, ""},
		"S14 nobody is there": {func(emea *fake.Source) { emea.Err = errors.New("no route to host") }, ""},
	} {
		c, hr, emea := forest(t, func(t *testing.T, s *story) *chronicle {
			s.rule("beta", "org:member", "emea-staff").Source = "emea" // its own rules do not lead to acme
			return begin(t, s)
		})
		emea.Group("emea-staff", 0)
		emea.Snapshot.Server, emea.Snapshot.Revision = "dc1", emeaRevision(2)
		hr.Snapshot.Groups[0].Unusable = []source.Unusable{{Ref: team, Why: "belongs to another domain"}}
		emea.Snapshot.Inner = map[string]source.Group{team: {Name: "Team", Members: []source.Member{{Person: 0}}}}
		c.clean(c.apply().Plan)
		hr.Snapshot.Groups[1].Members = hr.Snapshot.Groups[1].Members[:1] // dan leaves beta
		emea.Snapshot.Inner[team] = source.Group{Name: "Team"}
		x.change(emea)
		if got := removed(c.plan()); got != x.want {
			t.Errorf("%s: %q would leave, want %q", name, got, x.want)
		}
	}
}

// A group of exceptions lists a group of emea, in which ben is. If that group is not shown, or
// emea is behind or down, nobody knows whom it keeps out, and ben is not let in.
func TestS10AnExceptionOfAnotherDomain(t *testing.T) {
	t.Parallel()
	const team, ben = "CN=Team,dc=emea,dc=corp,dc=example", "CN=Ben,dc=emea,dc=corp,dc=example"
	for name, x := range map[string]struct {
		change func(emea *fake.Source)
		adds   bool
	}{
		"as before": {func(*fake.Source) {}, false},
		"taken out": {func(emea *fake.Source) { emea.Snapshot.Inner[team] = source.Group{Name: "Team"} }, true},
		"hidden":    {func(emea *fake.Source) { delete(emea.Snapshot.Inner, team) }, false},
		"S14 down":  {func(emea *fake.Source) { emea.Err = errors.New("no route to host") }, false},
		"S12 behind": {func(emea *fake.Source) {
			emea.Snapshot.Inner[team], emea.Snapshot.NoRemovals = source.Group{Name: "Team"}, []string{"is not synchronized"}
		}, false},
		"S13 without canary": {func(emea *fake.Source) {
			emea.Snapshot.Inner[team], emea.Snapshot.MissingCanaries = source.Group{Name: "Team"}, []string{"person eve"}
		}, false},
	} {
		c, hr, emea := forest(t, func(t *testing.T, s *story) *chronicle {
			s.rules[0].ExceptGroups = []string{"contractors"}
			s.rule("beta", "org:member", "emea-staff").Source = "emea" // its own rules do not lead to acme
			return begin(t, s)
		})
		emea.Group("emea-staff", 0)
		hr.Group("contractors", 1)
		hr.Snapshot.Groups[0].Unusable[0].Ref, hr.Snapshot.Groups[2].Unusable = ben, []source.Unusable{{Ref: team, Why: "belongs to another domain"}}
		emea.Snapshot.Inner = map[string]source.Group{team: {Name: "Team", Members: []source.Member{{Person: 0}}}}
		c.apply() // ben leaves acme
		x.change(emea)
		adds := false
		for o, change := range c.plan().Changes() {
			adds = adds || o.ID == "org_acme" && change.Action == plan.Add && change.State == plan.Ready
		}
		if adds != x.adds {
			t.Errorf("%s: ben is added: %t", name, adds)
		}
	}
}

func emeaRevision(usn int) source.Revision {
	return source.Revision("").With(source.ClockUSN, source.Clock{"dc": strconv.Itoa(usn)})
}

// An entry that emea does not show is unknown and not gone, with or without a memory of
// it, and so is one whose source has other ids (S10, S01).
func TestS10AMemberThatItsDomainDoesNotShow(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(c *chronicle, emea *fake.Source){
		"not shown":    func(_ *chronicle, emea *fake.Source) { emea.Snapshot.People = nil },
		"another tree": func(_ *chronicle, emea *fake.Source) { emea.Snapshot.Tree = "dc=other,dc=example" },
		"other ids":    func(c *chronicle, _ *fake.Source) { c.config.SameIDs = nil },
	} {
		for _, remembered := range []bool{true, false} {
			c, _, emea := forest(t, fresh)
			if remembered {
				c, _, emea = forest(t, begin)
				c.clean(c.apply().Plan)
			}
			change(c, emea)
			if got := removed(c.plan()); got != "" {
				t.Errorf("%s, remembered %t: %q would leave", name, remembered, got)
			}
		}
	}
}

// An entry of the group's own source stands for a member of another domain only if it is
// the same person by a shared id, and enabled like it. An id that people may write, as an
// address is, proves nothing (S01, S10).
func TestS01AMemberOfAForestIsItsOwnEntry(t *testing.T) {
	t.Parallel()
	const eve = "5 eve@corp.example"
	for name, x := range map[string]struct {
		change func(hr, emea *fake.Source)
		id     string // of ben in emea
		eve    string // in hr
		left   string
		nobody bool // joins
	}{
		"the same person":                  {id: "5", eve: "5 ben@corp.example"},
		"another person":                   {id: "2", eve: eve},
		"a disabled account of the person": {id: "5", eve: "5 old@corp.example off=moved"},
		"an enabled one of somebody who left": {id: "5", eve: eve, left: "user_ben",
			change: func(_, emea *fake.Source) { emea.Snapshot.People[0].Disabled = "left" }},
		"an address as the id": {id: "ben@corp.example", eve: "ben@corp.example eve@corp.example", nobody: true},
		"a DN as the id":       {id: "", eve: "cn=ben,dc=emea,dc=corp,dc=example eve@corp.example"},
	} {
		for _, marked := range []string{"emea", "hr"} {
			c, hr, emea := forest(t, begin)
			c.clerk.User("user_eve", "eve@corp.example")
			c.clerk.Find("org_acme", "user_ben").Private = []byte(fake.OursFrom(marked, "5"))
			emea.Snapshot.People[0].ID = x.id
			hr.Snapshot.People = append(hr.Snapshot.People, fake.HR(x.eve).Snapshot.People...)
			if x.change != nil {
				x.change(hr, emea)
			}
			p := c.plan()
			for _, change := range p.Changes() {
				if change.UserID == "user_eve" {
					t.Errorf("%s: %v", name, lines(p))
				}
			}
			if got := removed(p); got != x.left {
				t.Errorf("%s, marked by %s: %q would leave, want %q; %v", name, marked, got, x.left, lines(p))
			}
			c.clerk.Members["org_acme"] = c.clerk.Members["org_acme"][:1]
			if got, want := strings.Join(lines(c.plan()), " "), "ready add acme user_ben member"; x.left == "" && !x.nobody && got != want || (x.left != "" || x.nobody) && got != "" {
				t.Errorf("%s: before ben is a member: %q", name, got)
			}
		}
	}
}
