package sync

import (
	"strings"
	"testing"
	"time"

	"rollcall/source"
)

const day = 24 * time.Hour

// from and until are terms that begin or end so long from now.
func from(d time.Duration) *source.Term { return &source.Term{Start: time.Now().Add(d)} }
func until(d time.Duration) *source.Term {
	return &source.Term{End: time.Now().Add(d), EndedBy: "last_day"}
}

// contracts is a company whose ann is a member, whose ben is none, and who are
// in these groups for these times; nil is always.
func contracts(t *testing.T, ann, ben []*source.Term) *story {
	t.Helper()
	f := newFake("acme")
	f.user("user_ann", "ann@corp.example")
	f.user("user_ben", "ben@corp.example")
	f.member("acme", "user_ann", "org:member", ours("1"))
	s := hr("1 ann@corp.example", "2 ben@corp.example").group("staff", 0, 1)
	s.snapshot.Groups[0].Members[0].Terms = ann
	s.snapshot.Groups[0].Members[1].Terms = ben
	st := tell(t, f, s)
	st.rule("acme", "org:member", "staff")
	return st
}

// A start only delays adds, an end that has passed makes a leaver, and who is a
// member stays although the next contract has not begun.
func TestS28StartAndEnd(t *testing.T) {
	old, next := &source.Term{Start: time.Now().Add(-90 * day), End: time.Now().Add(-30 * day), EndedBy: "last_day"}, from(3*day)
	for _, c := range []struct {
		name     string
		ann, ben []*source.Term
		want     []string
	}{
		{"no dates", nil, nil, []string{"ready add acme user_ben member"}},
		{"begun", []*source.Term{from(-day)}, []*source.Term{from(-day)}, []string{"ready add acme user_ben member"}},
		{"not begun", nil, []*source.Term{from(day)}, nil},
		{"a contract renewed with a start ahead", []*source.Term{from(day)}, []*source.Term{from(day)}, nil},
		{"ends tomorrow", []*source.Term{until(day)}, []*source.Term{until(day)}, []string{"ready add acme user_ben member"}},
		{"ended", []*source.Term{until(-time.Second)}, []*source.Term{until(-time.Second)}, []string{"ready remove acme user_ann"}},
		{"one contract after another", []*source.Term{old, next}, []*source.Term{old, next}, nil},
		{"one contract ended, one holds", []*source.Term{old, from(-day)}, []*source.Term{old, from(-day)}, []string{"ready add acme user_ben member"}},
	} {
		t.Run(c.name, func(t *testing.T) { contracts(t, c.ann, c.ben).plans(c.want...) })
	}
}

// What the source says of the person as a whole does the same, and the plan
// says why somebody leaves.
func TestS28PersonsOwnTerm(t *testing.T) {
	s := contracts(t, nil, nil)
	people := s.sources[0].(*fakeSource).snapshot.People //nolint:errcheck,forcetypeassert // contracts made it
	people[0].Term, people[1].Term = until(-time.Second), from(day)
	p := s.plans("ready remove acme user_ann")
	if because := p.Organizations[0].Changes[0].Because; !strings.Contains(because, "hr.csv:2: ended at ") || !strings.Contains(because, "(last_day)") {
		t.Errorf("because %q", because)
	}
	people[0].Term, people[1].Term = nil, from(-day)
	s.plans("ready add acme user_ben member")
}

// A role that begins later is given later; meanwhile the present one stands.
// When the higher one ends, the lower one is left.
func TestS28RoleForATime(t *testing.T) {
	for _, c := range []struct {
		name  string
		staff *source.Term
		leads *source.Term
		want  []string
	}{
		{"a promotion ahead", nil, from(day), []string{"ready add acme user_ben member"}},
		{"promoted", nil, from(-day), []string{"ready add acme user_ben admin", "ready set_role acme user_ann admin"}},
		{"promoted until yesterday", nil, until(-day), []string{"ready add acme user_ben member"}},
		{"both ahead, the lower one first", from(day), from(2 * day), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := contracts(t, nil, nil)
			src := s.sources[0].(*fakeSource) //nolint:errcheck,forcetypeassert // contracts made it
			src.group("leads", 0, 1)
			for i := range 2 {
				for g, term := range []*source.Term{c.staff, c.leads} {
					if term != nil {
						src.snapshot.Groups[g].Members[i].Terms = []*source.Term{term}
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
	s := contracts(t, nil, nil)
	s.rules = nil
	src := s.sources[0].(*fakeSource) //nolint:errcheck,forcetypeassert // contracts made it
	src.snapshot.Groups = nil
	src.snapshot.Rows = []source.Row{
		{Person: 0, Organization: "acme", Role: "org:member", Term: until(-time.Second)},
		{Person: 1, Organization: "acme", Role: "org:member", Term: from(day)},
	}
	s.plans("ready remove acme user_ann")
}

// Somebody whose time has ended leaves at once: nobody waits for them to come
// back, as for one who is missing (S29).
func TestS28EndKnowsNoGrace(t *testing.T) {
	s := contracts(t, []*source.Term{until(-time.Second)}, nil)
	s.config.Grace = 72 * time.Hour
	s.plans("ready add acme user_ben member", "ready remove acme user_ann")
}

// With a clock that is wrong nothing happens because time has passed.
func TestS28DatesAndAWrongClock(t *testing.T) {
	for _, x := range []struct {
		name  string
		wrong func(c *chronicle)
		held  bool
	}{
		{"right", func(*chronicle) {}, false},
		{"five minutes off", func(c *chronicle) { c.clerk.clock = 5 * time.Minute }, false},
		{"ahead of Clerk", func(c *chronicle) { c.clerk.clock = -5*time.Minute - time.Second }, true},
		{"behind Clerk", func(c *chronicle) { c.clerk.clock = 5*time.Minute + time.Second }, true},
		{"behind the last run", func(c *chronicle) { c.now = c.now.Add(-3 * time.Hour) }, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := contracts(t, nil, nil)
			src := s.sources[0].(*fakeSource) //nolint:errcheck,forcetypeassert // contracts made it
			c := begin(t, s)
			src.snapshot.Groups[0].Members = src.snapshot.Groups[0].Members[:1]
			c.apply()
			add(src, 1)
			c.clerk.user("user_cy", "cy@corp.example")
			src.snapshot.People = append(src.snapshot.People, hr("3 cy@corp.example").snapshot.People...)
			add(src, 2) // no dates: nothing keeps cy waiting
			src.snapshot.Groups[0].Members[0].Terms = []*source.Term{{End: c.now.Add(-time.Hour), EndedBy: "end"}}
			src.snapshot.Groups[0].Members[1].Terms = []*source.Term{{Start: c.now.Add(-day)}}
			x.wrong(c)
			if x.name == "behind the last run" {
				src.snapshot.Groups[0].Members[0].Terms[0].End = c.now
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
	s := contracts(t, []*source.Term{until(-time.Second)}, []*source.Term{from(-day)})
	s.clerk.clock = time.Hour
	s.holds(s.plans("held add acme user_ben member", "held remove acme user_ann"), "S28 clock org_acme")
}

// What ends can give as well: where the rule that won has ended, the one below
// it makes an admin. With a clock that is wrong that waits like a loss.
func TestS28EndThatGivesAndAWrongClock(t *testing.T) {
	for clock, want := range map[time.Duration]string{0: "ready set_role acme user_ann admin", time.Hour: "held set_role acme user_ann admin"} {
		s := contracts(t, nil, nil)
		src := s.sources[0].(*fakeSource) //nolint:errcheck,forcetypeassert // contracts made it
		src.snapshot.Groups[0].Members = []source.Member{{Person: 0, Terms: []*source.Term{until(-time.Second)}}}
		src.group("leads", 0)
		s.rule("acme", "org:admin", "leads")
		s.clerk.clock = clock
		s.plans(want)
	}
}

// Invitations that a clock wrote down which was years ahead fill no hour: nobody
// would be invited until then.
func TestS28HourOfAWrongClock(t *testing.T) {
	now := time.Now()
	for ago, counts := range map[time.Duration]bool{0: true, time.Minute: true, -time.Minute: true, time.Hour: false, -9000 * time.Hour: false} {
		if got := len(within([]time.Time{now.Add(-ago)}, now)); (got == 1) != counts {
			t.Errorf("sent %s ago counts: %v", ago, got == 1)
		}
	}
}
