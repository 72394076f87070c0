package sync

import (
	"testing"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// One decision settles a conflict, however many markers the user has in other
// organizations, whatever ids they name, and whoever of them is in the directory:
// no later plan holds it again (S02).
func TestS02RebindSettlesTheConflict(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name    string
		markers map[string]string // id by organization
		people  []string          // ids in the directory; the last one has the address
	}{
		{"two organizations, a third id", map[string]string{"acme": "3", "beta": "33"}, []string{"7"}},
		{"two organizations, one of the ids", map[string]string{"acme": "3", "beta": "33"}, []string{"33"}},
		{"two organizations, the other id", map[string]string{"acme": "3", "beta": "33"}, []string{"3"}},
		{"three organizations", map[string]string{"acme": "3", "beta": "33", "gamma": "333"}, []string{"7"}},
		{"three organizations, one of the ids", map[string]string{"acme": "3", "beta": "33", "gamma": "333"}, []string{"333"}},
		{"one organization", map[string]string{"acme": "3"}, []string{"7"}},
	} {
		for _, newPerson := range []bool{true, false} {
			t.Run(x.name, func(t *testing.T) {
				f := fake.NewClerk("acme", "beta", "gamma")
				f.User("user_ann", "ann@corp.example")
				f.User("user_cy", "cy@corp.example")
				src := fake.HR("1 ann@corp.example").Group("staff", 0)
				for i, id := range x.people {
					src.Snapshot.People = append(src.Snapshot.People, source.Person{ID: id, Email: "cy@corp.example", Origin: source.Origin{Source: "hr", File: "hr.csv", Line: 8 + i}})
					src.Snapshot.Groups[0].Members = append(src.Snapshot.Groups[0].Members, source.Member{Person: i + 1})
				}
				s := tell(t, f, src)
				for _, slug := range []string{"acme", "beta", "gamma"} {
					s.rule(slug, "org:member", "staff")
					if id := x.markers[slug]; id != "" {
						f.Member(slug, "user_cy", "org:member", fake.Ours(id))
					}
				}
				c := begin(t, s)
				conflict := c.apply().Plan.ConflictOf("cy@corp.example")
				if conflict == nil {
					t.Fatalf("conflict %+v", conflict)
				}
				c.write(memory.Decide(conflict, newPerson))
				for range 3 {
					c.clean(c.apply().Plan)
				}
				if p := c.plan(); p.Count(plan.Ready) != 0 {
					t.Errorf("still to do: %v", lines(p))
				}
				for slug := range x.markers {
					m := f.Find("org_"+slug, "user_cy")
					if (m == nil) != newPerson {
						t.Errorf("new person %t: %s is %+v", newPerson, slug, m)
					}
				}
			})
		}
	}
}

// Two people of the directory whose ids are both marked on one user: the one who
// is new has no user, and the other one keeps the account and its access.
func TestS02RebindOfTwoPeople(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	f.User("user_cy", "cy@corp.example")
	f.Member("acme", "user_cy", "org:member", fake.Ours("3"))
	f.Member("beta", "user_cy", "org:member", fake.Ours("33"))
	s := tell(t, f, fake.HR("3 old@corp.example", "33 cy@corp.example").Group("staff", 0).Group("new", 1))
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "new")
	c := begin(t, s)
	conflict := c.apply().Plan.ConflictOf("cy@corp.example")
	if conflict == nil {
		t.Fatal("no conflict")
	}
	c.write(memory.Decide(conflict, true))
	for range 3 {
		c.clean(c.apply().Plan)
	}
	if f.Find("org_acme", "user_cy") == nil || f.Find("org_beta", "user_cy") != nil {
		t.Errorf("state:\n%s", f.State())
	}
}
