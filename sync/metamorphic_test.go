package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/source"
)

// Nobody can say what the plan of a drawn story should be, but much can be
// said of how the plans of two stories must differ.

// TestPlanKnowsNoOrder: in whatever order rows, groups, members and Clerk's
// answers come, the plan is the same to the byte.
func TestPlanKnowsNoOrder(t *testing.T) {
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
	inner, ok := s.sources[i].(*fakeSource)
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
	src.snapshot.People = append(slices.Clone(src.snapshot.People), p)
	src.snapshot.Groups = slices.Clone(src.snapshot.Groups)
	src.group("nobody's", len(src.snapshot.People)-1)
	s.sources[i] = &src
	s.clerk.user(user, user+"@corp.example", "~"+sketchAddress(sketchUsers+5))
	s.clerk.member("unmapped", user, sketchRole.Draw(rt, "role"), ours(fmt.Sprint(number.Draw(rt, "marked as"))))
}

// TestTwoSourcesThatAgreeAreOne: a source whose groups are spread over two with
// the same people gives the same plan.
func TestTwoSourcesThatAgreeAreOne(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		one := drawStory(t, rt, true)
		one.sources = one.sources[:1]
		two := one.copied()
		two.sources = spread(rt, one.sources[0])
		plan, other := one.run(Run{}).Plan, two.run(Run{}).Plan
		if n := len(other.Sources); n != 2 {
			rt.Fatalf("%d sources", n)
		}
		other.Sources = plan.Sources             // they are counted each for itself
		for _, p := range []*Plan{plan, other} { // holds stand in the order of the sources
			slices.SortStableFunc(p.Holds, func(a, b Hold) int {
				return cmp.Or(strings.Compare(a.Organization, b.Organization), strings.Compare(a.Text, b.Text))
			})
		}
		if d := gocmp.Diff(bytesOf(t, plan), bytesOf(t, other)); d != "" {
			rt.Fatal(d)
		}
	})
}

// spread gives each group to a source or to the one below it, or to both.
func spread(rt *rapid.T, src source.Source) []source.Source {
	whole, ok := src.(*fakeSource)
	if !ok {
		rt.Fatal("no fake source")
	}
	upper, lower := *whole, *whole
	lower.snapshot.Source = "below"
	lower.snapshot.People = slices.Clone(whole.snapshot.People)
	for i := range lower.snapshot.People {
		p := &lower.snapshot.People[i]
		p.ID, p.Origin.Source = "b"+p.ID, "below"
	}
	upper.snapshot.Groups, lower.snapshot.Groups = nil, nil
	for _, g := range whole.snapshot.Groups {
		where := rapid.IntRange(0, 2).Draw(rt, g.Name)
		if where != 1 {
			upper.snapshot.Groups = append(upper.snapshot.Groups, g)
		}
		if where != 0 {
			lower.snapshot.Groups = append(lower.snapshot.Groups, g)
		}
	}
	return []source.Source{&upper, &lower}
}

// TestSplitAppliesLikeTheWhole: part of a plan, then the rest, ends where the
// whole ends, held and skipped changes included. Where an organization has fewer
// than min_admins, what lowers the number depends on what came before (S19), so
// that more than one admin is not asked for.
func TestSplitAppliesLikeTheWhole(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStory(t, rt, true)
		s.config.MinAdmins = min(1, s.config.MinAdmins)
		whole, split := begin(t, s), begin(t, s.copied())
		part := split.part(rt)
		if r := split.next(part); r.Tally(Failed) > 0 {
			rt.Fatalf("outcomes %+v", r.Outcomes)
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
		o.Changes = slices.DeleteFunc(o.Changes, func(Change) bool { return rapid.Bool().Draw(rt, "later") })
	}
	return Run{Apply: true, Saved: p, AllowSubset: true}
}

// settle applies until a plan has nothing ready.
func (c *chronicle) settle(rt *rapid.T) {
	for range 6 {
		r := c.apply()
		if r.Tally(Failed) > 0 {
			rt.Fatalf("outcomes %+v", r.Outcomes)
		}
		if r.Plan.Count(Ready) == 0 {
			return
		}
	}
	rt.Fatalf("never settled: %v", lines(c.plan()))
}

// end is what Clerk holds, sorted.
func (s *story) end() []string {
	var out []string
	for _, members := range s.clerk.members {
		for _, m := range members {
			out = append(out, strings.Join([]string{m.OrganizationID, m.UserID, m.Role, string(m.Public), string(m.Private)}, " "))
		}
	}
	slices.Sort(out)
	return out
}

// TestApplyTwiceIsApplyOnce: a second run sends nothing.
func TestApplyTwiceIsApplyOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := begin(t, drawStory(t, rt, true))
		for i := range c.clerk.organizations {
			c.clerk.organizations[i].MaxMembers = 0 // the first run may free places
		}
		first := c.apply()
		sent := len(c.clerk.calls)
		if done := first.Tally(Done); done != sent || done != first.Plan.Count(Ready) {
			rt.Fatalf("%d done, %d ready, %d sent", done, first.Plan.Count(Ready), sent)
		}
		if second := c.apply(); len(c.clerk.calls) != sent {
			rt.Fatalf("the second run sent %v: %v", c.clerk.calls[sent:], lines(second.Plan))
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
