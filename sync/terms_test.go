package sync

import (
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

const day = 24 * time.Hour

// from and until are terms that begin or end so long from now.
func from(d time.Duration) *source.Period { return &source.Period{Start: time.Now().Add(d)} }
func until(d time.Duration) *source.Period {
	return &source.Period{End: time.Now().Add(d), EndedBy: "last_day"}
}

// contracts is a company whose ann is a member, whose ben is none, and who are
// in these groups for these times; nil is always.
func contracts(t *testing.T, ann, ben []*source.Period) *story {
	t.Helper()
	f := fake.NewClerk("acme")
	f.User("user_ann", "ann@corp.example")
	f.User("user_ben", "ben@corp.example")
	f.Member("acme", "user_ann", "org:member", fake.Ours("1"))
	s := fake.HR("1 ann@corp.example", "2 ben@corp.example").Group("staff", 0, 1)
	s.Snapshot.Groups[0].Members[0].Periods = ann
	s.Snapshot.Groups[0].Members[1].Periods = ben
	st := tell(t, f, s)
	st.rule("acme", "org:member", "staff")
	return st
}

// A start only delays adds, an end that has passed makes a leaver, and who is a
// member stays although the next contract has not begun.
func TestS28StartAndEnd(t *testing.T) {
	t.Parallel()
	old, next := &source.Period{Start: time.Now().Add(-90 * day), End: time.Now().Add(-30 * day), EndedBy: "last_day"}, from(3*day)
	for _, c := range []struct {
		name     string
		ann, ben []*source.Period
		want     []string
	}{
		{"no dates", nil, nil, []string{"ready add acme user_ben member"}},
		{"begun", []*source.Period{from(-day)}, []*source.Period{from(-day)}, []string{"ready add acme user_ben member"}},
		{"not begun", nil, []*source.Period{from(day)}, nil},
		{"a contract renewed with a start ahead", []*source.Period{from(day)}, []*source.Period{from(day)}, nil},
		{"ends tomorrow", []*source.Period{until(day)}, []*source.Period{until(day)}, []string{"ready add acme user_ben member"}},
		{"ended", []*source.Period{until(-time.Second)}, []*source.Period{until(-time.Second)}, []string{"ready remove acme user_ann"}},
		{"one contract after another", []*source.Period{old, next}, []*source.Period{old, next}, nil},
		{"one contract ended, one holds", []*source.Period{old, from(-day)}, []*source.Period{old, from(-day)}, []string{"ready add acme user_ben member"}},
	} {
		t.Run(c.name, func(t *testing.T) { contracts(t, c.ann, c.ben).plans(c.want...) })
	}
}

// What the source says of the person as a whole does the same, and the plan
// says why somebody leaves.
func TestS28PersonsOwnTerm(t *testing.T) {
	t.Parallel()
	s := contracts(t, nil, nil)
	people := s.sources[0].(*fake.Source).Snapshot.People //nolint:errcheck,forcetypeassert // contracts made it
	people[0].Period, people[1].Period = until(-time.Second), from(day)
	p := s.plans("ready remove acme user_ann")
	if because := p.Organizations[0].Changes[0].Because; !strings.Contains(because, "hr.csv:2: ended at ") || !strings.Contains(because, "(last_day)") {
		t.Errorf("because %q", because)
	}
	people[0].Period, people[1].Period = nil, from(-day)
	s.plans("ready add acme user_ben member")
}

// A role that begins later is given later; meanwhile the present one stands.
// When the higher one ends, the lower one is left.
func TestS28RoleForATime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		staff *source.Period
		leads *source.Period
		want  []string
	}{
		{"a promotion ahead", nil, from(day), []string{"ready add acme user_ben member"}},
		{"promoted", nil, from(-day), []string{"ready add acme user_ben admin", "ready set_role acme user_ann admin"}},
		{"promoted until yesterday", nil, until(-day), []string{"ready add acme user_ben member"}},
		{"both ahead, the lower one first", from(day), from(2 * day), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := contracts(t, nil, nil)
			src := s.sources[0].(*fake.Source) //nolint:errcheck,forcetypeassert // contracts made it
			src.Group("leads", 0, 1)
			for i := range 2 {
				for g, term := range []*source.Period{c.staff, c.leads} {
					if term != nil {
						src.Snapshot.Groups[g].Members[i].Periods = []*source.Period{term}
					}
				}
			}
			s.rules = nil
			s.rule("acme", "org:admin", "leads")
			s.rule("acme", "org:member", "staff")
			s.plans(c.want...)
		})
	}
}

// Rows of the membership form hold each for its own time.
func TestS28Rows(t *testing.T) {
	t.Parallel()
	s := contracts(t, nil, nil)
	s.rules = nil
	src := s.sources[0].(*fake.Source) //nolint:errcheck,forcetypeassert // contracts made it
	src.Snapshot.Groups = nil
	src.Snapshot.Rows = []source.Row{
		{Person: 0, Organization: "acme", Role: "org:member", Period: until(-time.Second)},
		{Person: 1, Organization: "acme", Role: "org:member", Period: from(day)},
	}
	s.plans("ready remove acme user_ann")
}

// Somebody whose time has ended leaves at once: nobody waits for them to come
// back, as for one who is missing (S29).
func TestS28EndKnowsNoGrace(t *testing.T) {
	t.Parallel()
	s := contracts(t, []*source.Period{until(-time.Second)}, nil)
	s.config.Grace = 72 * time.Hour
	s.plans("ready add acme user_ben member", "ready remove acme user_ann")
}

// With a clock that is wrong nothing happens because time has passed.
func TestS28DatesAndAWrongClock(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name  string
		wrong func(c *chronicle)
		held  bool
	}{
		{"right", func(*chronicle) {}, false},
		{"five minutes off", func(c *chronicle) { c.clerk.Clock = 5 * time.Minute }, false},
		{"ahead of Clerk", func(c *chronicle) { c.clerk.Clock = -5*time.Minute - time.Second }, true},
		{"behind Clerk", func(c *chronicle) { c.clerk.Clock = 5*time.Minute + time.Second }, true},
		{"behind the last run", func(c *chronicle) { c.now = c.now.Add(-3 * time.Hour) }, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := contracts(t, nil, nil)
			src := s.sources[0].(*fake.Source) //nolint:errcheck,forcetypeassert // contracts made it
			c := begin(t, s)
			src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:1]
			c.apply()
			add(src, 1)
			c.clerk.User("user_cy", "cy@corp.example")
			src.Snapshot.People = append(src.Snapshot.People, fake.HR("3 cy@corp.example").Snapshot.People...)
			add(src, 2) // no dates: nothing keeps cy waiting
			src.Snapshot.Groups[0].Members[0].Periods = []*source.Period{{End: c.now.Add(-time.Hour), EndedBy: "end"}}
			src.Snapshot.Groups[0].Members[1].Periods = []*source.Period{{Start: c.now.Add(-day)}}
			x.wrong(c)
			if x.name == "behind the last run" {
				src.Snapshot.Groups[0].Members[0].Periods[0].End = c.now
			}
			p := c.plan()
			want := []string{"ready add acme user_ben member", "ready add acme user_cy member", "ready remove acme user_ann"}
			if x.held {
				want = []string{"held add acme user_ben member", "ready add acme user_cy member", "held remove acme user_ann"}
			}
			if got := strings.Join(lines(p), "; "); got != strings.Join(want, "; ") {
				t.Errorf("planned %s, want %s", got, strings.Join(want, "; "))
			}
			if x.held {
				s.holds(p, "S28 clock org_acme")
			}
		})
	}
}

// Without a history Clerk's clock is looked at all the same.
func TestS28WrongClockWithoutHistory(t *testing.T) {
	t.Parallel()
	s := contracts(t, []*source.Period{until(-time.Second)}, []*source.Period{from(-day)})
	s.clerk.Clock = time.Hour
	s.holds(s.plans("held add acme user_ben member", "held remove acme user_ann"), "S28 clock org_acme")
}

// What ends can give as well: where the rule that won has ended, the one below
// it makes an admin. With a clock that is wrong that waits like a loss.
func TestS28EndThatGivesAndAWrongClock(t *testing.T) {
	t.Parallel()
	for clock, want := range map[time.Duration]string{0: "ready set_role acme user_ann admin", time.Hour: "held set_role acme user_ann admin"} {
		s := contracts(t, nil, nil)
		src := s.sources[0].(*fake.Source) //nolint:errcheck,forcetypeassert // contracts made it
		src.Snapshot.Groups[0].Members = []source.Member{{Person: 0, Periods: []*source.Period{until(-time.Second)}}}
		src.Group("leads", 0)
		s.rule("acme", "org:admin", "leads")
		s.clerk.Clock = clock
		s.plans(want)
	}
}

// The revocation of an invitation says why: the person's time is over, or the source
// calls them gone. What the directory does not say, nobody makes up.
func TestS28ARevocationSaysWhoseTimeIsOver(t *testing.T) {
	t.Parallel()
	for want, x := range map[string]struct {
		id    string
		leave func(*fake.Source)
	}{
		"hr.csv:3: ended at ": {"2", func(src *fake.Source) {
			src.Snapshot.Groups[0].Members[1].Periods = []*source.Period{until(-time.Second)}
		}},
		"hr.csv:3: retired": {"2", func(src *fake.Source) { src.Snapshot.People[1].Disabled = "retired" }},
		"no rule or row adds this address here any more": {"9", func(src *fake.Source) { src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:1] }},
	} {
		f := fake.NewClerk("acme")
		f.User("user_ann", "ann@corp.example")
		f.Member("acme", "user_ann", "org:member", fake.Ours("1"))
		f.Pending = []clerkapi.Invitation{{ID: "inv_1", OrganizationID: "org_acme", Email: "ben@corp.example", Role: "org:member", Private: []byte(fake.Ours(x.id))}}
		src := fake.HR("1 ann@corp.example", "2 ben@corp.example").Group("staff", 0, 1)
		x.leave(src)
		s := tell(t, f, src)
		s.rule("acme", "org:member", "staff")
		s.config.MissingUsers, s.config.EmailDomains = policy.MissingInvite, []string{"corp.example"}
		changes := s.run(Run{}).Plan.Organizations[0].Changes
		if len(changes) != 1 || changes[0].Action != plan.RevokeInvitation || !strings.HasPrefix(changes[0].Because, want) {
			t.Errorf("%+v, want %q", changes, want)
		}
	}
}
