package sync

import (
	"strings"
	"testing"
	"time"

	"rollcall/sync/journal"
)

// missing is a company with a grace of three days whose cy has just left.
func missing(t *testing.T) (*chronicle, *fakeSource) {
	s, _ := company(t)
	s.config.Grace = 72 * time.Hour
	c := begin(t, s)
	c.apply()
	src := c.source()
	src.snapshot.Groups[0].Members = src.snapshot.Groups[0].Members[:2]
	return c, src
}

// runs makes a run every day until somebody is removed, and says in how many days.
func (c *chronicle) days(most int) int {
	c.t.Helper()
	for day := range most {
		if removed(c.apply().Plan) != "" {
			return day
		}
		c.now = c.now.Add(23 * time.Hour) // a run takes the other hour
	}
	return -1
}

// Who is missing keeps the membership for the grace, and the plan says until when.
func TestS29Grace(t *testing.T) {
	c, src := missing(t)
	p := c.plan()
	if got := p.Organizations[0].Changes; len(got) != 1 || got[0].State != Skipped || !strings.Contains(got[0].Why, "in grace until 2026-03-05 10:00Z (S29)") {
		t.Fatalf("changes %+v", got)
	}
	if c.apply(); len(c.facts(factMissing)) != 1 {
		t.Errorf("facts %+v", c.facts(factMissing))
	}
	c.now = c.now.Add(23 * time.Hour)
	if day := c.days(10); day != 2 {
		t.Errorf("removed after %d more days", day)
	}
	if c.clerk.find("org_acme", "user_cy") != nil {
		t.Error("still a member")
	}
	add(src, 2)
	c.apply()
	if m := c.facts(factMissing); len(m) != 0 {
		t.Errorf("facts %+v", m)
	}
}

func (c *chronicle) facts(kind string) []journal.Fact {
	c.t.Helper()
	facts, err := c.db.Facts(c.t.Context(), kind)
	if err != nil {
		c.t.Fatal(err)
	}
	return facts
}

// Coming back clears what was counted.
func TestS29ComingBackClears(t *testing.T) {
	c, src := missing(t)
	c.apply()
	c.now = c.now.Add(23 * time.Hour)
	c.apply()
	add(src, 2)
	c.clean(c.apply().Plan)
	src.snapshot.Groups[0].Members = src.snapshot.Groups[0].Members[:2]
	if day := c.days(10); day != 3 {
		t.Errorf("removed after %d days", day)
	}
}

// Only runs that succeed count the time: neither those that fail, nor the time
// in which there were none.
func TestS29OnlyGoodRunsCount(t *testing.T) {
	for _, x := range []struct {
		name string
		bad  func(c *chronicle)
		days int // from then on
	}{
		{"source down for two days", func(c *chronicle) {
			id, err := c.db.Begin(c.t.Context(), journal.Run{Verb: "apply"})
			if err == nil {
				err = c.db.Finish(c.t.Context(), id, journal.Run{Outcome: "failed", ExitCode: 1})
			}
			if err != nil {
				c.t.Fatal(err)
			}
			c.now = c.now.Add(48 * time.Hour)
		}, 2},
		{"killed", func(c *chronicle) {
			if _, err := c.db.Begin(c.t.Context(), journal.Run{Verb: "apply"}); err != nil {
				c.t.Fatal(err)
			}
			c.now = c.now.Add(48 * time.Hour)
		}, 2},
		{"no run for a week", func(c *chronicle) { c.now = c.now.Add(7 * 24 * time.Hour) }, 1},
		{"held", func(c *chronicle) {
			c.source().snapshot.NoRemovals = []string{"the last line has no end"}
			c.now = c.now.Add(23 * time.Hour)
			c.apply()
			c.source().snapshot.NoRemovals = nil
			c.now = c.now.Add(23 * time.Hour)
		}, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, _ := missing(t)
			c.apply()
			c.now = c.now.Add(23 * time.Hour)
			c.apply() // one day is counted
			x.bad(c)
			if day := c.days(10); day != x.days {
				t.Errorf("removed after %d more days, want %d", day, x.days)
			}
		})
	}
}

// An account that the directory calls disabled is not missing.
func TestS29DisabledGoesAtOnce(t *testing.T) {
	c, src := missing(t)
	src.snapshot.People[2].Disabled = "locked in the directory"
	if got := removed(c.plan()); got != "user_cy" {
		t.Errorf("removes %q", got)
	}
}

func TestS29WithoutHistoryNobodyIsDue(t *testing.T) {
	s, _ := company(t)
	s.config.Grace = time.Hour
	g := &begin(t, s).source().snapshot.Groups[0]
	g.Members = g.Members[:2]
	s.plans("skipped remove acme user_cy")
}

// Meanwhile they may do less; an add later finds them where they were.
func TestS29DemoteFirst(t *testing.T) {
	c, src := missing(t)
	c.config.DemoteFirst = "org:guest"
	r := c.apply()
	if m := c.clerk.find("org_acme", "user_cy"); m == nil || m.Role != "org:guest" || r.Tally(Done) != 1 {
		t.Fatalf("member %+v, outcomes %+v", m, r.Outcomes)
	}
	if p := c.plan(); p.Count(Ready) != 0 || p.Count(Skipped) != 1 {
		t.Errorf("a second time: %v", lines(p))
	}
	add(src, 2)
	c.apply()
	if m := c.clerk.find("org_acme", "user_cy"); m.Role != "org:member" {
		t.Errorf("back as %s", m.Role)
	}
	// A role that allows more, or other things, is not less.
	src.snapshot.Groups[0].Members = src.snapshot.Groups[0].Members[:2]
	c.config.DemoteFirst = "org:admin"
	if p := c.plan(); p.Count(Ready) != 0 {
		t.Errorf("plan %v", lines(p))
	}
}

// Nothing happens because time has passed when nobody can tell the time.
func TestS28WrongClock(t *testing.T) {
	for _, x := range []struct {
		name  string
		wrong func(c *chronicle)
		text  string
		due   bool
	}{
		{name: "right", due: true},
		{name: "a little off", wrong: func(c *chronicle) { c.clerk.clock = -5 * time.Minute }, due: true},
		{name: "ahead of Clerk", wrong: func(c *chronicle) { c.clerk.clock = -5*time.Minute - time.Second }, text: "differs from Clerk's by 5m1s"},
		{name: "behind Clerk", wrong: func(c *chronicle) { c.clerk.clock = time.Hour }, text: "differs from Clerk's by 1h0m0s"},
		{name: "behind the last run", wrong: func(c *chronicle) { c.now = c.now.Add(-3 * time.Hour) }, text: "the clock is behind run"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, _ := missing(t)
			c.config.Grace = 2 * time.Hour
			for range 2 {
				c.apply()
			}
			before := string(c.facts(factMissing)[0].Value)
			if x.wrong != nil {
				x.wrong(c)
			}
			p := c.apply().Plan
			why := p.Organizations[0].Changes[0].Why
			if (removed(p) != "") != x.due || x.text != "" && !strings.Contains(why, x.text) {
				t.Errorf("removed %q: %s", removed(p), why)
			}
			if !x.due && string(c.facts(factMissing)[0].Value) != before {
				t.Error("time was counted by a wrong clock")
			}
		})
	}
}
