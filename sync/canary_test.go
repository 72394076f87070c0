package sync

import (
	"slices"
	"testing"

	"rollcall/source"
)

func TestS13MissingCanaryHoldsEverything(t *testing.T) {
	src := hr("1 ann@corp.example").group("staff", 0)
	s := leaverStory(t, src)
	s.clerk.user("u3", "cee@corp.example")
	src.snapshot.People = append(src.snapshot.People, source.Person{ID: "3", Email: "cee@corp.example"})
	src.snapshot.Groups[0].Members = append(src.snapshot.Groups[0].Members, source.Member{Person: 1})
	s.plans("ready add acme u3 member", "ready remove acme u2")

	src.snapshot.MissingCanaries = []string{"person zoe@corp.example", "group all"}
	p := s.plans("held add acme u3 member", "held remove acme u2")
	s.holds(p, "S13 canaries org_acme")
	if report := s.run(Run{Apply: true}); len(report.Outcomes) != 0 || len(s.clerk.calls) != 0 {
		t.Errorf("held changes were sent: %+v", s.clerk.calls)
	}
}

func TestS13HoldsWhatTheSourceFeedsAndNoMore(t *testing.T) {
	named := Rule{Source: "ldap", Groups: GroupPattern{Names: []string{"g"}}, Organization: "beta", Role: "org:member"}
	pattern := Rule{Source: "ldap", Groups: GroupPattern{Match: "g|h-(?<org>.+)"}, Organization: "beta{org}", Role: "org:member"}
	for _, tt := range []struct {
		name  string
		rule  Rule
		want  []string
		holds []string
	}{
		{"rules name the organizations", named, []string{"ready remove acme u2", "held add beta u1 member"}, []string{"S13 canaries org_beta"}},
		{"a pattern could name any", pattern, []string{"held remove acme u2"}, []string{"S13 canaries org_acme"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ldap := hr("1 ann@corp.example").group("g", 0)
			ldap.snapshot.Source, ldap.snapshot.MissingCanaries = "ldap", []string{"group all"}
			s := leaverStory(t, hr("1 ann@corp.example").group("staff", 0), ldap)
			s.rules[0].Source = "hr"
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
	src := hr("1 ann@corp.example").group("staff", 0)
	s := leaverStory(t, src)
	s.config.Guards.Removals = Limit{People: 0}
	hash := s.run(Run{}).Plan.Holds[0].Approval
	src.snapshot.MissingCanaries = []string{"group all"}
	p := s.run(Run{Approve: []string{hash}}).Plan
	if got := lines(p); len(got) != 1 || got[0] != "held remove acme u2" {
		t.Errorf("an approval let pass %q", got)
	}
}
