package sync

import (
	"cmp"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// missing is a company with a grace of three days whose cy has just left.
func missing(t *testing.T) (*chronicle, *fake.Source) {
	s, _ := company(t)
	s.config.Grace = 72 * time.Hour
	c := begin(t, s)
	c.apply()
	src := c.source()
	src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:2]
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
	t.Parallel()
	c, src := missing(t)
	p := c.plan()
	if got := p.Organizations[0].Changes; len(got) != 1 || got[0].State != plan.Skipped || !strings.Contains(got[0].Why, "in the grace period until 2026-03-05 10:00Z (S29)") {
		t.Fatalf("changes %+v", got)
	}
	if c.apply(); len(c.facts(memory.FactMissing)) != 1 {
		t.Errorf("facts %+v", c.facts(memory.FactMissing))
	}
	c.now = c.now.Add(23 * time.Hour)
	if day := c.days(10); day != 2 {
		t.Errorf("removed after %d more days", day)
	}
	if c.clerk.Find("org_acme", "user_cy") != nil {
		t.Error("still a member")
	}
	add(src, 2)
	c.apply()
	if m := c.facts(memory.FactMissing); len(m) != 0 {
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
	t.Parallel()
	c, src := missing(t)
	c.apply()
	c.now = c.now.Add(23 * time.Hour)
	c.apply()
	add(src, 2)
	c.clean(c.apply().Plan)
	src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:2]
	if day := c.days(10); day != 3 {
		t.Errorf("removed after %d days", day)
	}
}

// Only runs that succeed count the time: neither those that fail, nor the time
// in which there were none.
func TestS29OnlyGoodRunsCount(t *testing.T) {
	t.Parallel()
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
			c.source().Snapshot.NoRemovals = []string{"the last line has no end"}
			c.now = c.now.Add(23 * time.Hour)
			c.apply()
			c.source().Snapshot.NoRemovals = nil
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
	t.Parallel()
	c, src := missing(t)
	src.Snapshot.People[2].Disabled = "locked in the directory"
	if got := removed(c.plan()); got != "user_cy" {
		t.Errorf("removes %q", got)
	}
}

func TestS29WithoutHistoryNobodyIsDue(t *testing.T) {
	t.Parallel()
	s, _ := company(t)
	s.config.Grace = time.Hour
	g := &begin(t, s).source().Snapshot.Groups[0]
	g.Members = g.Members[:2]
	s.plans("skipped remove acme user_cy")
}

// Meanwhile they may do less; an add later finds them where they were.
func TestS29DemoteFirst(t *testing.T) {
	t.Parallel()
	c, src := missing(t)
	c.config.DemoteFirst = "org:guest"
	r := c.apply()
	if m := c.clerk.Find("org_acme", "user_cy"); m == nil || m.Role != "org:guest" || r.Tally(apply.Done) != 1 {
		t.Fatalf("member %+v, outcomes %+v", m, r.Outcomes)
	}
	if p := c.plan(); p.Count(plan.Ready) != 0 || p.Count(plan.Skipped) != 1 {
		t.Errorf("a second time: %v", lines(p))
	}
	add(src, 2)
	c.apply()
	if m := c.clerk.Find("org_acme", "user_cy"); m.Role != "org:member" {
		t.Errorf("back as %s", m.Role)
	}
	// A role that allows more, or other things, is not less.
	src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:2]
	c.config.DemoteFirst = "org:admin"
	if p := c.plan(); p.Count(plan.Ready) != 0 {
		t.Errorf("plan %v", lines(p))
	}
}

// Nothing happens because time has passed when nobody can tell the time.
func TestS28WrongClock(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name  string
		wrong func(c *chronicle)
		text  string
		due   bool
	}{
		{name: "right", due: true},
		{name: "a little off", wrong: func(c *chronicle) { c.clerk.Clock = -5 * time.Minute }, due: true},
		{name: "ahead of Clerk", wrong: func(c *chronicle) { c.clerk.Clock = -5*time.Minute - time.Second }, text: "differs from Clerk's by 5m1s"},
		{name: "behind Clerk", wrong: func(c *chronicle) { c.clerk.Clock = time.Hour }, text: "differs from Clerk's by 1h0m0s"},
		{name: "behind the last run", wrong: func(c *chronicle) { c.now = c.now.Add(-3 * time.Hour) }, text: "the clock is behind the start of run"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, _ := missing(t)
			c.config.Grace = 2 * time.Hour
			for range 2 {
				c.apply()
			}
			before := string(c.facts(memory.FactMissing)[0].Value)
			if x.wrong != nil {
				x.wrong(c)
			}
			p := c.apply().Plan
			why := p.Organizations[0].Changes[0].Why
			if (removed(p) != "") != x.due || x.text != "" && !strings.Contains(why, x.text) {
				t.Errorf("removed %q: %s", removed(p), why)
			}
			if !x.due && string(c.facts(memory.FactMissing)[0].Value) != before {
				t.Error("time was counted by a wrong clock")
			}
		})
	}
}

// The end of the time of grace stays the end, until the removal is done: what
// keeps the removal from being sent begins no other time of grace.
func TestS29TheEndStays(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name string
		keep func(c *chronicle)
		free func(c *chronicle) (approve string)
	}{
		{"held by a guard, then approved", func(c *chronicle) { c.config.Guards.Removals = policy.Limit{Percent: 1} },
			func(c *chronicle) string { return c.held(c.plan(), "removals").Approval }},
		{"held by the run's guard, then approved", func(c *chronicle) { c.config.Guards.Removals = policy.Limit{People: 1 << 30, Run: 1} },
			func(c *chronicle) string { return c.held(c.plan(), "removals").Approval }},
		{"refused by Clerk", func(c *chronicle) { c.clerk.Faults["delete org_acme *"] = &clerkapi.Error{Status: 422} },
			func(c *chronicle) string { c.clerk.Faults = nil; return "" }},
		{"paused", func(c *chronicle) {
			if err := c.db.Pause(c.t.Context(), journal.Pause{Organization: "org_acme"}); err != nil {
				c.t.Fatal(err)
			}
		}, func(c *chronicle) string { c.resume(); return "" }},
		{"protected", func(c *chronicle) { c.config.Protect = []string{"*@corp.example"} },
			func(c *chronicle) string { c.config.Protect = nil; return "" }},
		{"somebody is unclear", func(c *chronicle) {
			c.clerk.User("user_twin", "cy@corp.example")
			c.clerk.Member("acme", "user_twin", "org:member", fake.Ours("3"))
			add(c.source(), 0)
			c.config.Guards.Removals = policy.Limit{Percent: 1}
		}, func(c *chronicle) string {
			c.clerk.Accounts = c.clerk.Accounts[:len(c.clerk.Accounts)-1]
			c.clerk.Members["org_acme"] = c.clerk.Members["org_acme"][:3]
			return c.held(c.plan(), "removals").Approval
		}},
		{"not sent, for a run of one person", func(c *chronicle) { c.config.Guards.Removals = policy.Limit{Percent: 1} },
			func(c *chronicle) string {
				c.next(Run{Apply: true, Only: "ann@corp.example"})
				c.config.Guards.Removals = policy.Limit{People: 1 << 30}
				return ""
			}},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, src := missing(t)
			src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:1] // ben and cy
			for range 3 {
				c.apply()
				c.now = c.now.Add(23 * time.Hour)
			}
			x.keep(c)
			c.now = c.now.Add(2 * time.Hour)
			for range 3 {
				if c.apply(); c.clerk.Find("org_acme", "user_cy") == nil {
					t.Fatal("removed too early")
				}
			}
			approve := x.free(c)
			var hashes []string
			if approve != "" {
				hashes = []string{approve}
			}
			if r := c.apply(hashes...); r.Tally(apply.Done) != 2 || len(c.clerk.Members["org_acme"]) != 1 {
				t.Errorf("outcomes %+v, holds %+v, plan %v", r.Outcomes, r.Plan.Holds, lines(r.Plan))
			}
			c.apply()
			if m := c.facts(memory.FactMissing); len(m) != 0 {
				t.Errorf("remembered for ever: %+v", m)
			}
		})
	}
}

// A gain that Clerk refuses in every run does not stop the time of grace (S39).
func TestS29RefusedGainsDoNotStopTheTime(t *testing.T) {
	t.Parallel()
	c, _ := missing(t)
	c.finish = journal.Run{Outcome: "in part", ExitCode: 4}
	c.apply()
	c.now = c.now.Add(23 * time.Hour)
	if day := c.days(10); day != 2 {
		t.Errorf("removed after %d more days", day)
	}
}

// Who came back while the removal was held has a whole time of grace again.
func TestS29BackWhileHeld(t *testing.T) {
	t.Parallel()
	c, src := missing(t)
	src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:1]
	c.config.Guards.Removals = policy.Limit{Percent: 1}
	for range 5 {
		c.apply()
		c.now = c.now.Add(23 * time.Hour)
	}
	c.held(c.apply().Plan, "removals")
	add(src, 1, 2)
	c.clean(c.apply().Plan)
	src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:1]
	c.config.Guards.Removals = policy.Limit{People: 1 << 30}
	if day := c.days(10); day != 3 {
		t.Errorf("removed after %d days", day)
	}
}

// Whom the directory calls disabled, or whose time has ended, goes at once, with
// a marker or without one. A member whom an enabled entry may mean has grace, and
// so has one of whom the directory says nothing.
func TestS29LeftGoesAtOnceWithoutAMarker(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name   string
		marker string
		leave  func(c *chronicle, src *fake.Source)
		gone   bool
		why    string
	}{
		{"disabled", "", func(_ *chronicle, src *fake.Source) { src.Snapshot.People[2].Disabled = "locked in the directory" }, true, "locked in the directory"},
		{"disabled, with a marker", fake.Ours("3"), func(_ *chronicle, src *fake.Source) { src.Snapshot.People[2].Disabled = "locked in the directory" }, true, "locked in the directory"},
		{"ended", "", func(c *chronicle, src *fake.Source) {
			src.Snapshot.People[2].Period = &source.Period{End: c.now.Add(-time.Hour), EndedBy: "last_day"}
		}, true, "ended at"},
		{"ended in a row", "", func(c *chronicle, src *fake.Source) {
			src.Snapshot.Groups[0].Members[2].Periods = []*source.Period{{End: c.now.Add(-time.Hour), EndedBy: "last_day"}}
		}, true, "ended at"},
		{"disabled, found by external_id", "", func(c *chronicle, src *fake.Source) {
			src.Snapshot.People[2].Disabled, src.Snapshot.People[2].ExternalID, src.Snapshot.People[2].Email = "locked in the directory", "e3", "other@corp.example"
			c.clerk.Accounts[2].ExternalID = "e3"
		}, true, "locked in the directory"},
		{"disabled, and the address is not verified", "", func(c *chronicle, src *fake.Source) {
			src.Snapshot.People[2].Disabled = "locked in the directory"
			c.clerk.Accounts[2].Emails[0].Verified = false
		}, false, ""},
		{"a disabled entry and an enabled one", "", func(_ *chronicle, src *fake.Source) {
			src.Snapshot.People[2].Disabled = "locked in the directory"
			src.Snapshot.People = append(src.Snapshot.People, source.Person{ID: "4", Email: "cy@corp.example", Origin: source.Origin{Source: "hr", File: "hr.csv", Line: 9}})
		}, false, ""},
		{"in no group any more", "", func(_ *chronicle, src *fake.Source) {
			src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:2]
		}, false, ""},
		{"in the directory no more", "", func(_ *chronicle, src *fake.Source) {
			src.Snapshot.Groups[0].Members, src.Snapshot.People = src.Snapshot.Groups[0].Members[:2], src.Snapshot.People[:2]
		}, false, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, f := company(t)
			s.config.Grace, s.config.Removals = 72*time.Hour, policy.RemovalsAll
			f.Find("org_acme", "user_cy").Private = json.RawMessage(cmp.Or(x.marker, "{}"))
			c := begin(t, s)
			c.apply()
			x.leave(c, c.source())
			r := c.apply()
			changes := r.Plan.Organizations[0].Changes
			if len(changes) != 1 || (f.Find("org_acme", "user_cy") == nil) != x.gone || !strings.Contains(changes[0].Because, x.why) {
				t.Errorf("plan %+v", changes)
			}
		})
	}
}
