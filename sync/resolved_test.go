package sync

import (
	"context"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

// A member whom Clerk shows by a phone number is found by no address; one whom
// it shows by the address is left alone only when nothing is to be changed.
func TestS04IdentifiersOfAllSorts(t *testing.T) {
	t.Parallel()
	dept := map[string]any{"dept": "{dept}"}
	for _, half := range []policy.Templates{{Public: dept}, {Private: dept}} {
		f := fake.NewClerk("acme")
		f.User("u1", "ann@corp.example").FirstName = "Ann"
		f.User("u2", "ben@corp.example")
		f.Member("acme", "u1", "org:member", "").Identifier = "+15550001"
		f.Member("acme", "u2", "org:member", "")
		s := tell(t, f, fake.HR("1 ann@corp.example dept=IT", "2 ben@corp.example dept=IT").Group("staff", 0, 1))
		s.rule("acme", "org:member", "staff").Metadata = half
		s.config.Removals = policy.RemovalsAll
		s.plans("ready set_metadata acme u1", "ready set_metadata acme u2")
		if f.Reads["users by address"] == 0 {
			t.Error("nobody was looked up")
		}
		if half.Public != nil {
			f.Members["org_acme"][1].Public = []byte(`{"dept":"IT"}`)
		} else {
			f.Members["org_acme"][1].Private = []byte(`{"dept":"IT"}`)
		}
		s.plans("ready set_metadata acme u1")
	}
}

// An address that two members show is no sign of either, and an identifier that
// nobody has verified spares nobody (S04).
func TestS04IdentifierOfTwoMembers(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "ann@corp.example")
	f.User("u2", "ann.b@corp.example")
	f.Member("acme", "u1", "org:member", "")
	f.Member("acme", "u2", "org:member", "").Identifier = "ann@corp.example"
	s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.config.Removals = policy.RemovalsAll
	s.plans("ready remove acme u2")
	if f.Reads["users by address"] == 0 {
		t.Error("nobody was looked up")
	}
}

// cancelling ends the run while it looks behind a failed list.
type cancelling struct {
	*fake.Clerk
	cancel context.CancelFunc
}

func (c cancelling) MembershipsOfUser(context.Context, string) ([]clerkapi.Membership, error) {
	c.cancel()
	return nil, context.Canceled
}

func TestS09CancelledBehindAFailedList(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	f.User("u1", "ann@corp.example")
	f.Unlisted["org_beta"] = &clerkapi.IncompleteError{Organization: "org_beta"}
	s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "staff")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := New(s.config, s.rules, s.sources, cancelling{f, cancel})
	if err != nil {
		t.Fatal(err)
	}
	if report, err := r.RunOnce(ctx, Run{Apply: true}); err == nil || report != nil || len(f.Calls) > 0 {
		t.Errorf("%+v, %v, calls %v", report, err, f.Calls)
	}
}

// A removal names whom Clerk names.
func TestNamesOfLeavers(t *testing.T) {
	t.Parallel()
	for _, x := range [][3]string{{"Ann", "Lee", "Ann Lee"}, {"", "Lee", "Lee"}, {"Ann", "", "Ann"}, {"", "", ""}} {
		f := fake.NewClerk("acme")
		f.User("u2", "bob@corp.example")
		m := f.Member("acme", "u2", "org:member", fake.Ours("2"))
		m.FirstName, m.LastName = x[0], x[1]
		s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
		s.rule("acme", "org:member", "staff")
		if c := s.plans("ready remove acme u2").Organizations[0].Changes[0]; c.Name != x[2] {
			t.Errorf("%q %q is called %q", x[0], x[1], c.Name)
		}
	}
}
