package sync

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// reread is the plan as it comes back from a file.
func reread(t *testing.T, p *Plan) *Plan {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var out Plan
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

func savedStory(t *testing.T) *story {
	f := newFake("acme", "beta")
	for _, id := range []string{"1", "2", "3"} {
		f.user("u"+id, "p"+id+"@corp.example")
	}
	f.member("acme", "u3", "org:admin", ours("3"))
	f.organizations[0].MaxMembers = 2
	s := tell(t, f, hr("1 p1@corp.example", "2 p2@corp.example").group("staff", 0, 1))
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "staff")
	return s
}

// A plan with skips for seats and the last admin applies from its file.
func TestS24SavedPlanApplies(t *testing.T) {
	s := savedStory(t)
	want := []string{"ready add acme u1 member", "skipped add acme u2 member", "skipped remove acme u3",
		"ready add beta u1 member", "ready add beta u2 member"}
	saved := reread(t, s.plans(want...))
	r := s.run(Run{Apply: true, Saved: saved})
	if r.Tally(Done) != 3 || len(r.Plan.Holds) != 0 {
		t.Errorf("%+v", r.Plan.Holds)
	}
}

func TestS24OutOfDate(t *testing.T) {
	s := savedStory(t)
	saved := reread(t, s.run(Run{}).Plan)
	s.sources[0] = hr("1 p1@corp.example", "2 p2@corp.example", "4 p4@corp.example").group("staff", 0, 2)
	s.clerk.user("u4", "p4@corp.example")
	r := s.run(Run{Apply: true, Saved: saved})
	if len(r.Outcomes) != 0 || len(s.clerk.calls) != 0 || r.Plan.Count(Ready) != 0 || len(r.Plan.Holds) != 1 {
		t.Errorf("applied %+v under %+v", r.Outcomes, r.Plan.Holds)
	}
	if text := r.Plan.Holds[0].Text; !strings.Contains(text, "1 of its changes is done already or no longer wanted, 1 of today's is new") {
		t.Errorf("text %q", text)
	}
	r = s.run(Run{Apply: true, Saved: saved, AllowSubset: true})
	slices.Sort(s.clerk.calls)
	if !slices.Equal(s.clerk.calls, []string{"create org_acme u1", "create org_beta u1"}) {
		t.Errorf("sent %v", s.clerk.calls)
	}
	if r.Plan.Count(Held) != 0 {
		t.Errorf("held %v", lines(r.Plan))
	}
}

// A plan that was saved while held passes with the approval, and not without.
func TestS24HeldThenApproved(t *testing.T) {
	s := savedStory(t)
	s.config.Guards.Adds = Limit{People: 1, Run: 100}
	saved := reread(t, s.run(Run{}).Plan)
	var hashes []string
	for _, h := range saved.Holds {
		hashes = append(hashes, h.Approval)
	}
	if len(hashes) != 2 {
		t.Fatalf("holds %+v", saved.Holds)
	}
	if r := s.run(Run{Apply: true, Saved: saved}); len(s.clerk.calls) != 0 || len(r.Plan.Holds) != 2 {
		t.Errorf("sent %v, holds %+v", s.clerk.calls, r.Plan.Holds)
	}
	// The guard's limit was raised meanwhile: what was shown as held does not go by itself.
	s.config.Guards.Adds.People = 50
	if s.run(Run{Apply: true, Saved: saved}); len(s.clerk.calls) != 0 {
		t.Errorf("sent %v", s.clerk.calls)
	}
	s.config.Guards.Adds.People = 1
	if r := s.run(Run{Apply: true, Saved: saved, Approve: hashes}); r.Tally(Done) != 3 {
		t.Errorf("%+v", r.Plan.Holds)
	}
}

func TestS24PartOfAPlan(t *testing.T) {
	s := savedStory(t)
	part := Run{Organization: "beta"}
	saved := reread(t, s.run(part).Plan)
	part.Apply, part.Saved = true, saved
	if r := s.run(part); r.Tally(Done) != 2 || len(r.Plan.Organizations) != 1 {
		t.Errorf("%+v", r.Plan.Holds)
	}
}

func TestLimitToOrganizationAndPerson(t *testing.T) {
	s := savedStory(t)
	table := []struct {
		run  Run
		want []string
	}{
		{Run{Organization: "acme"}, []string{"ready add acme u1 member", "skipped add acme u2 member", "skipped remove acme u3"}},
		{Run{Organization: "org_beta"}, []string{"ready add beta u1 member", "ready add beta u2 member"}},
		{Run{Only: "P1@Corp.Example"}, []string{"ready add acme u1 member", "ready add beta u1 member"}},
		{Run{Only: "u3"}, []string{"skipped remove acme u3"}},
		{Run{Organization: "beta", Only: "u2"}, []string{"ready add beta u2 member"}},
		{Run{Only: "nobody"}, nil},
	}
	for _, tt := range table {
		if got := lines(s.run(tt.run).Plan); !slices.Equal(got, append([]string{}, tt.want...)) {
			t.Errorf("%+v: %q", tt.run, got)
		}
	}
	p := s.run(Run{Organization: "acmee"}).Plan
	s.holds(p, "S22 unknown_organization acmee")
}

// The whole is guarded: a part does not slip under a guard, and holds of other
// organizations are out of sight.
func TestLimitIsGuardedAsAWhole(t *testing.T) {
	s := savedStory(t)
	s.config.Guards.Adds = Limit{People: 1, Run: 100}
	p := s.run(Run{Organization: "beta", Only: "u2"}).Plan
	if got := lines(p); !slices.Equal(got, []string{"held add beta u2 member"}) {
		t.Errorf("%q", got)
	}
	s.holds(p, "S17 adds org_beta")
	s.config.Guards.Adds = Limit{People: 100, Run: 1}
	p = s.run(Run{Organization: "beta"}).Plan
	s.holds(p, "S17 adds")
}

// A part that takes the last admin away is skipped, though the whole would
// have made another first.
func TestS19LastAdminOfAPart(t *testing.T) {
	f := newFake("acme")
	f.user("u1", "p1@corp.example")
	f.user("u2", "p2@corp.example")
	f.member("acme", "u1", "org:admin", ours("1"))
	s := tell(t, f, hr("2 p2@corp.example").group("staff", 0))
	s.rule("acme", "org:admin", "staff")
	s.plans("ready add acme u2 admin", "ready remove acme u1")
	p := s.run(Run{Only: "u1"}).Plan
	if got := lines(p); !slices.Equal(got, []string{"skipped remove acme u1"}) || p.Organizations[0].AdminsAfter != 1 {
		t.Errorf("%q", got)
	}
}
