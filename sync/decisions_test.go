package sync

import (
	"strings"
	"testing"

	"rollcall/source"
)

// reviewOf is a review that says remove of a member, as it would be written today.
func reviewOf(f *fakeClerk, user, email string) (*fakeSource, *source.Decision) {
	m := f.find("org_acme", user)
	s := &fakeSource{snapshot: source.Snapshot{Source: "review", Decisions: []source.Decision{{
		Organization: "acme", MembershipID: m.ID, UserID: user, Role: m.Role, Email: email, Remove: true,
		Origin: source.Origin{Source: "review", File: "review.csv", Line: 2}}}}}
	return s, &s.snapshot.Decisions[0]
}

// A decision to remove is about the membership that somebody looked at: each
// way in which a row does not fit it any more is a note and takes nothing.
func TestS04DecisionIsAboutOneMembership(t *testing.T) {
	for name, x := range map[string]struct {
		since func(f *fakeClerk, d *source.Decision)
		note  string // empty: the membership goes
	}{
		"as it was":                     {func(*fakeClerk, *source.Decision) {}, ""},
		"no address in the row":         {func(_ *fakeClerk, d *source.Decision) { d.Email = "" }, ""},
		"another verified address":      {func(_ *fakeClerk, d *source.Decision) { d.Email = "Eve@Second.example" }, ""},
		"a cell that is no formula":     {func(_ *fakeClerk, d *source.Decision) { d.Email = "'" + d.Email }, ""},
		"somebody else's address":       {func(_ *fakeClerk, d *source.Decision) { d.Email = "ann@corp.example" }, "does not go by the address ann@corp.example"},
		"an address that proves little": {func(_ *fakeClerk, d *source.Decision) { d.Email = "boss@rival.example" }, "does not go by the address"},
		"another role": {func(f *fakeClerk, _ *source.Decision) { f.find("org_acme", "user_eve").Role = "org:admin" },
			"was org:member and is org:admin by now"},
		"let in again": {func(f *fakeClerk, _ *source.Decision) { f.find("org_acme", "user_eve").ID = "orgmem_later" },
			"was let in again after the review"},
		"two rows mixed up": {func(f *fakeClerk, d *source.Decision) { d.MembershipID = f.find("org_acme", "user_ann").ID },
			"the cells of the row do not belong together"},
		"gone": {func(f *fakeClerk, _ *source.Decision) {
			if _, err := f.DeleteMembership(t.Context(), "org_acme", "user_eve"); err != nil {
				t.Fatal(err)
			}
		},
			"a review says remove of 1 member who left already"},
	} {
		t.Run(name, func(t *testing.T) {
			s, f := company(t)
			f.user("user_eve", "eve@rival.example", "eve@second.example", "~boss@rival.example")
			f.member("acme", "user_eve", "org:member", "")
			review, d := reviewOf(f, "user_eve", "eve@rival.example")
			s.sources = append(s.sources, review)
			x.since(f, d)
			p := s.run(Run{}).Plan
			var notes []string
			for _, n := range p.Organizations[0].Notes {
				notes = append(notes, n.Text)
			}
			if got := removed(p); (got == "user_eve") != (x.note == "") || got != "" && got != "user_eve" {
				t.Errorf("removed %q, noted %q", got, notes)
			}
			if said := strings.Join(notes, "\n"); x.note != "" && !strings.Contains(said, x.note) {
				t.Errorf("noted %q, want %q", said, x.note)
			}
		})
	}
}

// Two reviews of one user's memberships do not get in each other's way: each
// is about its own, and of two about the same one keep counts.
func TestS04ReviewsOfOneUser(t *testing.T) {
	s, f := company(t)
	f.user("user_eve", "eve@rival.example")
	f.member("acme", "user_eve", "org:member", "")
	old, earlier := reviewOf(f, "user_eve", "")
	earlier.Remove, earlier.MembershipID = false, "orgmem_before"
	now, _ := reviewOf(f, "user_eve", "")
	s.sources = append(s.sources, old, now)
	if got := removed(s.run(Run{}).Plan); got != "user_eve" {
		t.Errorf("removed %q: a word about an earlier membership kept a later one", got)
	}
	earlier.MembershipID = now.snapshot.Decisions[0].MembershipID
	if got := removed(s.run(Run{}).Plan); got != "" {
		t.Errorf("removed %q although one review says keep", got)
	}
}
