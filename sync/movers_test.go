package sync

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

var errUnavailable = &clerkapi.Error{Status: 503, Code: "unavailable"}

// mover is the company with dan, whom only our marker in acme knows, on the day
// on which the directory moves him to beta.
func mover(t *testing.T) (*chronicle, *fake.Source) {
	t.Helper()
	s, f := company(t)
	f.User("user_dan", "~dan@corp.example")
	f.Member("acme", "user_dan", "org:member", fake.Ours("4"))
	s.rule("beta", "org:member", "sales")
	c := begin(t, s)
	src := c.source()
	src.Snapshot.People = append(src.Snapshot.People, source.Person{ID: "4", Email: "dan@corp.example"})
	src.Group("sales", 3)
	return c, src
}

// Whatever comes between the removal that takes the marker along and the add,
// a later run knows who it was, and does the rest.
func TestS01MoverIsNotLostBetweenTwoOrganizations(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(c *chronicle){
		"the add fails": func(c *chronicle) {
			c.clerk.Faults["create org_beta user_dan"] = errUnavailable
			c.apply()
			delete(c.clerk.Faults, "create org_beta user_dan")
		},
		"the add waits for a person": func(c *chronicle) {
			c.config.Guards.Adds = policy.Limit{People: 0, Percent: 0}
			c.apply()
			c.config.Guards.Adds = policy.Limit{People: 1 << 30}
		},
		"the run is cut off": func(c *chronicle) {
			ctx, cut := context.WithCancel(c.t.Context())
			c.clerk.After = func(call string) {
				if strings.HasPrefix(call, "delete org_acme") {
					cut()
				}
			}
			c.clerk.Faults["create org_beta user_dan"] = errUnavailable
			if _, err := c.once(ctx, Run{Apply: true}); err != nil {
				c.t.Fatal(err)
			}
			c.clerk.After = nil
			delete(c.clerk.Faults, "create org_beta user_dan")
		},
		"another fault, and a week": func(c *chronicle) {
			c.clerk.Faults["create org_beta user_dan"] = errUnavailable
			for range 7 {
				c.apply()
				c.now = c.now.Add(24 * time.Hour)
			}
			delete(c.clerk.Faults, "create org_beta user_dan")
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := mover(t)
			between(c)
			if c.clerk.Find("org_acme", "user_dan") != nil || c.clerk.Find("org_beta", "user_dan") != nil {
				t.Fatal("the story needs him to be between the two")
			}
			if got := lines(c.apply().Plan); !slices.Contains(got, "ready add beta user_dan member") {
				t.Errorf("planned %q", got)
			}
			if m := c.clerk.Find("org_beta", "user_dan"); m == nil || plan.ParseMarker(m.Private) == nil {
				t.Errorf("not let in with a marker: %+v", m)
			}
			c.apply()
			if facts, err := c.db.Facts(t.Context(), memory.FactMover); err != nil || len(facts) != 0 {
				t.Errorf("still remembered, although the marker says it: %+v, %v", facts, err)
			}
		})
	}
}

// What is remembered counts for no more than the marker did: a user who is gone
// is nobody, a leaver is none of ours, somebody else with the address is held,
// and it is forgotten in the end.
func TestS01MoverIsNoMoreThanAMarker(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		then func(c *chronicle, src *fake.Source)
		plan string
		hold string
	}{
		"the user is deleted": {func(c *chronicle, _ *fake.Source) {
			c.clerk.Accounts = slices.DeleteFunc(c.clerk.Accounts, func(u clerkapi.User) bool { return u.ID == "user_dan" })
		}, "", ""},
		"he leaves": {func(_ *chronicle, src *fake.Source) { src.Snapshot.Groups[1].Members = nil }, "", "S15 missing_group org_beta"},
		"a newcomer gets the address, which the user has proven by now": {func(c *chronicle, src *fake.Source) {
			c.clerk.Accounts[3].Emails[0].Verified = true
			src.Snapshot.People[3].ID = "5"
		}, "", "S02 identity_conflict org_beta"},
		"long ago": {func(c *chronicle, _ *fake.Source) { c.now = c.now.Add(30 * day) }, "", ""},
		"another user has proven the address": {func(c *chronicle, _ *fake.Source) { c.clerk.User("user_new", "dan@corp.example") },
			"ready add beta user_dan member", ""},
		"Clerk's own marker says more": {func(c *chronicle, _ *fake.Source) {
			c.clerk.User("user_new", "dan@corp.example")
			c.clerk.Member("acme", "user_new", "org:member", fake.Ours("4"))
		}, "ready remove acme user_new ready add beta user_new member", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, src := mover(t)
			c.clerk.Faults["create org_beta user_dan"] = errUnavailable
			c.apply()
			x.then(c, src)
			p := c.plan()
			if got := strings.Join(lines(p), " "); got != x.plan {
				t.Errorf("planned %q, want %q", got, x.plan)
			}
			if got := strings.Join(held(p), " "); got != x.hold {
				t.Errorf("held %q, want %q", got, x.hold)
			}
		})
	}
}
