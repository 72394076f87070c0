package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// undoing takes back the newest runs, as many as n.
func (c *chronicle) undoing(apply bool, n int, approve ...string) *Report {
	c.t.Helper()
	runs, err := c.db.Runs(c.t.Context(), n)
	if err != nil {
		c.t.Fatal(err)
	}
	run := Run{Apply: apply, Approve: approve}
	for _, r := range runs {
		run.Undo = append(run.Undo, r.ID)
	}
	return c.next(run)
}

// changed is acme, where one run adds dan, removes cy, makes ben admin and
// changes ann's metadata.
func changed(t *testing.T) (*chronicle, *fake.Clerk) {
	f := fake.NewClerk("acme")
	for i, name := range []string{"ann", "ben", "cy", "dan"} {
		f.User("user_"+name, name+"@corp.example")
		if name != "dan" {
			f.Member("acme", "user_"+name, "org:member", fake.Ours(fmt.Sprint(i+1)))
		}
	}
	f.Find("org_acme", "user_ann").Public = json.RawMessage(`{"dept":"Sales","office":{"city":"Bern","floor":3},"seen":1}`)
	f.Find("org_acme", "user_cy").Public = json.RawMessage(`{"by":{"hand":[1,2]}}`)
	f.User("user_boss", "boss@corp.example")
	f.Member("acme", "user_boss", "org:admin", "")
	s := tell(t, f, fake.HR("1 ann@corp.example dept=Support", "2 ben@corp.example", "3 cy@corp.example", "4 dan@corp.example").
		Group("staff", 0, 3).Group("admins", 1).Group("others", 2))
	s.rule("acme", "org:member", "staff").Metadata = policy.Templates{Public: map[string]any{"dept": "{dept}", "grade": "A"}}
	s.rule("acme", "org:admin", "admins")
	return begin(t, s), f
}

// Undo gives back membership, role and both metadata objects, whole; its own
// undo brings the run back.
func TestS25UndoIsExact(t *testing.T) {
	t.Parallel()
	c, f := changed(t)
	first := f.State()
	if r := c.apply(); r.Tally(apply.Done) != 4 {
		t.Fatalf("outcomes %+v", r.Outcomes)
	}
	second := f.State()
	r := c.undoing(true, 1)
	if c.clean(r.Plan); r.Tally(apply.Done) != 4 || f.State() != first {
		t.Fatalf("after undo:\n%swant:\n%s%+v", f.State(), first, r.Outcomes)
	}
	p := c.apply().Plan // the pause keeps it so
	if f.State() != first || p.Count(plan.Skipped) != 4 {
		t.Fatalf("the next run did it again: %v", lines(p))
	}
	runs, err := c.db.Runs(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	r = c.next(Run{Apply: true, Undo: []int64{runs[1].ID}})
	if f.State() != second || r.Tally(apply.Done) != 4 {
		t.Fatalf("after undo of undo:\n%swant:\n%s", f.State(), second)
	}
	if p := c.next(Run{Undo: []int64{runs[1].ID}}).Plan; p.Count(plan.Ready) != 0 {
		t.Errorf("a second time: %v", lines(p))
	}
}

// What has moved since stays, person by person and key by key.
func TestS25UndoLeavesWhatMoved(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name string
		move func(f *fake.Clerk)
		left string // part of the note
		done int
	}{
		{"role", func(f *fake.Clerk) { f.Find("org_acme", "user_ben").Role = "org:guest" }, "ben@corp.example: the role has been changed since", 3},
		{"key", func(f *fake.Clerk) {
			f.Find("org_acme", "user_ann").Public = json.RawMessage(`{"dept":"Law","grade":"A","office":{"city":"Bern","floor":3},"seen":1}`)
		}, "some metadata have been changed since", 4},
		{"another key", func(f *fake.Clerk) {
			f.Find("org_acme", "user_ann").Public = json.RawMessage(`{"dept":"Support","grade":"A","seen":2}`)
		}, "", 4},
		{"added and changed", func(f *fake.Clerk) { f.Find("org_acme", "user_dan").Role = "org:admin" }, "dan@corp.example: the membership has been changed since", 3},
		{"added and gone", func(f *fake.Clerk) {
			f.Members["org_acme"] = slices.DeleteFunc(f.Members["org_acme"], func(m clerkapi.Membership) bool { return m.UserID == "user_dan" })
		}, "dan@corp.example: is not a member any more", 3},
		{"back by hand", func(f *fake.Clerk) { f.Member("acme", "user_cy", "org:guest", "") }, "cy@corp.example: is a member again", 3},
		{"of somebody else now", func(f *fake.Clerk) {
			f.Find("org_acme", "user_ben").Private = json.RawMessage(`{"rollcall":{"owner":"other","source":"x","id":"1"}}`)
		}, `the marker names the owner "other"`, 3},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, f := changed(t)
			c.apply()
			x.move(f)
			moved := f.State()
			r := c.undoing(true, 1)
			notes := fmt.Sprint(r.Plan.Organizations[0].Notes)
			if r.Tally(apply.Done) != x.done || !strings.Contains(notes, x.left) || x.left == "" && notes != "[]" {
				t.Errorf("%d done, notes %s\n%s%s", r.Tally(apply.Done), notes, moved, f.State())
			}
		})
	}
}

// Nobody is let in or up again who is gone or disabled today, or of whom today's
// read cannot tell; whoever came in by the run goes all the same.
func TestS25UndoLetsNobodyInWhoIsGone(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name   string
		then   func(c *chronicle)
		done   int
		text   string // of a note or a hold
		guards []string
	}{
		{name: "gone", then: func(c *chronicle) {
			c.source().Snapshot.People[2].ID, c.source().Snapshot.People[2].Email = "9", "x@corp.example"
		},
			done: 3, text: "no longer in the directory"},
		{name: "disabled", then: func(c *chronicle) { c.source().Snapshot.People[2].Disabled = "locked" }, done: 3, text: "locked"},
		{name: "source down", then: func(c *chronicle) { c.source().Err = errors.New("no route to host") },
			done: 3, guards: []string{"S14 failed_source org_acme"}, text: "so rollcall cannot tell who has left"},
		{name: "canaries missing", then: func(c *chronicle) { c.source().Snapshot.MissingCanaries = []string{"person boss"} },
			done: 3, guards: []string{"S13 canaries org_acme"}, text: "boss"},
		{name: "older replica", then: func(c *chronicle) {
			c.source().Snapshot.Server, c.source().Snapshot.Revision = "ldap://two", "contextCSN 000=20260301"
		}, done: 3, guards: []string{"S12 older_replica org_acme"}, text: "the server has older data"},
		{name: "another user now", then: func(c *chronicle) {
			c.clerk.User("user_cy2", "cy2@corp.example")
			c.clerk.Member("acme", "user_cy2", "org:member", fake.Ours("3"))
		}, done: 3, text: "has another account now"},
		{name: "banned", then: func(c *chronicle) {
			for i := range c.clerk.Accounts {
				c.clerk.Accounts[i].Banned = c.clerk.Accounts[i].ID == "user_cy"
			}
		}, done: 3},
		{name: "all is well", done: 4},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, f := changed(t)
			c.source().Snapshot.Server, c.source().Snapshot.Revision = "ldap://one", "contextCSN 000=20260302"
			c.apply()
			if x.then != nil {
				x.then(c)
			}
			r := c.undoing(true, 1)
			c.holds(r.Plan, x.guards...)
			said := fmt.Sprint(r.Plan.Organizations[0].Notes, r.Plan.Holds)
			if r.Tally(apply.Done) != x.done || !strings.Contains(said, x.text) || f.Find("org_acme", "user_dan") != nil {
				t.Errorf("%d done: %s", r.Tally(apply.Done), said)
			}
			if back := f.Find("org_acme", "user_cy") != nil; back != (x.done == 4) {
				t.Errorf("cy is back: %t", back)
			}
		})
	}
}

// Nobody is let in again before the time that the source gives them, or after
// it (S28).
func TestS25UndoKeepsToDates(t *testing.T) {
	t.Parallel()
	staff := func(c *chronicle, terms ...*source.Period) {
		g := &c.source().Snapshot.Groups[0]
		g.Members = append(g.Members, source.Member{Person: 2, Periods: terms})
	}
	for _, x := range []struct {
		name string
		then func(c *chronicle)
		text string // empty: cy is back
	}{
		{"starts next week", func(c *chronicle) { c.source().Snapshot.People[2].Period = &source.Period{Start: c.now.Add(7 * day)} },
			"starts on 2026-03-09 09:00 +00:00 (S28), so not added back"},
		{"has begun", func(c *chronicle) { c.source().Snapshot.People[2].Period = &source.Period{Start: c.now.Add(-day)} }, ""},
		{"has ended", func(c *chronicle) {
			c.source().Snapshot.People[2].Period = &source.Period{End: c.now.Add(-day), EndedBy: "last_day"}
		}, "ended at 2026-03-01"},
		{"is to be here next week", func(c *chronicle) { staff(c, &source.Period{Start: c.now.Add(7 * day)}) }, "starts on 2026-03-09"},
		{"was here", func(c *chronicle) { staff(c, &source.Period{End: c.now.Add(-day), EndedBy: "last_day"}) }, "ended at 2026-03-01"},
		{"was here and is to be again", func(c *chronicle) {
			staff(c, &source.Period{End: c.now.Add(-day), EndedBy: "last_day"}, &source.Period{Start: c.now.Add(7 * day)})
		}, "starts on 2026-03-09"},
		{"was here and is again", func(c *chronicle) {
			staff(c, &source.Period{End: c.now.Add(-day), EndedBy: "last_day"}, &source.Period{Start: c.now.Add(-time.Hour)})
		}, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, f := changed(t)
			c.apply()
			x.then(c)
			p := c.undoing(true, 1).Plan
			if said := fmt.Sprint(p.Organizations[0].Notes); !strings.Contains(said, x.text) {
				t.Errorf("said %s, want %q", said, x.text)
			}
			if back := f.Find("org_acme", "user_cy") != nil; back != (x.text == "") {
				t.Errorf("cy is back: %t", back)
			}
		})
	}
}

// A member without our marker is known by a verified address, or not at all.
func TestS25UndoOfAStranger(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{true, false} {
		f := fake.NewClerk("acme")
		f.User("user_ann", "ann@corp.example")
		f.User("user_guest", "guest@corp.example")
		f.Member("acme", "user_guest", "org:guest", `{"note":"by hand"}`)
		people := []string{"1 ann@corp.example"}
		if known {
			people = append(people, "2 guest@corp.example")
		}
		s := tell(t, f, fake.HR(people...).Group("staff", 0))
		s.config.Removals = policy.RemovalsAll
		s.rule("acme", "org:member", "staff")
		c := begin(t, s)
		first := f.State()
		if r := c.apply(); r.Tally(apply.Done) != 2 {
			t.Fatalf("outcomes %+v", r.Outcomes)
		}
		if c.undoing(true, 1); (f.State() == first) != known {
			t.Errorf("known %t:\n%s", known, f.State())
		}
	}
}

// The guards watch over an undo as over any plan, and an approval lets it pass.
func TestS25UndoIsGuarded(t *testing.T) {
	t.Parallel()
	c, f := changed(t)
	first := f.State()
	c.apply()
	c.config.Guards.Removals = policy.Limit{Percent: 10}
	c.config.Guards.AdminLosses = policy.Limit{People: 1 << 30}
	h := c.held(c.undoing(false, 1).Plan, "removals")
	if r := c.undoing(true, 1); r.Tally(apply.Done) != 3 {
		t.Errorf("held %+v, outcomes %+v", r.Plan.Holds, r.Outcomes)
	}
	runs, err := c.db.Runs(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	r := c.next(Run{Apply: true, Undo: []int64{runs[1].ID}, Approve: []string{h.Approval}})
	if c.clean(r.Plan); f.State() != first {
		t.Errorf("after the approved undo:\n%swant:\n%s", f.State(), first)
	}
}

// A chain takes back what a killed run did and what the next one finished.
func TestS25UndoChain(t *testing.T) {
	t.Parallel()
	c, f := changed(t)
	first := f.State()
	ctx, cancel := context.WithCancel(t.Context())
	f.After = func(string) { cancel() }
	id, err := c.db.Begin(t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(c.config, c.rules, c.sources, c.clerk, WithJournal(c.db, id))
	if err != nil {
		t.Fatal(err)
	}
	cut, err := r.RunOnce(ctx, Run{Apply: true})
	if err != nil || !cut.Interrupted || cut.NotTried == 0 {
		t.Fatalf("%+v, %v", cut, err)
	}
	f.After = nil
	c.apply()
	if r := c.undoing(true, 2); f.State() != first {
		t.Errorf("after the chain:\n%swant:\n%s%+v", f.State(), first, r.Plan.Organizations)
	}
}

// Everybody whom the run touched is asked for, also where no group lists them.
func TestS25UndoAsksForPeopleOutsideGroups(t *testing.T) {
	t.Parallel()
	c, _ := changed(t)
	c.apply()
	asked := &asking{Source: c.source()}
	c.sources = []source.Source{asked}
	c.undoing(false, 1)
	if !slices.Equal(asked.also, []string{"1", "2", "3", "4"}) {
		t.Errorf("asked for %q", asked.also)
	}
}

type asking struct {
	*fake.Source
	also []string
}

func (s *asking) Read(ctx context.Context, want source.Request) (*source.Snapshot, error) {
	s.also = want.Also
	return s.Source.Read(ctx, want)
}
