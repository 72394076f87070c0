package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Nobody can say what the plan of a drawn story should be, but much can be
// said of how the plans of two stories must differ.

// TestPlanKnowsNoOrder: in whatever order rows, groups, members and Clerk's
// answers come, the plan is the same to the byte.
func TestPlanKnowsNoOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStory(t, rt, false)
		if d := gocmp.Diff(s.bytes(), s.shuffled(rt).bytes()); d != "" {
			rt.Fatal(d)
		}
	})
}

// TestBystandersChangeNothing: people of groups that no rule names, and users
// who are members of no organization that a rule names. Those whom a source
// shows all the same, as one does for an undo, have an address of their own; of
// those whom it does not show, nothing that they share with others counts.
func TestBystandersChangeNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStory(t, rt, false)
		before := s.copied()
		shown := rapid.Bool().Draw(rt, "shown")
		for n := range rapid.IntRange(1, 3).Draw(rt, "bystanders") {
			s.bystander(rt, n, shown)
		}
		if !shown {
			for i := range s.sources {
				s.sources[i], before.sources[i] = faithful{s.sources[i]}, faithful{before.sources[i]}
			}
		}
		one, two := before.run(Run{}).Plan, s.run(Run{}).Plan
		if one.Sources = two.Sources; gocmp.Diff(bytesOf(t, one), bytesOf(t, two)) != "" {
			rt.Fatal(gocmp.Diff(bytesOf(t, one), bytesOf(t, two)))
		}
	})
}

// bystander adds somebody whom nothing leads anywhere.
func (s *story) bystander(rt *rapid.T, n int, shown bool) {
	i := rapid.IntRange(0, len(s.sources)-1).Draw(rt, "source")
	inner, ok := s.sources[i].(*fake.Source)
	if !ok {
		rt.Fatal("no fake source")
	}
	number := rapid.IntRange(0, sketchUsers+1)
	user := fmt.Sprint("user_x", n)
	p := source.Person{ID: fmt.Sprint("bystander", n), Email: user + "@corp.example", Origin: source.Origin{Source: inner.Name(), DN: "uid=bystander"}}
	if !shown {
		p.Email, p.ExternalID = sketchAddress(number.Draw(rt, "address")), fmt.Sprint("E", number.Draw(rt, "external"))
	}
	src := *inner
	src.Snapshot.People = append(slices.Clone(src.Snapshot.People), p)
	src.Snapshot.Groups = slices.Clone(src.Snapshot.Groups)
	src.Group("nobody's", len(src.Snapshot.People)-1)
	s.sources[i] = &src
	s.clerk.User(user, user+"@corp.example", "~"+sketchAddress(sketchUsers+5))
	theirs := strings.Replace(fake.Ours(fmt.Sprint(number.Draw(rt, "marked as"))), `"rollcall",`, `"another",`, 1) // ours would lead somewhere (S15)
	s.clerk.Member("unmapped", user, sketchRole.Draw(rt, "role"), theirs)
}

// TestSplitAppliesLikeTheWhole: part of a plan, then the rest, ends where the
// whole ends, held and skipped changes included. Where an organization has fewer
// than min_admins, what lowers the number depends on what came before (S19), so
// that more than one admin is not asked for.
func TestSplitAppliesLikeTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStory(t, rt, true)
		s.config.MinAdmins = min(1, s.config.MinAdmins)
		whole, split := begin(t, s), begin(t, s.copied())
		part := split.part(rt)
		r, err := split.once(t.Context(), part)
		if _, unknown := errors.AsType[*UnknownPartError](err); err != nil && !unknown {
			rt.Fatal(err)
		}
		if r != nil && r.Tally(apply.Failed) > 0 {
			rt.Fatalf("outcomes %+v", r.Outcomes)
		}
		if conflicts(split.plan()) < conflicts(whole.plan()) {
			return // the part has removed a marker that named somebody else: more people join, and a limit holds all of them
		}
		whole.settle(rt)
		split.settle(rt)
		if d := gocmp.Diff(whole.end(), split.end()); d != "" {
			rt.Fatalf("the whole and the parts differ: %s", d)
		}
		if d := gocmp.Diff(lines(whole.plan()), lines(split.plan())); d != "" {
			rt.Fatalf("what is left differs: %s", d)
		}
	})
}

func conflicts(p *plan.Plan) int {
	return len(slices.DeleteFunc(slices.Clone(p.Holds), func(h plan.Hold) bool { return h.Reason != plan.IdentityConflict }))
}

// part is a run that does a part of the plan: one organization, one person, or
// any changes at all.
func (c *chronicle) part(rt *rapid.T) Run {
	switch rapid.IntRange(0, 3).Draw(rt, "part") {
	case 0:
		return Run{Apply: true, Organization: rapid.SampledFrom([]string{"acme", "org_beta"}).Draw(rt, "organization")}
	case 1:
		return Run{Apply: true, Only: fmt.Sprint("user_", rapid.IntRange(0, sketchUsers-1).Draw(rt, "user"))}
	}
	p := reread(c.t, c.plan())
	for i := range p.Organizations {
		o := &p.Organizations[i]
		o.Changes = slices.DeleteFunc(o.Changes, func(plan.Change) bool { return rapid.Bool().Draw(rt, "later") })
	}
	return Run{Apply: true, Saved: p, AllowSubset: true}
}

// settle applies until a plan has nothing ready.
func (c *chronicle) settle(rt *rapid.T) {
	for range 6 {
		r := c.apply()
		if r.Tally(apply.Failed) > 0 {
			rt.Fatalf("outcomes %+v", r.Outcomes)
		}
		if r.Plan.Count(plan.Ready) == 0 {
			return
		}
	}
	rt.Fatalf("never settled: %v", lines(c.plan()))
}

// end is what Clerk holds, sorted.
func (s *story) end() []string {
	var out []string
	for _, members := range s.clerk.Members {
		for _, m := range members {
			out = append(out, strings.Join([]string{m.OrganizationID, m.UserID, m.Role, string(m.Public), string(m.Private)}, " "))
		}
	}
	slices.Sort(out)
	return out
}

// TestApplyTwiceIsApplyOnce: a second run sends nothing.
func TestApplyTwiceIsApplyOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := begin(t, drawStory(t, rt, true))
		for i := range c.clerk.Organizations {
			c.clerk.Organizations[i].MaxMembers = 0 // the first run may free places
		}
		if c.config.Removals == policy.RemovalsAll && c.config.Adopt == policy.AdoptMatched {
			c.apply() // it makes members match, and the next run adopts those (S26)
			c.clerk.Calls = nil
		}
		first := c.apply()
		sent := len(c.clerk.Calls)
		if done := first.Tally(apply.Done); done != sent || done != first.Plan.Count(plan.Ready) {
			rt.Fatalf("%d done, %d ready, %d sent", done, first.Plan.Count(plan.Ready), sent)
		}
		if slices.ContainsFunc(first.Plan.Holds, func(h plan.Hold) bool { return h.Reason == plan.IdentityConflict }) {
			c.apply() // a removal may have ended a conflict (S02), and whoever waited joins
			sent = len(c.clerk.Calls)
		}
		if second := c.apply(); len(c.clerk.Calls) != sent {
			rt.Fatalf("the second run sent %v: %v", c.clerk.Calls[sent:], lines(second.Plan))
		}
	})
}

// faithful shows whom real sources show: members of the groups that were asked
// for, and whom the request names.
type faithful struct{ source.Source }

func (f faithful) Read(ctx context.Context, want source.Request) (*source.Snapshot, error) {
	s, err := f.Source.Read(ctx, want)
	if err != nil {
		return nil, err
	}
	listed := make([]bool, len(s.People))
	for _, g := range s.Groups {
		for _, m := range g.Members {
			listed[m.Person] = true
		}
	}
	out, place := *s, make([]int, len(s.People))
	out.People = nil
	for i, p := range s.People {
		if place[i] = len(out.People); listed[i] || slices.Contains(want.Also, p.ID) || slices.Contains(want.Also, p.Email) {
			out.People = append(out.People, p)
		}
	}
	for i := range out.Groups {
		g := &out.Groups[i]
		g.Members = slices.Clone(g.Members)
		for j := range g.Members {
			g.Members[j].Person = place[g.Members[j].Person]
		}
	}
	return &out, nil
}
