package sync

import (
	"fmt"
	"slices"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// dripping is an organization of ours whose people change in one way, a few at
// a time.
type dripping struct {
	*chronicle
	size  int
	spare int // people who are no members yet
}

// newDripping has size members, half of them admins, and spare people to add.
func newDripping(t *testing.T, size, spare int) *dripping {
	f := fake.NewClerk("acme")
	f.User("user_boss", "boss@corp.example")
	f.Member("acme", "user_boss", "org:admin", "")
	var people []string
	var members, admins []int
	for i := range size + spare {
		id := fmt.Sprintf("p%03d", i)
		f.User("user_"+id, id+"@corp.example")
		people = append(people, id+" "+id+"@corp.example dept=Sales")
		role := "org:member"
		if i < size/2 {
			role, admins = "org:admin", append(admins, i)
		} else if i < size {
			members = append(members, i)
		}
		if i < size {
			m := f.Member("acme", "user_"+id, role, fake.Ours(id))
			m.Public = []byte(`{"dept":"Sales"}`)
		}
	}
	s := tell(t, f, fake.HR(people...).Group("admins", admins...).Group("staff", members...).Group("guests"))
	for role, group := range map[string]string{"org:admin": "admins", "org:member": "staff", "org:guest": "guests"} {
		r := s.rule("acme", role, group)
		r.Metadata, r.AllowEmpty = policy.Templates{Public: map[string]any{"dept": "{dept}"}}, []string{group}
	}
	s.config.Guards = policy.DefaultGuards()
	d := &dripping{begin(t, s), size, spare}
	d.config.Guards.SourceShrink = policy.Limit{People: 1 << 30}
	d.clean(d.apply().Plan)
	return d
}

// move takes n people from the end of one group to another; "" is nowhere.
func (d *dripping) move(n int, from, to string) {
	groups := d.source().Snapshot.Groups
	group := func(name string) *source.Group {
		return &groups[slices.IndexFunc(groups, func(g source.Group) bool { return g.Name == name })]
	}
	g := group(from)
	for range n {
		last := g.Members[len(g.Members)-1]
		if g.Members = g.Members[:len(g.Members)-1]; to != "" {
			x := group(to)
			x.Members = append(x.Members, last)
		}
	}
}

// drip makes n changes of the guard's kind happen in the directory.
func (d *dripping) drip(guard string, n int) {
	switch guard {
	case "removals":
		d.move(n, "staff", "")
	case "admin_losses":
		d.move(n, "admins", "staff")
	case "admin_grants":
		d.move(n, "staff", "admins")
	case "role_changes":
		d.move(n, "staff", "guests")
	case "adds":
		g := &d.source().Snapshot.Groups[1]
		for range n {
			d.spare--
			g.Members = append(g.Members, source.Member{Person: d.size + d.spare})
		}
	case "metadata_nulls":
		people := d.source().Snapshot.People
		for i := range people {
			if n > 0 && i < d.size && len(people[i].Attributes) > 0 {
				people[i].Attributes, n = nil, n-1
			}
		}
	}
}

// guardCase is how many changes of a kind pass in an organization.
type guardCase struct {
	guard      string
	size, most int
}

// drips makes the guard's most changes, or one more or less, in so many runs.
func (x guardCase) drips(t *testing.T, parts, over int, d *dripping) {
	total := x.most + over
	for part := range parts {
		n := total / parts
		if part == parts-1 {
			n = total - n*part
		}
		d.drip(x.guard, n)
		p, r := d.plan(), d.apply()
		if held := part == parts-1 && over > 0; !held {
			d.clean(p)
			d.clean(r.Plan)
			if r.Tally(apply.Done) != n {
				t.Fatalf("part %d: %d done, want %d", part, r.Tally(apply.Done), n)
			}
			continue
		}
		for _, plan := range []*plan.Plan{p, r.Plan} {
			if h := d.held(plan, x.guard); h.Figure != total || h.Changes != n || r.Tally(apply.Done) != 0 {
				t.Errorf("hold %+v, %d done", h, r.Tally(apply.Done))
			}
		}
		if d.now = d.now.Add(memory.Window); parts > 1 {
			d.clean(d.apply().Plan) // those of yesterday do not count any more
		}
	}
}

// Each guard lets pass what is under its limit and at it, and holds one more:
// in a small and a large organization, in one run and dripping over a day, in
// the plan as in apply; after a day it begins anew (S17).
func TestS17EachGuardDripping(t *testing.T) {
	t.Parallel()
	const spare = 110
	for i, x := range []guardCase{
		{"removals", 8, 3}, {"removals", 100, 10},
		{"admin_losses", 8, 2}, {"admin_losses", 100, 5},
		{"admin_grants", 20, 5}, {"admin_grants", 100, 5},
		{"adds", 8, 100}, {"adds", 100, 100},
		{"role_changes", 50, 20}, {"role_changes", 120, 24},
		{"metadata_nulls", 20, 10}, {"metadata_nulls", 120, 12},
	} {
		for _, parts := range []int{1, 3} {
			for _, over := range []int{-1, 0, 1} {
				if suite.Short(t) && (over < 0 || (parts > 1) != (i/2%2 == i%2)) || suite.Race && over == 0 {
					continue // of each guard one size in one run, and the other over a day
				}
				t.Run(fmt.Sprintf("%s of %d, %+d in %d runs", x.guard, x.size, over, parts), func(t *testing.T) {
					t.Parallel()
					x.drips(t, parts, over, newDripping(t, x.size, spare))
				})
			}
		}
	}
}
