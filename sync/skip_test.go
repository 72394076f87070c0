package sync

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
)

func TestS19Protected(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"u1", "E1", "ann@corp.example", "*@corp.example", "ann@home.example"} {
		f := fake.NewClerk("acme")
		f.User("u1", "ann@corp.example", "ann@home.example").ExternalID = "E1"
		f.Member("acme", "u1", "org:admin", fake.Ours("1"))
		f.User("u2", "bob@else.example")
		f.Member("acme", "u2", "org:admin", fake.Ours("2"))
		s := tell(t, f, fake.HR("2 bob@else.example").Group("staff", 0))
		s.rule("acme", "org:admin", "staff")
		s.config.Protect = []string{entry}
		s.plans("skipped remove acme u1")
		// The same for somebody who is wanted: neither role nor metadata moves.
		s.sources[0] = fake.HR("2 bob@else.example", "1 other@corp.invalid").Group("staff", 0).Group("guests", 1)
		g := s.rule("acme", "org:guest", "guests")
		g.Metadata.Public = map[string]any{"kind": "guest"}
		s.plans("skipped set_metadata acme u1", "skipped set_role acme u1 guest")
		s.rules[1].Role = "org:admin"
		s.plans("skipped set_metadata acme u1")
	}
}

func TestS19RoleOutsideTheSet(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.Organizations[0].RoleSet = "role_set:small"
	f.Sets = append(f.Sets, f.Sets[0])
	f.Sets[1].Key, f.Sets[1].Type, f.Sets[1].Roles = "role_set:small", "custom", []string{"org:member"}
	f.User("u1", "ann@corp.example")
	f.User("u2", "bob@corp.example")
	f.Member("acme", "u2", "org:member", fake.Ours("2"))
	s := tell(t, f, fake.HR("1 ann@corp.example", "2 bob@corp.example").Group("staff", 0, 1))
	s.rule("acme", "org:guest", "staff")
	s.plans("skipped add acme u1 guest", "skipped set_role acme u2 guest")
	f.Organizations[0].RoleSet = "role_set:unheard"
	s.plans("ready add acme u1 guest", "ready set_role acme u2 guest")
	// A row without a role, as a faulty source could give, becomes no call.
	src := fake.HR("1 ann@corp.example")
	src.Snapshot.Rows = []source.Row{{Person: 0, Organization: "acme"}}
	s.rules, s.sources = nil, []source.Source{src}
	s.plans("skipped add acme u1", "ready remove acme u2")
}

func TestOversizeMetadataIsSkipped(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]string{plan.MaxMetadata - 12: "ready add acme u1 member", plan.MaxMetadata: "skipped add acme u1 member"} {
		f := fake.NewClerk("acme")
		f.User("u1", "ann@corp.example")
		s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
		s.rule("acme", "org:member", "staff").Metadata.Public = map[string]any{"text": strings.Repeat("x", size)}
		s.plans(want)
	}
	// What is there already counts too.
	f := fake.NewClerk("acme")
	f.User("u1", "ann@corp.example")
	f.Member("acme", "u1", "org:member", fake.Ours("1")).Public = fmt.Appendf(nil, `{"old":%q}`, strings.Repeat("x", 8000))
	s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff").Metadata.Public = map[string]any{"text": strings.Repeat("x", 300)}
	p := s.plans("skipped set_metadata acme u1")
	for _, c := range p.Changes() {
		if !strings.Contains(c.Why, "8320 bytes, Clerk allows 8192") {
			t.Errorf("why %q", c.Why)
		}
	}
}
