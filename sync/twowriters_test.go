package sync

import (
	"cmp"
	"context"
	"encoding/json"
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

// What somebody else takes back is done once more, then it waits, and the plan
// says who it may be.
func TestS30RevertedTwice(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name   string
		leave  bool // cy has left
		revert func(f *fake.Clerk)
		writer string
	}{
		{"added by single sign-on", true, func(f *fake.Clerk) { f.Member("acme", "user_cy", "org:member", fake.Ours("3")) }, "single sign-on or a verified domain"},
		{"removed by hand", false, func(f *fake.Clerk) {
			f.Members["org_acme"] = slices.DeleteFunc(f.Members["org_acme"], func(m clerkapi.Membership) bool { return m.UserID == "user_cy" })
		}, "removes members"},
		{"role set by hand", false, func(f *fake.Clerk) { f.Find("org_acme", "user_cy").Role = "org:guest" }, "dashboard"},
		{"metadata", false, func(f *fake.Clerk) { f.Find("org_acme", "user_cy").Public = json.RawMessage(`{"dept":"x"}`) }, "dashboard"},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, f := company(t)
			s.rules[0].Metadata = policy.Templates{Public: map[string]any{"dept": "Sales"}}
			c := begin(t, s)
			c.apply()
			if x.leave {
				g := &c.source().Snapshot.Groups[0]
				g.Members = g.Members[:2]
				c.apply()
			}
			reverts := 0
			var p *plan.Plan
			for ; reverts < 5; reverts++ {
				x.revert(f)
				if p = c.apply().Plan; len(p.Holds) > 0 {
					break
				}
			}
			h := c.held(p, "reverted")
			// Of metadata and of a removal the first was ours, not a repetition.
			if want := 2; reverts > want || reverts < want-1 || h.Rule != "S30" || h.Approval == "" || !strings.Contains(h.Text, x.writer) {
				t.Errorf("held after %d reverts: %+v", reverts, h)
			}
			if r := c.apply(h.Approval); r.Tally(apply.Done) == 0 {
				t.Errorf("approved: %+v", r.Plan)
			}
			x.revert(f)
			c.now = c.now.Add(25 * time.Hour)
			c.clean(c.plan()) // a day later it is tried again
		})
	}
}

// A directory that changes its mind reverts nothing.
func TestS30OurOwnChangesAreNoReverts(t *testing.T) {
	t.Parallel()
	s, _ := company(t)
	c := begin(t, s)
	c.apply()
	g := &c.source().Snapshot.Groups[0]
	all := g.Members
	for range 4 {
		g.Members = all[:2]
		c.clean(c.apply().Plan)
		g.Members = all
		c.clean(c.apply().Plan)
	}
}

// An admin role that somebody took away by hand is given back only when that
// is approved, however long ago it was.
func TestS30AdminTakenByHand(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{false, true} {
		s, f := company(t)
		s.rules[0].Role = "org:admin"
		c := begin(t, s)
		c.clean(c.apply().Plan) // makes them admins
		c.clean(c.apply().Plan)
		c.now = c.now.Add(30 * 24 * time.Hour)
		if f.Find("org_acme", "user_ben").Role = "org:member"; gone {
			f.Members["org_acme"] = slices.DeleteFunc(f.Members["org_acme"], func(m clerkapi.Membership) bool { return m.UserID == "user_ben" })
		}
		for range 3 { // it is not forgotten by being held
			h := c.held(c.apply().Plan, "revoked_admin")
			if h.Changes != 1 || h.Approval == "" {
				t.Fatalf("hold %+v", h)
			}
		}
		h := c.held(c.plan(), "revoked_admin")
		if r := c.apply(h.Approval); r.Tally(apply.Done) != 1 || f.Find("org_acme", "user_ben").Role != "org:admin" {
			t.Errorf("outcomes %+v", r.Outcomes)
		}
		c.clean(c.apply().Plan)
	}
}

// Whom the directory itself demoted and promotes again was not taken by hand.
func TestS30DemotedByTheDirectory(t *testing.T) {
	t.Parallel()
	s, _ := company(t)
	s.rules[0].Role = "org:admin"
	c := begin(t, s)
	c.apply()
	c.rules[0].Role = "org:member"
	c.config.MinAdmins = 0
	c.apply()
	c.rules[0].Role = "org:admin"
	c.clean(c.apply().Plan)
}

// A run that does not see the person proves nothing: the role that was taken by
// hand before it is not given back after it.
func TestS30AdminTakenByHandAndABadRun(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name     string
		removals policy.Removals
		bad      func(c *chronicle) // one run
	}{
		{"failed source", "", func(c *chronicle) { c.source().Err = errors.New("no route to host"); c.apply(); c.source().Err = nil }},
		{"failed source where nobody is removed", policy.RemovalsNone, func(c *chronicle) {
			c.source().Err = errors.New("no route to host")
			c.apply()
			c.source().Err = nil
		}},
		{"canary", "", func(c *chronicle) {
			c.without(1, func(s *source.Snapshot) { s.MissingCanaries = []string{"person boss"} })
		}},
		{"half a file", "", func(c *chronicle) {
			c.without(1, func(s *source.Snapshot) { s.NoRemovals = []string{"the last line has no end"} })
		}},
		{"vanished file", "", func(c *chronicle) { c.without(1, func(s *source.Snapshot) { s.Files = nil }) }},
		{"held by a guard", "", func(c *chronicle) {
			c.config.Guards.Removals = policy.Limit{Percent: 1}
			c.without(1, nil)
			c.config.Guards.Removals = policy.Limit{People: 1 << 30}
		}},
		{"not seen, and removed", "", func(c *chronicle) { c.without(1, nil) }},
		{"not seen where nobody is removed", policy.RemovalsNone, func(c *chronicle) { c.without(1, nil) }},
		{"in grace", "", func(c *chronicle) {
			c.config.Grace = 100 * time.Hour
			c.without(1, nil)
			c.config.Grace = 0
		}},
		{"unclear who", "", func(c *chronicle) {
			c.clerk.User("user_twin", "ben@corp.example")
			c.clerk.Member("acme", "user_twin", "org:member", fake.Ours("2"))
			c.apply()
			c.clerk.Accounts = c.clerk.Accounts[:len(c.clerk.Accounts)-1]
			c.clerk.Members["org_acme"] = slices.DeleteFunc(c.clerk.Members["org_acme"], func(m clerkapi.Membership) bool { return m.UserID == "user_twin" })
		}},
		{"not listed in Clerk", "", func(c *chronicle) {
			c.clerk.Unlisted["org_acme"] = errors.New("500")
			c.apply()
			delete(c.clerk.Unlisted, "org_acme")
		}},
		{"a part only", "", func(c *chronicle) {
			g := &c.source().Snapshot.Groups[0]
			all := g.Members
			g.Members = all[:1]
			c.next(Run{Apply: true, Only: "ann@corp.example"})
			g.Members = all
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, f := company(t)
			s.config.Removals = cmp.Or(x.removals, s.config.Removals)
			s.rules[0].Role = "org:admin"
			s.sources = append(s.sources, fake.HR("9 zoe@corp.example").Named("it")) // so that a run goes on without hr
			c := begin(t, s)
			c.source().Snapshot.Files = []string{"a.csv"}
			c.apply() // makes them admins
			c.now = c.now.Add(30 * 24 * time.Hour)
			c.clean(c.apply().Plan)
			f.Find("org_acme", "user_ben").Role = "org:member"
			x.bad(c)
			r := c.apply()
			if h := c.held(r.Plan, "revoked_admin"); h.Changes != 1 || r.Tally(apply.Done) != 0 {
				t.Fatalf("hold %+v, outcomes %+v", h, r.Outcomes)
			}
			h := c.held(c.plan(), "revoked_admin")
			c.apply(h.Approval)
			if m := f.Find("org_acme", "user_ben"); m == nil || m.Role != "org:admin" {
				t.Errorf("approved: %+v", m)
			}
			c.clean(c.apply().Plan)
		})
	}
}

// without makes one run that does not see a person.
func (c *chronicle) without(person int, also func(*source.Snapshot)) {
	c.t.Helper()
	src := c.source()
	snapshot := src.Snapshot
	whole := slices.Clone(snapshot.Groups)
	src.Snapshot.Groups = slices.Clone(snapshot.Groups)
	g := &src.Snapshot.Groups[0]
	g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(m source.Member) bool { return m.Person == person })
	if also != nil {
		also(&src.Snapshot)
	}
	c.apply()
	src.Snapshot = snapshot
	src.Snapshot.Groups = whole
}

// A run that is killed after it has made somebody admin has written down the
// change, and nothing else: it is not given back either.
func TestS30AdminTakenByHandAfterAKill(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	s.rules[0].Role = "org:admin"
	c := begin(t, s)
	id, err := c.db.Begin(t.Context(), journal.Run{Verb: "apply"}) // and never Finish
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(c.config, c.rules, c.sources, c.clerk, WithJournal(&forgetful{c.db, 1}, id))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.RunOnce(t.Context(), Run{Apply: true}); err != nil {
		t.Fatal(err)
	}
	f.Find("org_acme", "user_ben").Role = "org:member"
	c.now = c.now.Add(30 * 24 * time.Hour)
	for range 2 {
		if h := c.held(c.apply().Plan, "revoked_admin"); h.Changes != 1 {
			t.Errorf("hold %+v", h)
		}
	}
}

// The directory decides, and an undo is our own doing: nobody has taken a role
// by hand that the directory itself, or an undo, took back.
func TestS30OurOwnDemotionsAreNobodyElses(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name string
		take func(c *chronicle)
	}{
		{"the directory has them as less", func(c *chronicle) {
			c.rules[0].Role = "org:member"
			c.apply()
			c.rules[0].Role = "org:admin"
		}},
		{"the directory has them as less, after the role was taken by hand", func(c *chronicle) {
			c.clerk.Find("org_acme", "user_ben").Role = "org:member"
			c.rules[0].Role = "org:member"
			c.apply()
			c.rules[0].Role = "org:admin"
		}},
		{"left and back", func(c *chronicle) { c.without(1, nil) }},
		{"undo", func(c *chronicle) {
			c.undoing(true, 1)
			c.resume()
		}},
		{"undo, and resumed much later", func(c *chronicle) {
			c.undoing(true, 1)
			c.now = c.now.Add(30 * 24 * time.Hour)
			c.resume()
		}},
		{"an undo that is killed", func(c *chronicle) {
			ctx, cancel := context.WithCancel(c.t.Context())
			defer cancel()
			c.wrapJournal = func(j Journal) Journal { return &forgetful{j, 1} }
			runs, err := c.db.Runs(c.t.Context(), 1)
			if err != nil {
				c.t.Fatal(err)
			}
			if _, err := c.once(ctx, Run{Apply: true, Undo: []int64{runs[0].ID}}); err != nil {
				c.t.Fatal(err)
			}
			c.wrapJournal = nil
			c.now = c.now.Add(30 * 24 * time.Hour)
			c.resume()
		}},
		{"undo of an undo, and undo again", func(c *chronicle) {
			for range 3 {
				c.undoing(true, 1)
			}
			c.resume()
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, f := company(t)
			s.config.MinAdmins = 0
			s.rules[0].Role = "org:admin"
			c := begin(t, s)
			c.apply()
			for range 3 {
				c.now = c.now.Add(25 * time.Hour) // else it is somebody who reverts ours twice a day
				x.take(c)
				c.clean(c.apply().Plan)
				for _, user := range []string{"user_ann", "user_ben", "user_cy"} {
					if m := f.Find("org_acme", user); m == nil || m.Role != "org:admin" {
						t.Fatalf("%s: %+v", user, m)
					}
				}
			}
		})
	}
}

// forgetful is a journal that writes down facts so many times, and then no more.
type forgetful struct {
	Journal
	times int
}

func (j *forgetful) Remember(ctx context.Context, run int64, set, forget []journal.Fact) error {
	if j.times--; j.times < 0 {
		return nil
	}
	return j.Journal.Remember(ctx, run, set, forget)
}

// resume ends every pause.
func (c *chronicle) resume() {
	c.t.Helper()
	pauses, err := c.db.Pauses(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	for _, p := range pauses {
		if err := c.db.Resume(c.t.Context(), p.Organization); err != nil {
			c.t.Fatal(err)
		}
	}
}
