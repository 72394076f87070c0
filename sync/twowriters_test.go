package sync

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
)

// What somebody else takes back is done once more, then it waits, and the plan
// says who it may be.
func TestS30RevertedTwice(t *testing.T) {
	for _, x := range []struct {
		name   string
		leave  bool // cy has left
		revert func(f *fakeClerk)
		writer string
	}{
		{"added by single sign-on", true, func(f *fakeClerk) { f.member("acme", "user_cy", "org:member", ours("3")) }, "single sign-on or a verified domain"},
		{"removed by hand", false, func(f *fakeClerk) {
			f.members["org_acme"] = slices.DeleteFunc(f.members["org_acme"], func(m clerkapi.Membership) bool { return m.UserID == "user_cy" })
		}, "removes members"},
		{"role set by hand", false, func(f *fakeClerk) { f.find("org_acme", "user_cy").Role = "org:guest" }, "dashboard"},
		{"metadata", false, func(f *fakeClerk) { f.find("org_acme", "user_cy").Public = json.RawMessage(`{"dept":"x"}`) }, "dashboard"},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, f := company(t)
			s.rules[0].Metadata = Templates{Public: map[string]any{"dept": "Sales"}}
			c := begin(t, s)
			c.apply()
			if x.leave {
				g := &c.source().snapshot.Groups[0]
				g.Members = g.Members[:2]
				c.apply()
			}
			reverts := 0
			var p *Plan
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
			if r := c.apply(h.Approval); r.Tally(Done) == 0 {
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
	s, _ := company(t)
	c := begin(t, s)
	c.apply()
	g := &c.source().snapshot.Groups[0]
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
	for _, gone := range []bool{false, true} {
		s, f := company(t)
		s.rules[0].Role = "org:admin"
		c := begin(t, s)
		c.clean(c.apply().Plan) // makes them admins
		c.clean(c.apply().Plan)
		c.now = c.now.Add(30 * 24 * time.Hour)
		if f.find("org_acme", "user_ben").Role = "org:member"; gone {
			f.members["org_acme"] = slices.DeleteFunc(f.members["org_acme"], func(m clerkapi.Membership) bool { return m.UserID == "user_ben" })
		}
		for range 3 { // it is not forgotten by being held
			h := c.held(c.apply().Plan, "revoked_admin")
			if h.Changes != 1 || h.Approval == "" {
				t.Fatalf("hold %+v", h)
			}
		}
		h := c.held(c.plan(), "revoked_admin")
		if r := c.apply(h.Approval); r.Tally(Done) != 1 || f.find("org_acme", "user_ben").Role != "org:admin" {
			t.Errorf("outcomes %+v", r.Outcomes)
		}
		c.clean(c.apply().Plan)
	}
}

// Whom the directory itself demoted and promotes again was not taken by hand.
func TestS30DemotedByTheDirectory(t *testing.T) {
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
