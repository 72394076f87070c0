package sync

import (
	"context"
	"slices"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
)

// Two entries that agree in everything but where they stand keep one order.
func TestPeopleOfOnePlaceHaveAnOrder(t *testing.T) {
	d := newDirectory([]*source.Snapshot{{Source: "hr", People: []source.Person{
		{Email: "ann@corp.example", Origin: source.Origin{File: "b.csv", Line: 2}}, {Email: "ann@corp.example", Origin: source.Origin{File: "a.csv", Line: 9}}}}}, time.Now(), nil)
	people := slices.Clone(d.people[0])
	slices.SortFunc(people, comparePeople)
	if people[0].Origin.File != "a.csv" || comparePeople(people[0], people[0]) != 0 {
		t.Errorf("the first is of %s", people[0].Origin)
	}
}

// A member whom Clerk shows by a phone number is found by no address; one whom
// it shows by the address is left alone only when nothing is to be changed.
func TestS04IdentifiersOfAllSorts(t *testing.T) {
	dept := map[string]any{"dept": "{dept}"}
	for _, half := range []Templates{{Public: dept}, {Private: dept}} {
		f := newFake("acme")
		f.user("u1", "ann@corp.example").FirstName = "Ann"
		f.user("u2", "ben@corp.example")
		f.member("acme", "u1", "org:member", "").Identifier = "+15550001"
		f.member("acme", "u2", "org:member", "")
		s := tell(t, f, hr("1 ann@corp.example dept=IT", "2 ben@corp.example dept=IT").group("staff", 0, 1))
		s.rule("acme", "org:member", "staff").Metadata = half
		s.config.Removals = RemovalsAll
		s.plans("ready set_metadata acme u1", "ready set_metadata acme u2")
		if f.reads["users by address"] == 0 {
			t.Error("nobody was looked up")
		}
		if half.Public != nil {
			f.members["org_acme"][1].Public = []byte(`{"dept":"IT"}`)
		} else {
			f.members["org_acme"][1].Private = []byte(`{"dept":"IT"}`)
		}
		s.plans("ready set_metadata acme u1")
	}
}

// An address that two members show is no sign of either.
func TestS04IdentifierOfTwoMembers(t *testing.T) {
	f := newFake("acme")
	f.user("u1", "ann@corp.example")
	f.user("u2", "ann.b@corp.example")
	f.member("acme", "u1", "org:member", "")
	f.member("acme", "u2", "org:member", "").Identifier = "ann@corp.example"
	s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.config.Removals = RemovalsAll
	s.plans() // whom it may mean is left alone
	if f.reads["users by address"] == 0 {
		t.Error("nobody was looked up")
	}
}

// cancelling ends the run while it looks behind a failed list.
type cancelling struct {
	*fakeClerk
	cancel context.CancelFunc
}

func (c cancelling) MembershipsOf(context.Context, string, []string) ([]clerkapi.Membership, error) {
	c.cancel()
	return nil, context.Canceled
}

func TestS09CancelledBehindAFailedList(t *testing.T) {
	f := newFake("acme", "beta")
	f.user("u1", "ann@corp.example")
	f.unlisted["org_beta"] = &clerkapi.IncompleteError{Organization: "org_beta"}
	s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "staff")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := New(s.config, s.rules, s.sources, cancelling{f, cancel})
	if err != nil {
		t.Fatal(err)
	}
	if report, err := r.RunOnce(ctx, Run{Apply: true}); err == nil || report != nil || len(f.calls) > 0 {
		t.Errorf("%+v, %v, calls %v", report, err, f.calls)
	}
}

// A removal names whom Clerk names.
func TestNamesOfLeavers(t *testing.T) {
	for _, x := range [][3]string{{"Ann", "Lee", "Ann Lee"}, {"", "Lee", "Lee"}, {"Ann", "", "Ann"}, {"", "", ""}} {
		f := newFake("acme")
		f.user("u2", "bob@corp.example")
		m := f.member("acme", "u2", "org:member", ours("2"))
		m.FirstName, m.LastName = x[0], x[1]
		s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
		s.rule("acme", "org:member", "staff")
		if c := s.plans("ready remove acme u2").Organizations[0].Changes[0]; c.Name != x[2] {
			t.Errorf("%q %q is called %q", x[0], x[1], c.Name)
		}
	}
}

// In an organization that is known by a reviewer's decisions only, everybody
// else stays, whatever removals says.
func TestNoRuleTakesNobody(t *testing.T) {
	for _, unruled := range []bool{true, false} {
		m := &member{UserID: "u1", Private: []byte(ours("1")), marker: &Marker{Owner: "rollcall", Source: "hr", ID: "1"}}
		d := &desirer{config: Config{Owner: "rollcall", Removals: RemovalsAll}}
		o := &organizationState{unruled: unruled, decided: map[string]*source.Decision{"u2": {Remove: true}}}
		if got := d.keep(o, m, &findings{}); got != unruled {
			t.Errorf("unruled %t: kept %t", unruled, got)
		}
	}
}
