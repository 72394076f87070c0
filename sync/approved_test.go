package sync

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/guard"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// guarded is acme with 40 members of whom 8 have left: more than the guard lets go.
func guarded(t *testing.T) (*chronicle, *fake.Source) {
	s, _ := crowdOf(t, 40)
	s.config.Guards.Removals = policy.Limit{Percent: 10, People: 5}
	c := begin(t, s)
	c.clean(c.apply().Plan)
	src := c.source()
	src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:32]
	return c, src
}

// approve says yes to all that a plan shows as held, as rollcall approve does.
func (c *chronicle) approve(p *plan.Plan) journal.HeldSet {
	c.t.Helper()
	sets := guard.HeldSets(p)
	if len(sets) != 1 {
		c.t.Fatalf("held sets %+v", sets)
	}
	if err := c.db.Approve(c.t.Context(), journal.Approval{Hash: sets[0].Hash, Organization: sets[0].Organization,
		Keys: sets[0].Keys, By: "ada", Reason: "a reorganization"}); err != nil {
		c.t.Fatal(err)
	}
	return sets[0]
}

// add puts people back into the group, by index.
func add(src *fake.Source, people ...int) {
	for _, i := range people {
		src.Snapshot.Groups[0].Members = append(src.Snapshot.Groups[0].Members, source.Member{Person: i})
	}
}

func TestS23StoredApproval(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name string
		then func(c *chronicle, src *fake.Source)
		done int
		note string
	}{
		{name: "the same set", done: 8},
		{name: "a subset passes", then: func(_ *chronicle, src *fake.Source) { add(src, 32, 33) }, done: 6},
		{name: "one more is held", note: "1 change more, the first: remove", then: func(_ *chronicle, src *fake.Source) {
			src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:31]
		}},
		{name: "another instead of one", note: "1 change more", then: func(_ *chronicle, src *fake.Source) {
			src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:31]
			add(src, 32)
		}},
		{name: "expired", then: func(c *chronicle, _ *fake.Source) { c.now = c.now.Add(24 * time.Hour) }},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, src := guarded(t)
			c.approve(c.plan())
			if x.then != nil {
				x.then(c, src)
			}
			r := c.apply()
			if r.Tally(apply.Done) != x.done || (len(r.Plan.Holds) == 0) != (x.done > 0) {
				t.Errorf("%d done, holds %+v", r.Tally(apply.Done), r.Plan.Holds)
			}
			noted := slices.ContainsFunc(r.Plan.Notes, func(n plan.Note) bool { return n.Rule == "S23" && strings.Contains(n.Text, x.note) })
			if noted != (x.note != "") {
				t.Errorf("notes %+v", r.Plan.Notes)
			}
		})
	}
}

// What was done of an approval is used up: it lets nobody go a second time.
func TestS23ApprovalIsUsedUp(t *testing.T) {
	t.Parallel()
	c, src := guarded(t)
	c.approve(c.plan())
	if r := c.apply(); r.Tally(apply.Done) != 8 {
		t.Fatalf("outcomes %+v", r.Outcomes)
	}
	approvals, err := c.db.Approvals(t.Context())
	if err != nil || len(approvals) != 1 || !approvals[0].Used {
		t.Fatalf("approvals %+v, %v", approvals, err)
	}
	add(src, 32, 33, 34, 35, 36, 37)
	c.clean(c.apply().Plan) // they come back, and leave again
	src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:32]
	if h := c.held(c.apply().Plan, "removals"); h.Figure != 6 {
		t.Errorf("hold %+v", h) // approved ones do not count, these do
	}
}

// What happens in another organization does not void an approval, and an
// approval lifts nothing but guards.
func TestS23ApprovalIsOfOneOrganization(t *testing.T) {
	t.Parallel()
	c, src := guarded(t)
	c.clerk.Organizations = append(c.clerk.Organizations, c.clerk.Organizations[0])
	c.clerk.Organizations[1].ID, c.clerk.Organizations[1].Slug = "org_beta", "beta"
	c.rule("beta", "org:member", "staff")
	c.approve(c.plan())
	src.Group("others", 39)
	c.rule("beta", "org:member", "others")
	if r := c.apply(); r.Tally(apply.Done) != 8+33 {
		t.Errorf("%d done, holds %+v", r.Tally(apply.Done), r.Plan.Holds)
	}
}

func TestS23ApprovalLiftsNoBlock(t *testing.T) {
	t.Parallel()
	c, src := guarded(t)
	c.approve(c.plan())
	src.Snapshot.NoRemovals = []string{"the last line has no end"}
	r := c.apply()
	if h := c.held(r.Plan, "incomplete_source"); h.Approval != "" || r.Tally(apply.Done) != 0 || len(guard.HeldSets(r.Plan)) != 0 {
		t.Errorf("hold %+v, %d done", h, r.Tally(apply.Done))
	}
}

// A guard of the whole run has a set of its own.
func TestS23RunWideSet(t *testing.T) {
	t.Parallel()
	c, _ := guarded(t)
	c.config.Guards.Removals = policy.Limit{People: 1 << 30, Run: 7}
	p := c.plan()
	set := c.approve(p)
	if set.Organization != "" || len(set.Keys) != 8 || !strings.Contains(string(set.Text), `"slug":"acme"`) {
		t.Errorf("set %+v", set)
	}
	if r := c.apply(); r.Tally(apply.Done) != 8 {
		t.Errorf("holds %+v", r.Plan.Holds)
	}
}

// A part of a plan keeps no set: approving it would approve what was not shown.
func TestS23PartOfAPlanKeepsNoSet(t *testing.T) {
	t.Parallel()
	c, _ := guarded(t)
	r := c.next(Run{Only: "pbh@corp.example"})
	if sets := guard.HeldSets(r.Plan); len(sets) != 0 || r.Plan.Count(plan.Held) != 1 {
		t.Errorf("sets %+v of %v", sets, lines(r.Plan))
	}
}

func TestS25Pause(t *testing.T) {
	t.Parallel()
	for _, organization := range []string{"", "org_acme"} {
		c, src := guarded(t)
		add(src, 32, 33, 34, 35, 36, 37)
		if err := c.db.Pause(t.Context(), journal.Pause{Organization: organization, Reason: "an audit", By: "ada"}); err != nil {
			t.Fatal(err)
		}
		r := c.apply()
		c.clean(r.Plan)
		o := r.Plan.Organizations[0]
		if len(r.Outcomes) != 0 || r.Plan.Count(plan.Skipped) != 2 || len(o.Notes) != 1 || !strings.Contains(o.Notes[0].Text, "paused by ada") {
			t.Errorf("outcomes %+v, notes %+v", r.Outcomes, o.Notes)
		}
		if err := c.db.Resume(t.Context(), organization); err != nil {
			t.Fatal(err)
		}
		if r := c.apply(); r.Tally(apply.Done) != 2 {
			t.Errorf("after resume: %+v", r.Plan)
		}
	}
	c, _ := guarded(t)
	if err := c.db.Pause(t.Context(), journal.Pause{Organization: "org_other"}); err != nil {
		t.Fatal(err)
	}
	c.held(c.plan(), "removals") // the pause of another
}

// On the command line an approval passes a part of its set too, where there is a
// state that has the set; without one, or where nobody was shown the set, only the
// same set passes. One change more is held either way.
func TestS23ApprovalOnTheCommandLine(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name string
		then func(c *chronicle, src *fake.Source)
		kept bool // the journal has the set
		done int
	}{
		{"the same set", nil, true, 8},
		{"the same set, not kept", nil, false, 8},
		{"a part", func(_ *chronicle, src *fake.Source) { add(src, 32, 33) }, true, 6},
		{"a part, not kept", func(_ *chronicle, src *fake.Source) { add(src, 32, 33) }, false, 0},
		{"one more", func(_ *chronicle, src *fake.Source) {
			src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:31]
		}, true, 0},
		{"another instead of one", func(_ *chronicle, src *fake.Source) {
			src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:31]
			add(src, 32)
		}, true, 0},
		{"a part, shown more than a day ago", func(c *chronicle, src *fake.Source) {
			c.now = c.now.Add(25 * time.Hour)
			add(src, 32, 33)
		}, true, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			for _, digits := range []int{64, 32} {
				c, src := guarded(t)
				p := c.plan()
				hash := c.held(p, "removals").Approval
				if x.kept {
					if err := c.db.Hold(t.Context(), 0, guard.HeldSets(p)); err != nil {
						t.Fatal(err)
					}
				}
				if x.then != nil {
					x.then(c, src)
				}
				r := c.apply(hash[:digits])
				if r.Tally(apply.Done) != x.done || (len(r.Plan.Holds) == 0) != (x.done > 0) {
					t.Errorf("%d done, holds %+v", r.Tally(apply.Done), r.Plan.Holds)
				}
				if said := slices.ContainsFunc(r.Plan.Notes, func(n plan.Note) bool { return n.Rule == "S23" }); said != (x.done == 0) {
					t.Errorf("notes %+v", r.Plan.Notes)
				}
			}
		})
	}
}
