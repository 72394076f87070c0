package sync

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// The percentages of S17 are of the members whom rollcall could change when the
// window began: invitations are no members, nor are members of somebody else.
func TestS17TheBaseIsOfMembers(t *testing.T) {
	t.Parallel()
	done := func(action plan.Action, n int, id string) func(c *chronicle) {
		return func(c *chronicle) {
			run, err := c.db.Begin(c.t.Context(), journal.Run{Verb: "apply"})
			if err != nil {
				c.t.Fatal(err)
			}
			for i := range n {
				entries := []journal.Change{{Action: action.String(), Organization: "org_acme", Email: fmt.Sprintf("%s%d@corp.example", action, i), PersonID: id}}
				ids, err := c.db.Intend(c.t.Context(), run, entries)
				if err != nil {
					c.t.Fatal(err)
				}
				if err := c.db.Record(c.t.Context(), []journal.Outcome{{ID: ids[0], Result: journal.Done}}); err != nil {
					c.t.Fatal(err)
				}
			}
			if err := c.db.Finish(c.t.Context(), run, journal.Run{Outcome: "done"}); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	strangers := func(marker string) func(c *chronicle) {
		return func(c *chronicle) {
			for i := range 100 {
				user := fmt.Sprintf("user_x%d", i)
				c.clerk.User(user, user+"@x.example")
				c.clerk.Member("acme", user, "org:guest", marker)
			}
		}
	}
	other := strings.Replace(fake.Ours("1"), `"rollcall","source"`, `"other","source"`, 1)
	for _, x := range []struct {
		name     string
		removals policy.Removals
		before   func(c *chronicle)
		base     int
	}{
		{"nothing before", policy.RemovalsManaged, func(*chronicle) {}, 20},
		{"invitations sent", policy.RemovalsManaged, done(plan.Invite, 15, "x"), 20},
		{"invitations revoked", policy.RemovalsManaged, done(plan.RevokeInvitation, 50, "x"), 20},
		{"users created", policy.RemovalsManaged, done(plan.CreateUser, 15, "x"), 20},
		{"members added", policy.RemovalsManaged, done(plan.Add, 5, "x"), 15},
		{"members of nobody removed by a review", policy.RemovalsManaged, done(plan.Remove, 5, ""), 20},
		{"members adopted", policy.RemovalsManaged, done(plan.Adopt, 5, "x"), 15},
		{"members of nobody", policy.RemovalsManaged, strangers(""), 20},
		{"members of another owner", policy.RemovalsManaged, strangers(other), 20},
		{"invitations sent, under all", policy.RemovalsAll, done(plan.Invite, 15, "x"), 20},
		{"members added, under all", policy.RemovalsAll, done(plan.Add, 5, "x"), 15},
		{"members adopted, under all", policy.RemovalsAll, done(plan.Adopt, 5, "x"), 20},
		{"members of another owner, under all", policy.RemovalsAll, strangers(other), 20},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, _ := crowdOf(t, 20)
			s.config.Removals = x.removals
			s.config.Guards.Removals = policy.Limit{Half: 2, Percent: 10, People: 5}
			c := begin(t, s)
			x.before(c)
			g := &c.source().Snapshot.Groups[0]
			g.Members = g.Members[:14]
			h := c.held(c.plan(), "removals") // 6 are more than 5, and than a tenth of the base
			if want := fmt.Sprintf("%d member", x.base); !strings.Contains(h.Text, want) {
				t.Errorf("held by %q, want %q", h.Text, want)
			}
			add(c.source(), 14) // 5 are no more than 5, and less than half
			if p := c.plan(); len(p.Holds) > 0 && !strings.Contains(x.name, "removed") {
				t.Errorf("holds %+v", p.Holds)
			}
		})
	}
}

// Under none the base is members with our marker too: nobody else is changed.
func TestS17BaseUnderNone(t *testing.T) {
	t.Parallel()
	for removals, want := range map[policy.Removals]int{policy.RemovalsNone: 1, policy.RemovalsAll: 0} {
		s, f := crowdOf(t, 4)
		for i := range 96 {
			user := fmt.Sprintf("user_x%d", i)
			f.User(user, user+"@x.example")
			f.Member("acme", user, "org:guest", "")
		}
		s.config.Removals, s.config.Guards.RoleChanges = removals, policy.Limit{Percent: 20}
		f.Members["org_acme"][0].Role = "org:guest"
		held := 0
		for _, h := range s.run(Run{}).Plan.Holds {
			if h.Guard == "role_changes" {
				held++
			}
		}
		if held != want {
			t.Errorf("%s: %d holds of 1 role change, of 4 members of ours among 100", removals, held)
		}
	}
}

// A source that only another owner's marker names was never one of ours (S15).
func TestS15ASourceOfAnotherOwnerIsNotLost(t *testing.T) {
	t.Parallel()
	for _, owner := range []string{"rollcall", "other"} {
		s, f := company(t)
		s.config.Removals, s.config.Takeover = policy.RemovalsAll, true
		f.User("user_zoe", "zoe@corp.example")
		f.Member("acme", "user_zoe", "org:member", `{"rollcall":{"id":"9","owner":"`+owner+`","source":"theirs"}}`)
		c := begin(t, s)
		p := c.apply().Plan
		if owner == "rollcall" {
			c.held(p, "lost_source")
			continue
		}
		if c.clean(p); f.Find("org_acme", "user_zoe") != nil {
			t.Errorf("plan %v", lines(p))
		}
	}
}
