package sync

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// reread is the plan as it comes back from a file.
func reread(t *testing.T, p *plan.Plan) *plan.Plan {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var out plan.Plan
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

func savedStory(t *testing.T) *story {
	f := fake.NewClerk("acme", "beta")
	for _, id := range []string{"1", "2", "3"} {
		f.User("u"+id, "p"+id+"@corp.example")
	}
	f.Member("acme", "u3", "org:admin", fake.Ours("3"))
	f.Organizations[0].MaxMembers = 2
	s := tell(t, f, fake.HR("1 p1@corp.example", "2 p2@corp.example").Group("staff", 0, 1))
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "staff")
	return s
}

// A plan with skips for seats and the last admin applies from its file.
func TestS24SavedPlanApplies(t *testing.T) {
	t.Parallel()
	s := savedStory(t)
	want := []string{"ready add acme u1 member", "skipped add acme u2 member", "skipped remove acme u3",
		"ready add beta u1 member", "ready add beta u2 member"}
	saved := reread(t, s.plans(want...))
	r := s.run(Run{Apply: true, Saved: saved})
	if r.Tally(apply.Done) != 3 || len(r.Plan.Holds) != 0 {
		t.Errorf("%+v", r.Plan.Holds)
	}
}

func TestS24OutOfDate(t *testing.T) {
	t.Parallel()
	s := savedStory(t)
	saved := reread(t, s.run(Run{}).Plan)
	s.sources[0] = fake.HR("1 p1@corp.example", "2 p2@corp.example", "4 p4@corp.example").Group("staff", 0, 2)
	s.clerk.User("u4", "p4@corp.example")
	r := s.run(Run{Apply: true, Saved: saved})
	if len(r.Outcomes) != 0 || len(s.clerk.Calls) != 0 || r.Plan.Count(plan.Ready) != 0 || len(r.Plan.Holds) != 1 {
		t.Errorf("applied %+v under %+v", r.Outcomes, r.Plan.Holds)
	}
	if text := r.Plan.Holds[0].Text; !strings.Contains(text, "1 of its changes is already done or no longer planned, 1 of the new plan is new") {
		t.Errorf("text %q", text)
	}
	r = s.run(Run{Apply: true, Saved: saved, AllowSubset: true})
	slices.Sort(s.clerk.Calls)
	if !slices.Equal(s.clerk.Calls, []string{"create org_acme u1", "create org_beta u1"}) {
		t.Errorf("sent %v", s.clerk.Calls)
	}
	if r.Plan.Count(plan.Held) != 0 {
		t.Errorf("held %v", lines(r.Plan))
	}
}

// A plan that was saved while held passes with the approval, and not without.
func TestS24HeldThenApproved(t *testing.T) {
	t.Parallel()
	s := savedStory(t)
	s.config.Guards.Adds = policy.Limit{People: 1, Run: 100}
	saved := reread(t, s.run(Run{}).Plan)
	var hashes []string
	for _, h := range saved.Holds {
		hashes = append(hashes, h.Approval)
	}
	if len(hashes) != 2 {
		t.Fatalf("holds %+v", saved.Holds)
	}
	if r := s.run(Run{Apply: true, Saved: saved}); len(s.clerk.Calls) != 0 || len(r.Plan.Holds) != 2 {
		t.Errorf("sent %v, holds %+v", s.clerk.Calls, r.Plan.Holds)
	}
	// The guard's limit was raised meanwhile: what was shown as held does not go by itself.
	s.config.Guards.Adds.People = 50
	if s.run(Run{Apply: true, Saved: saved}); len(s.clerk.Calls) != 0 {
		t.Errorf("sent %v", s.clerk.Calls)
	}
	s.config.Guards.Adds.People = 1
	if r := s.run(Run{Apply: true, Saved: saved, Approve: hashes}); r.Tally(apply.Done) != 3 {
		t.Errorf("%+v", r.Plan.Holds)
	}
}

func TestS24PartOfAPlan(t *testing.T) {
	t.Parallel()
	s := savedStory(t)
	part := Run{Organization: "beta"}
	saved := reread(t, s.run(part).Plan)
	part.Apply, part.Saved = true, saved
	if r := s.run(part); r.Tally(apply.Done) != 2 || len(r.Plan.Organizations) != 1 {
		t.Errorf("%+v", r.Plan.Holds)
	}
}

func TestLimitToOrganizationAndPerson(t *testing.T) {
	t.Parallel()
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
	}
	for _, tt := range table {
		if got := lines(s.run(tt.run).Plan); !slices.Equal(got, append([]string{}, tt.want...)) {
			t.Errorf("%+v: %q", tt.run, got)
		}
	}
}

// A part that nobody knows is an error with a suggestion, and nothing is sent. If
// something was not read, it may be there.
func TestAPartThatNobodyKnowsIsRefused(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		run  Run
		want string
	}{
		"an organization":          {Run{Organization: "acmee"}, `--organization: no rule, row or earlier run leads to an organization "acmee"; did you mean acme?`},
		"an organization's id":     {Run{Organization: "org_beto"}, "did you mean org_beta?"},
		"an organization, applied": {Run{Organization: "nope", Apply: true}, `an organization "nope"`},
		"a person":                 {Run{Only: "p1@corp.exmaple"}, `--only: "p1@corp.exmaple" is not in any group that a rule uses (sources read: 1), and not in any organization of the rules; run rollcall explain for more; did you mean p1@corp.example?`},
		"a user, applied":          {Run{Only: "somebody entirely different", Apply: true}, "for more"},
	} {
		s := savedStory(t)
		before := s.clerk.State()
		_, err := s.try(t.Context(), x.run)
		if _, ok := errors.AsType[*UnknownPartError](err); !ok || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", name, err)
		}
		if after := s.clerk.State(); after != before {
			t.Errorf("%s: Clerk has changed: %s", name, after)
		}
		s.sources = append(s.sources, failing("down"))
		if _, err := s.try(t.Context(), Run{Organization: x.run.Organization, Only: x.run.Only}); err != nil {
			t.Errorf("%s, and a source was not read: %v", name, err)
		}
	}
}

// The whole is guarded: a part does not slip under a guard, and holds of other
// organizations are out of sight.
func TestLimitIsGuardedAsAWhole(t *testing.T) {
	t.Parallel()
	s := savedStory(t)
	s.config.Guards.Adds = policy.Limit{People: 1, Run: 100}
	p := s.run(Run{Organization: "beta", Only: "u2"}).Plan
	if got := lines(p); !slices.Equal(got, []string{"held add beta u2 member"}) {
		t.Errorf("%q", got)
	}
	s.holds(p, "S17 adds org_beta")
	s.config.Guards.Adds = policy.Limit{People: 100, Run: 1}
	p = s.run(Run{Organization: "beta"}).Plan
	s.holds(p, "S17 adds")
}

// A part that takes the last admin away is skipped, though the whole would
// have made another first.
func TestS19LastAdminOfAPart(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "p1@corp.example")
	f.User("u2", "p2@corp.example")
	f.Member("acme", "u1", "org:admin", fake.Ours("1"))
	s := tell(t, f, fake.HR("2 p2@corp.example").Group("staff", 0))
	s.rule("acme", "org:admin", "staff")
	s.plans("ready add acme u2 admin", "ready remove acme u1")
	p := s.run(Run{Only: "u1"}).Plan
	if got := lines(p); !slices.Equal(got, []string{"skipped remove acme u1"}) || p.Organizations[0].AdminsAfter != 1 {
		t.Errorf("%q", got)
	}
}
