package sync

import (
	"slices"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

// Two people claim user_ann, and one of them is in an identity conflict (S02). The
// other gains nothing and is not changed (S06). Once the conflict is settled, the
// user is theirs.
func TestS06BesideAnIdentityConflictOfS02(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name    string
		people  []string // the first has the conflict, the last claims the user too
		other   string   // the last is of another source
		prepare func(f *fake.Clerk)
	}{
		{name: "one id on two rows", people: []string{"1 ann@corp.example", "1 one@corp.example", "2 ann.b@corp.example"}},
		{name: "one id on two users", people: []string{"1 ann@corp.example", "2 ann.b@corp.example"}, prepare: func(f *fake.Clerk) {
			f.Member("acme", "user_x", "org:member", fake.Ours("1"))
			f.Member("acme", "user_y", "org:member", fake.Ours("1"))
		}},
		{name: "two ids on one user", people: []string{"1 ann@corp.example", "2 ann.b@corp.example"}, prepare: func(f *fake.Clerk) {
			f.Member("acme", "user_x", "org:member", fake.Ours("1"))
			f.Member("beta", "user_x", "org:member", fake.Ours("9"))
		}},
		{name: "external_id and address of two users", people: []string{"1 ann@corp.example ext=E1", "2 ann.b@corp.example"},
			prepare: func(f *fake.Clerk) {
				f.Find("org_acme", "user_ann").Private = []byte("{}")
				f.Accounts[1].ExternalID = "E1"
			}},
		{name: "one id on two rows, the claim of another source", people: []string{"1 ann@corp.example", "1 one@corp.example", "2 ann.b@corp.example"}, other: "it"},
		{name: "one id on two rows, and the last by external_id", people: []string{"1 ann@corp.example", "1 one@corp.example", "2 ann.c@corp.example ext=E2"},
			prepare: func(f *fake.Clerk) { f.Accounts[0].ExternalID = "E2" }},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := rivals(t, x.people, x.other, x.prepare)
			p := s.run(Run{}).Plan
			if got := lines(p); !slices.Equal(got, []string{"ready add acme user_eve admin", "ready add beta user_eve member"}) {
				t.Errorf("planned %q", got)
			}
			if !slices.ContainsFunc(held(p), func(h string) bool { return strings.HasPrefix(h, "S02 ") }) || p.Unresolved["ambiguous"]+p.Unresolved["identity_conflict"] < 2 {
				t.Errorf("holds %q, unresolved %v", held(p), p.Unresolved)
			}
			// The first row is corrected: the address is of nobody else.
			s = rivals(t, x.people[len(x.people)-1:], x.other, x.prepare)
			if got := lines(s.run(Run{}).Plan); !slices.Contains(got, "ready add beta user_ann member") || !slices.Contains(got, "ready set_role acme user_ann admin") {
				t.Errorf("the conflict is settled: %q", got)
			}
		})
	}
}

// The marker decides who a user is: the conflict of somebody else who has an
// address of theirs takes nothing from them (S01).
func TestS06MarkedUserBesideAConflictOfS02(t *testing.T) {
	t.Parallel()
	s := rivals(t, []string{"1 ann@corp.example", "1 one@corp.example", "2 ann.b@corp.example"}, "", func(f *fake.Clerk) {
		f.Find("org_acme", "user_ann").Private = []byte(fake.Ours("2"))
	})
	s.plans("ready add acme user_eve admin", "ready set_role acme user_ann admin", "ready add beta user_ann member", "ready add beta user_eve member")
}

// Two sources claim the address of somebody without a user: while one of the two
// is in conflict, the other is not invited. Without the first, they are.
func TestS06NewcomerBesideAConflictOfS02(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		people []string
		want   string
	}{
		{[]string{"1 new@corp.example", "1 one@corp.example", "2 new@corp.example"}, ""},
		{[]string{"1 ned@corp.example", "1 one@corp.example", "2 new@corp.example"}, "ready invite acme admin, ready invite beta member"},
	} {
		s := rivals(t, x.people, "it", nil)
		s.config.MissingUsers, s.config.EmailDomains = policy.MissingInvite, []string{"corp.example"}
		got := slices.DeleteFunc(lines(s.run(Run{}).Plan), func(l string) bool { return !strings.Contains(l, "invite") })
		if strings.Join(got, ", ") != x.want {
			t.Errorf("%q: %q, want %q", x.people, got, x.want)
		}
	}
}

// rivals are people whose last one has ann.b@ and whose first has ann@, which are
// both of user_ann; eve has nothing to do with it.
func rivals(t *testing.T, people []string, other string, prepare func(f *fake.Clerk)) *story {
	f := fake.NewClerk("acme", "beta")
	f.User("user_ann", "ann@corp.example", "ann.b@corp.example")
	f.User("user_x", "x@corp.example")
	f.User("user_y", "y@corp.example")
	f.User("user_eve", "eve@corp.example")
	f.Member("acme", "user_ann", "org:member", "")
	if prepare != nil {
		prepare(f)
	}
	all := func(s *fake.Source) *fake.Source {
		var members []int
		for i := range s.Snapshot.People {
			members = append(members, i)
		}
		return s.Group("staff", members...)
	}
	eve, last := "5 eve@corp.example", len(people)-1
	s := tell(t, f, all(fake.HR(append(slices.Clone(people), eve)...)))
	if other != "" {
		s.sources = []source.Source{all(fake.HR(append(slices.Clone(people[:last]), eve)...)), all(fake.HR(people[last]).Named(other))}
	}
	s.config.Removals = policy.RemovalsAll
	s.rule("acme", "org:admin", "staff")
	s.rule("beta", "org:member", "staff")
	return s
}
