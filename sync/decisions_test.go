package sync

import (
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
)

// reviewOf is a review that says remove of a member, as it would be written today.
func reviewOf(f *fake.Clerk, user, email string) (*fake.Source, *source.Decision) {
	m := f.Find("org_acme", user)
	s := &fake.Source{Snapshot: source.Snapshot{Source: "review", Decisions: []source.Decision{{
		Organization: "acme", MembershipID: m.ID, UserID: user, Role: m.Role, Email: email, Remove: true,
		Origin: source.Origin{Source: "review", File: "review.csv", Line: 2}}}}}
	return s, &s.Snapshot.Decisions[0]
}

// A decision to remove is about the membership that somebody looked at: a row
// that does not fit it any more takes nothing. Whoever has more by now than was
// reviewed is a hold, and the rest a note; another address changes nothing, since
// people choose their own.
func TestS04DecisionIsAboutOneMembership(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		since func(f *fake.Clerk, d *source.Decision)
		note  string // empty: the membership goes
		holds bool
	}{
		"as it was":                     {func(*fake.Clerk, *source.Decision) {}, "", false},
		"no address in the row":         {func(_ *fake.Clerk, d *source.Decision) { d.Email = "" }, "", false},
		"another verified address":      {func(_ *fake.Clerk, d *source.Decision) { d.Email = "Eve@Second.example" }, "", false},
		"a cell that is no formula":     {func(_ *fake.Clerk, d *source.Decision) { d.Email = "'" + d.Email }, "", false},
		"somebody else's address":       {func(_ *fake.Clerk, d *source.Decision) { d.Email = "ann@corp.example" }, "", false},
		"an address that proves little": {func(_ *fake.Clerk, d *source.Decision) { d.Email = "boss@rival.example" }, "", false},
		"another role": {func(f *fake.Clerk, _ *source.Decision) { f.Find("org_acme", "user_eve").Role = "org:admin" },
			"had the role org:member then and has org:admin now", true},
		"a lower role": {func(_ *fake.Clerk, d *source.Decision) { d.Role = "org:admin" },
			"had the role org:admin then and has org:member now", false},
		"let in again": {func(f *fake.Clerk, _ *source.Decision) { f.Find("org_acme", "user_eve").ID = "orgmem_later" },
			"was added again after the review", true},
		"two rows mixed up": {func(f *fake.Clerk, d *source.Decision) { d.MembershipID = f.Find("org_acme", "user_ann").ID },
			"the cells of the row do not belong together", false},
		"gone": {func(f *fake.Clerk, _ *source.Decision) {
			if _, err := f.DeleteMembership(t.Context(), "org_acme", "user_eve"); err != nil {
				t.Fatal(err)
			}
		},
			"a review says remove for 1 member who left before", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, f := company(t)
			f.User("user_eve", "eve@rival.example", "eve@second.example", "~boss@rival.example")
			f.Member("acme", "user_eve", "org:member", "")
			review, d := reviewOf(f, "user_eve", "eve@rival.example")
			s.sources = append(s.sources, review)
			x.since(f, d)
			p := s.run(Run{}).Plan
			var notes []string
			for _, n := range p.Organizations[0].Notes {
				notes = append(notes, n.Text)
			}
			held := false
			for _, h := range p.Holds {
				if h.Reason == plan.OutdatedReview {
					held, notes = true, append(notes, h.Text)
				}
			}
			if held != x.holds {
				t.Errorf("held %t: %q", held, notes)
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
	t.Parallel()
	s, f := company(t)
	f.User("user_eve", "eve@rival.example")
	f.Member("acme", "user_eve", "org:member", "")
	old, earlier := reviewOf(f, "user_eve", "")
	earlier.Remove, earlier.MembershipID = false, "orgmem_before"
	now, _ := reviewOf(f, "user_eve", "")
	s.sources = append(s.sources, old, now)
	if got := removed(s.run(Run{}).Plan); got != "user_eve" {
		t.Errorf("removed %q: a word about an earlier membership kept a later one", got)
	}
	earlier.MembershipID = now.Snapshot.Decisions[0].MembershipID
	if got := removed(s.run(Run{}).Plan); got != "" {
		t.Errorf("removed %q although one review says keep", got)
	}
}

// Where the users whom a review names cannot be read, nothing is planned: what
// it says could be of somebody else (S04, S09).
func TestS09ReviewedUsersThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	review, _ := reviewOf(f, "user_ann", "ann@corp.example")
	s.sources = append(s.sources, review)
	f.Faults["users_by_id * *"] = &clerkapi.Error{Status: 500}
	if _, err := s.try(t.Context(), Run{}); err == nil || !strings.Contains(err.Error(), "read the accounts in an access review") {
		t.Errorf("%v", err)
	}
}
