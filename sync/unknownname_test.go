package sync

import (
	"slices"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/sync/internal/fake"
)

// A role that Clerk does not have is a name written wrongly: what needs it
// waits, the rest goes on, and the hold says which role was likely meant.
func TestS22UnknownRoleIsHeld(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	for id, email := range map[string]string{"u1": "ann@corp.example", "u2": "bob@corp.example", "u3": "eve@corp.example"} {
		f.User(id, email)
	}
	f.Member("acme", "u2", "org:member", fake.Ours("2"))
	s := tell(t, f, fake.HR("1 ann@corp.example", "2 bob@corp.example", "3 eve@corp.example").Group("staff", 0, 1).Group("guests", 2))
	s.rule("acme", "org:membr", "staff")
	s.rule("acme", "org:guest", "guests")
	p := s.plans("held add acme u1 membr", "ready add acme u3 guest", "held set_role acme u2 membr")
	s.holds(p, "S22 unknown_role org_acme")
	h := p.Holds[0]
	if want := `Clerk has no role "org:membr" (rule 1: staff): fix its name, or create it in Clerk; did you mean "org:member"?`; h.Text != want || h.Changes != 2 || h.Approval != "" {
		t.Errorf("the hold is %+v, want %q of 2 changes", h, want)
	}
	// Nothing near: then which there are. Each wrong name has its hold.
	s.rules[0].Role = "org:zzzzzzzzzz"
	s.rules[1].Role = "org:memberr"
	p = s.run(Run{}).Plan
	texts := []string{p.Holds[0].Text, p.Holds[1].Text}
	slices.Sort(texts)
	if len(p.Holds) != 2 || !strings.Contains(texts[0], `"org:memberr"`) || !strings.HasSuffix(texts[1], "; known names: org:admin, org:guest, org:member") {
		t.Errorf("the holds are %q", texts)
	}
	// Mended, nothing waits.
	s.rules[0].Role, s.rules[1].Role = "org:member", "org:guest"
	s.holds(s.run(Run{}).Plan)
}

// A row's role is held like a rule's; a row without one is no name.
func TestS22UnknownRoleOfARow(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "ann@corp.example")
	src := fake.HR("1 ann@corp.example")
	src.Snapshot.Rows = []source.Row{{Person: 0, Organization: "acme", Role: "org:amin"}}
	s := tell(t, f, src)
	p := s.plans("held add acme u1 amin")
	s.holds(p, "S22 unknown_role org_acme")
	if !strings.HasSuffix(p.Holds[0].Text, `did you mean "org:admin"?`) {
		t.Errorf("the hold says %q", p.Holds[0].Text)
	}
	src.Snapshot.Rows[0].Role = ""
	s.holds(s.plans("skipped add acme u1"))
}
