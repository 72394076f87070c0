package sync

import (
	"slices"
	"strings"
	"testing"

	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

// A membership without public_user_data is left alone and named by its id; the
// others of the organization go on (S10). Our marker in it says who it is, so
// that nobody is added twice.
func TestS10MembershipWithoutUserIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, removals := range []policy.Removals{policy.RemovalsNone, policy.RemovalsManaged, policy.RemovalsAll} {
		f := fake.NewClerk("acme")
		f.User("u1", "ann@corp.example")
		f.User("u2", "bob@corp.example")
		f.User("u3", "cleo@corp.example")
		f.User("u9", "gone@corp.example")
		hidden := f.Member("acme", "u2", "org:member", fake.Ours("2"))
		f.Member("acme", "u9", "org:member", fake.Ours("9"))
		f.Nameless = map[string]bool{"u2": true}
		s := tell(t, f, fake.HR("1 ann@corp.example", "2 bob@corp.example", "3 cleo@corp.example").Group("staff", 0, 1, 2))
		s.config.Removals = removals
		s.rule("acme", "org:member", "staff")
		want := []string{"ready add acme u1 member", "ready add acme u3 member"}
		if removals != policy.RemovalsNone {
			want = append(want, "ready remove acme u9")
		}
		p := s.plans(want...)
		if n := p.Organizations[0].Notes; len(n) == 0 || n[0].Rule != "S10" || !strings.Contains(n[0].Text, hidden.ID) {
			t.Errorf("notes %+v", n)
		}
		// Nobody wants the membership any more: it stays, because nobody knows whose it is.
		s.sources[0] = fake.HR("1 ann@corp.example", "3 cleo@corp.example").Group("staff", 0, 1)
		s.plans(want...)
		// With its user it is a membership like any other.
		f.Nameless = nil
		if removals != policy.RemovalsNone {
			want = slices.Insert(want, 2, "ready remove acme u2")
		}
		s.plans(want...)
	}
}
