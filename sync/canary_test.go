package sync

import (
	"slices"
	"testing"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

func TestS13MissingCanaryHoldsEverything(t *testing.T) {
	t.Parallel()
	src := fake.HR("1 ann@corp.example").Group("staff", 0)
	s := leaverStory(t, src)
	s.clerk.User("u3", "cee@corp.example")
	src.Snapshot.People = append(src.Snapshot.People, source.Person{ID: "3", Email: "cee@corp.example"})
	src.Snapshot.Groups[0].Members = append(src.Snapshot.Groups[0].Members, source.Member{Person: 1})
	s.plans("ready add acme u3 member", "ready remove acme u2")

	src.Snapshot.MissingCanaries = []string{"person zoe@corp.example", "group all"}
	p := s.plans("held add acme u3 member", "held remove acme u2")
	s.holds(p, "S13 canaries org_acme")
	if report := s.run(Run{Apply: true}); len(report.Outcomes) != 0 || len(s.clerk.Calls) != 0 {
		t.Errorf("held changes were sent: %+v", s.clerk.Calls)
	}
}

func TestS13HoldsWhatTheSourceFeedsAndNoMore(t *testing.T) {
	t.Parallel()
	named := policy.Rule{Source: "ldap", Groups: policy.GroupPattern{Names: []string{"g"}}, Organization: "beta", Role: "org:member"}
	pattern := policy.Rule{Source: "ldap", Groups: policy.GroupPattern{Match: "g|h-(?<org>.+)"}, Organization: "beta{org}", Role: "org:member"}
	for _, tt := range []struct {
		name  string
		rule  policy.Rule
		want  []string
		holds []string
	}{
		{"rules name the organizations", named, []string{"ready remove acme u2", "held add beta u1 member"}, []string{"S13 canaries org_beta"}},
		{"a pattern could name any", pattern, []string{"held remove acme u2"}, []string{"S13 canaries org_acme"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ldap := fake.HR("1 ann@corp.example").Group("g", 0)
			ldap.Snapshot.Source, ldap.Snapshot.MissingCanaries = "ldap", []string{"group all"}
			s := leaverStory(t, fake.HR("1 ann@corp.example").Group("staff", 0), ldap)
			s.rules[0].Source = "hr"
			s.config.SameIDs = map[string]string{"hr": "hr", "ldap": "hr"}
			s.rules = append(s.rules, tt.rule)
			p := s.run(Run{}).Plan
			for _, w := range tt.want {
				if !slices.Contains(lines(p), w) {
					t.Errorf("plan lacks %q: %q", w, lines(p))
				}
			}
			for _, w := range tt.holds {
				if !slices.Contains(held(p), w) {
					t.Errorf("holds lack %q: %q", w, held(p))
				}
			}
		})
	}
}

func TestS13ApprovalDoesNotLift(t *testing.T) {
	t.Parallel()
	src := fake.HR("1 ann@corp.example").Group("staff", 0)
	s := leaverStory(t, src)
	s.config.Guards.Removals = policy.Limit{People: 0}
	hash := s.run(Run{}).Plan.Holds[0].Approval
	src.Snapshot.MissingCanaries = []string{"group all"}
	p := s.run(Run{Approve: []string{hash}}).Plan
	if got := lines(p); len(got) != 1 || got[0] != "held remove acme u2" {
		t.Errorf("an approval let pass %q", got)
	}
}
