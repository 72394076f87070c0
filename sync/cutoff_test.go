package sync

import (
	"context"
	"errors"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// cutOff is acme and beta, where a run was killed: in each, somebody leaves and
// somebody comes, and the intent of the removal is open.
func cutOff(t *testing.T) *chronicle {
	f := fake.NewClerk("acme", "beta")
	s := tell(t, f, fake.HR("1 new@corp.example").Group("staff", 0))
	f.User("user_new", "new@corp.example")
	f.User("user_old", "old@corp.example")
	var intents []journal.Change
	for _, o := range []string{"acme", "beta"} {
		f.Member(o, "user_old", "org:member", fake.Ours("9"))
		s.rule(o, "org:member", "staff")
		intents = append(intents, journal.Change{Action: plan.Remove.String(), Organization: "org_" + o, UserID: "user_old", Email: "old@corp.example", Source: "hr", PersonID: "9"})
	}
	c := begin(t, s)
	id, err := c.db.Begin(t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.db.Intend(t.Context(), id, intents); err != nil {
		t.Fatal(err)
	}
	return c
}

// open lists where the intents of the killed run are open.
func (c *chronicle) open() (organizations []string) {
	c.t.Helper()
	entries, err := c.db.Unfinished(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range entries {
		organizations = append(organizations, e.Organization)
	}
	return organizations
}

// isDone reports whether an organization is as the directory says.
func (c *chronicle) isDone(organization string) bool {
	return c.clerk.Find(organization, "user_old") == nil && c.clerk.Find(organization, "user_new") != nil
}

// Where Clerk does not say what became of a run that was cut off, the organization
// waits, and no other one does (S40). When Clerk answers, the next run finds out
// and does the rest (S32).
func TestS40WhatARunLeftOpenHoldsNothingElsewhere(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func(f *fake.Clerk, err error){
		"the look-up": func(f *fake.Clerk, err error) { f.Faults["find org_beta user_old"] = err },
		"the list":    func(f *fake.Clerk, err error) { f.Unlisted["org_beta"] = err },
	} {
		c := cutOff(t)
		fails(c.clerk, errors.New("403"))
		r := c.apply()
		if !c.isDone("org_acme") || c.isDone("org_beta") || len(c.clerk.Calls) != 2 {
			t.Errorf("%s fails: calls %v", name, c.clerk.Calls)
		}
		if f := r.Plan.Failures; len(f) != 1 || f[0].Organization != "beta" || r.Recovered != 1 {
			t.Errorf("%s fails: failures %+v, recovered run %d", name, f, r.Recovered)
		}
		if open := c.open(); len(open) != 1 || open[0] != "org_beta" {
			t.Errorf("%s fails: open %v", name, open)
		}
		if r := c.apply(); len(c.clerk.Calls) != 2 || r.Recovered != 0 {
			t.Errorf("%s fails again: calls %v, recovered run %d", name, c.clerk.Calls, r.Recovered)
		}
		c.clerk.Faults, c.clerk.Unlisted = map[string]error{}, map[string]error{}
		if r := c.apply(); !c.isDone("org_beta") || len(c.open()) > 0 || r.Recovered != 1 || len(r.Plan.Failures) > 0 {
			t.Errorf("%s is well: calls %v, open %v, recovered run %d", name, c.clerk.Calls, c.open(), r.Recovered)
		}
	}
}

// An undo sends nothing where nobody knows what a later run has done (S25, S32).
func TestS32AnUndoWaitsForWhatIsOpen(t *testing.T) {
	t.Parallel()
	c := cutOff(t)
	c.apply() // run 2 settles run 1, and does the rest
	id, err := c.db.Begin(t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.db.Intend(t.Context(), id, []journal.Change{{Action: plan.Remove.String(), Organization: "org_beta", UserID: "user_new", Source: "hr", PersonID: "1"}}); err != nil {
		t.Fatal(err)
	}
	c.clerk.Faults["find org_beta user_new"] = &clerkapi.Error{Status: 500}
	before := len(c.clerk.Calls)
	c.next(Run{Apply: true, Undo: []int64{2}})
	if c.isDone("org_acme") || !c.isDone("org_beta") {
		t.Errorf("calls %v", c.clerk.Calls[before:])
	}
}

// An interruption while Clerk is asked is no word of Clerk: the run ends, and what
// is open stays open (S32).
func TestS32AnInterruptionSettlesNothing(t *testing.T) {
	t.Parallel()
	c := cutOff(t)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := New(c.config, c.rules, c.sources, c.clerk, WithJournal(c.db, 1))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if found, err := r.apply().Recover(ctx); !errors.Is(err, context.Canceled) || found.Run != 0 {
		t.Errorf("%+v, %v", found, err)
	}
	if open := c.open(); len(open) != 2 {
		t.Errorf("open: %v", open)
	}
}
