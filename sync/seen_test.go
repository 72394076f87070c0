package sync

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rollcall/sync/internal/fake"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// lastSeen is when the plan says that the one who leaves was last in the directory.
func (c *chronicle) lastSeen() time.Time {
	c.t.Helper()
	for _, x := range c.plan().Changes() {
		if x.Action == plan.Remove {
			if said := strings.Contains(x.Because, "was there "+x.LastSeen.Format("2006-01-02 15:04Z")); said == x.LastSeen.IsZero() {
				c.t.Errorf("%q of somebody last seen %s", x.Because, x.LastSeen)
			}
			return x.LastSeen
		}
	}
	c.t.Fatal("nobody leaves")
	return time.Time{}
}

// failing makes a run in which the source cannot be read.
func (c *chronicle) failing(src *fake.Source) {
	c.t.Helper()
	src.Err = errors.New("no route to host")
	defer func() { src.Err = nil }()
	if _, err := c.once(c.t.Context(), Run{Apply: true}); err == nil {
		c.t.Error("a run without its only source succeeded")
	}
}

// gone is a company whose cy is no longer in the directory.
func gone(t *testing.T) (c *chronicle, src *fake.Source, back func()) {
	c, src = missing(t)
	people := src.Snapshot.People
	src.Snapshot.People = people[:2]
	return c, src, func() { src.Snapshot.People = people; add(src, 2) }
}

// A removal says when the person was last in the directory, for as long as it
// waits, and whatever fails in the meantime.
func TestALeaverWasLastSeen(t *testing.T) {
	t.Parallel()
	c, src, back := gone(t)
	begun := c.now
	for _, x := range []struct {
		name  string
		later func()
	}{
		{"at once", func() {}},
		{"a day later", func() { c.now = c.now.Add(24 * time.Hour); c.apply() }},
		{"after a run without the source", func() { c.failing(src) }},
		{"after a run without the list", func() {
			c.clerk.Unlisted["org_acme"] = errors.New("503")
			c.apply()
			delete(c.clerk.Unlisted, "org_acme")
		}},
		{"after another good run", func() { c.now = c.now.Add(time.Hour); c.apply() }},
	} {
		if x.later(); !c.lastSeen().Equal(begun) {
			t.Errorf("%s: last seen %s, want %s", x.name, c.lastSeen(), begun)
		}
	}
	c.now = c.now.Add(time.Hour)
	back()
	if c.apply(); len(c.facts(memory.FactSeen)) != 0 {
		t.Errorf("somebody who is back: %+v", c.facts(memory.FactSeen))
	}
	returned := c.now
	src.Snapshot.Groups[0].Members, src.Snapshot.People = src.Snapshot.Groups[0].Members[:2], src.Snapshot.People[:2]
	if !c.lastSeen().Equal(returned) {
		t.Errorf("gone again: last seen %s, want %s", c.lastSeen(), returned)
	}
}

// A run that could not compare an organization does not say that its people were
// there, and without a history nobody says anything.
func TestALeaverWasNotSeenByARunThatFailed(t *testing.T) {
	t.Parallel()
	c, src, _ := gone(t)
	begun := c.now
	c.now = c.now.Add(24 * time.Hour)
	c.failing(src)
	c.clerk.Unlisted["org_acme"] = errors.New("503")
	c.apply()
	delete(c.clerk.Unlisted, "org_acme")
	c.now = c.now.Add(time.Hour)
	if !c.lastSeen().Equal(begun) {
		t.Errorf("last seen %s, want %s", c.lastSeen(), begun)
	}
	for _, x := range c.run(Run{}).Plan.Changes() {
		if !x.LastSeen.IsZero() {
			t.Errorf("without a history: %+v", x)
		}
	}
}
