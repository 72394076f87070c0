package sync

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// limited is a world in which ann is a member by our doing, and staff has ann, ben and
// cleo. ben is a contractor too, and ann and ben are trained.
func limited(t *testing.T, change func(r *policy.Rule)) (*story, *fake.Source) {
	t.Helper()
	f := fake.NewClerk("acme")
	for _, name := range []string{"ann", "ben", "cleo"} {
		f.User("user_"+name, name+"@corp.example")
	}
	f.Member("acme", "user_ann", "org:member", fake.Ours("1"))
	src := fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cleo@corp.example").
		Group("staff", 0, 1, 2).Group("contractors", 1).Group("trained", 0, 1)
	s := tell(t, f, src)
	change(s.rule("acme", "org:member", "staff"))
	return s, src
}

func exceptContractors(r *policy.Rule) { r.ExceptGroups = []string{"contractors"} }

func TestGroupsThatLimitARule(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(r *policy.Rule)
		want   []string
	}{
		"no limit":     {func(*policy.Rule) {}, []string{"ready add acme user_ben member", "ready add acme user_cleo member"}},
		"except":       {exceptContractors, []string{"ready add acme user_cleo member"}},
		"except two":   {func(r *policy.Rule) { r.ExceptGroups = []string{"contractors", "trained"} }, []string{"ready add acme user_cleo member", "ready remove acme user_ann"}},
		"all":          {func(r *policy.Rule) { r.AllGroups = []string{"trained"} }, []string{"ready add acme user_ben member"}},
		"all of two":   {func(r *policy.Rule) { r.AllGroups = []string{"trained", "contractors"} }, []string{"ready add acme user_ben member", "ready remove acme user_ann"}},
		"all, but not": {func(r *policy.Rule) { r.AllGroups, r.ExceptGroups = []string{"trained"}, []string{"contractors"} }, nil},
		"of a pattern": {func(r *policy.Rule) {
			r.Groups, r.ExceptGroups = policy.GroupPattern{Glob: "s*"}, []string{"contractors"}
		}, []string{"ready add acme user_cleo member"}},
		"the pattern has the exception too": {func(r *policy.Rule) {
			r.Groups, r.ExceptGroups = policy.GroupPattern{Glob: "*"}, []string{"contractors"}
		}, []string{"ready add acme user_cleo member"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := limited(t, c.change)
			s.holds(s.plans(c.want...))
		})
	}
}

// An organization that only a pattern leads to, and whose last person is excluded, is
// one with a leaver, and none that the rules have forgotten.
func TestAnExceptionForEverybodyOfAPattern(t *testing.T) {
	t.Parallel()
	s, src := limited(t, func(r *policy.Rule) {
		r.Groups, r.Organization, r.ExceptGroups = policy.GroupPattern{Match: "staff-(?<org>[a-z]+)"}, "{org}", []string{"contractors"}
	})
	src.Snapshot.Groups[0] = fake.HR().Group("staff-acme", 0).Snapshot.Groups[0]
	src.Snapshot.Groups[1].Members[0].Person = 0
	s.holds(s.plans("ready remove acme user_ann"))
}

// A lower rule still reaches somebody whom a rule above excludes.
func TestAnExceptionIsOfOneRule(t *testing.T) {
	t.Parallel()
	s, _ := limited(t, exceptContractors)
	s.rule("acme", "org:admin", "contractors")
	s.plans("ready add acme user_ben admin", "ready add acme user_cleo member")
}

// A group of exceptions that is missing, misspelt or empty excludes nobody, so nobody
// may gain access by its rule until it is there; nor does anybody lose anything.
func TestS15AMissingExceptionGivesNobodyAccess(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(s *story, src *fake.Source){
		"misspelt": func(s *story, _ *fake.Source) { s.rules[0].ExceptGroups[0] = "contractor" },
		"gone":     func(_ *story, src *fake.Source) { src.Snapshot.Groups = slices.Delete(src.Snapshot.Groups, 1, 2) },
		"empty":    func(_ *story, src *fake.Source) { src.Snapshot.Groups[1].Members = nil },
	} {
		t.Run(name, func(t *testing.T) {
			s, src := limited(t, exceptContractors)
			lose(s, src)
			src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[1:] // ann has left
			p := s.plans("held add acme user_ben member", "held add acme user_cleo member", "held remove acme user_ann")
			s.holds(p, "S15 missing_group org_acme")
			s.rules[0].AllowEmpty = []string{s.rules[0].ExceptGroups[0]}
			s.plans("ready add acme user_ben member", "ready add acme user_cleo member", "ready remove acme user_ann")
		})
	}
}

// A group that all must be in and that is missing removes nobody.
func TestS15AMissingRequiredGroupRemovesNobody(t *testing.T) {
	t.Parallel()
	s, src := limited(t, func(r *policy.Rule) { r.AllGroups = []string{"trained"} })
	src.Snapshot.Groups = src.Snapshot.Groups[:2]
	s.holds(s.plans("held remove acme user_ann"), "S15 missing_group org_acme")
}

// A read that may lack rows may lack those of the exceptions: nobody gains access by
// it. Without exceptions, gains go on.
func TestS11ADoubtfulReadGivesNobodyAccessPastExceptions(t *testing.T) {
	t.Parallel()
	s, src := limited(t, exceptContractors)
	src.Snapshot.NoRemovals = []string{"the last line has no end"}
	src.Snapshot.Groups[1].Members = append(src.Snapshot.Groups[1].Members, source.Member{Person: 2})
	s.plans()
	src.Snapshot.Groups[1].Members = src.Snapshot.Groups[1].Members[:1]
	s.plans("held add acme user_cleo member")
	s.rules[0].ExceptGroups = nil
	s.plans("ready add acme user_ben member", "ready add acme user_cleo member")
}

// A group within the exceptions that cannot be read may have anybody in it.
func TestS10UnreadableExceptionsGiveNobodyAccess(t *testing.T) {
	t.Parallel()
	s, src := limited(t, exceptContractors)
	src.Snapshot.Groups[1].Unusable = []source.Unusable{{Ref: "cn=abroad", Why: "no such object", Group: true}}
	p := s.plans("held add acme user_cleo member")
	if text := p.Holds[0].Text; !strings.Contains(text, "group contractors limits the rule and lists cn=abroad") {
		t.Errorf("got %q", text)
	}
	// A person of the same source who cannot be read is in no other group either.
	src.Snapshot.Groups[1].Unusable[0].Group = false
	s.plans("ready add acme user_cleo member")
}

// The source of the exceptions has failed: nobody gains, nobody loses.
func TestS14TheSourceOfTheExceptionsHasFailed(t *testing.T) {
	t.Parallel()
	s, src := limited(t, exceptContractors)
	other := fake.HR()
	other.Snapshot.Source, other.Snapshot.Groups = "ldap", src.Snapshot.Groups[1:2]
	src.Snapshot.Groups = slices.Delete(src.Snapshot.Groups, 1, 2)
	other.Err = errors.New("no route to host")
	s.sources = append(s.sources, other)
	s.plans("held add acme user_ben member", "held add acme user_cleo member")
}

// The exceptions are in another source. With the same ids it is the same person; by
// an address alone nobody can tell, and nobody gains access by that.
func TestS01ExceptionsOfAnotherSource(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		same map[string]string
		want []string
	}{
		"the same ids": {map[string]string{"hr": "hr", "ldap": "hr"}, []string{"ready add acme user_cleo member"}},
		"an address":   {nil, []string{"ready add acme user_cleo member"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, src := limited(t, exceptContractors)
			other := fake.HR("2 ben@corp.example").Group("contractors", 0)
			other.Snapshot.Source = "ldap"
			src.Snapshot.Groups = slices.Delete(src.Snapshot.Groups, 1, 2)
			s.sources, s.config.SameIDs = append(s.sources, other), c.same
			p := s.plans(c.want...)
			if c.same == nil {
				s.holds(p, "S02 identity_conflict org_acme")
			} else {
				s.holds(p)
			}
		})
	}
}

// Somebody whom another source names by address only, where all must be in a group,
// keeps what they have.
func TestS01ARequiredGroupOfAnotherSource(t *testing.T) {
	t.Parallel()
	s, src := limited(t, func(r *policy.Rule) { r.AllGroups = []string{"trained"} })
	other := fake.HR("x ann@corp.example", "y ben@corp.example").Group("trained", 0, 1)
	other.Snapshot.Source = "ldap"
	src.Snapshot.Groups = src.Snapshot.Groups[:2]
	s.sources = append(s.sources, other)
	s.holds(s.plans(), "S02 identity_conflict org_acme", "S02 identity_conflict org_acme")
	other.Snapshot.People[0].Email = "other@corp.example"
	s.plans("ready remove acme user_ann")
}

// An exception with dates holds for that time (S28).
func TestS28ExceptionsHaveDates(t *testing.T) {
	t.Parallel()
	for period, want := range map[*source.Period]string{until(-day): "ready add acme user_ben member", until(day): "", from(day): "ready add acme user_ben member", from(-day): ""} {
		s, src := limited(t, exceptContractors)
		src.Snapshot.Groups[1].Members[0].Periods = []*source.Period{period}
		if got := lines(s.run(Run{}).Plan); slices.Contains(got, "ready add acme user_ben member") != (want != "") {
			t.Errorf("%s to %s: planned %q", period.Start.Format(time.DateOnly), period.End.Format(time.DateOnly), got)
		}
	}
}

// The plan and explain name the group that excludes somebody.
func TestTheGroupThatExcludesIsNamed(t *testing.T) {
	t.Parallel()
	s, src := limited(t, exceptContractors)
	src.Snapshot.Groups[1].Members = []source.Member{{Person: 0}}
	const why = "in contractors, which except_groups of rule 1 excludes"
	p, told := s.run(Run{}).Plan, ""
	for _, c := range p.Changes() {
		if c.Action == plan.Remove {
			told = c.Because
		}
	}
	if told != why {
		t.Errorf("removed because %q", told)
	}
	if m := s.run(Run{Explain: "ann@corp.example"}).Explanation.Rules[0]; m.Matches || m.Why != why {
		t.Errorf("got %+v", m)
	}
	s.rules[0].ExceptGroups, s.rules[0].AllGroups = nil, []string{"trained"}
	if m := s.run(Run{Explain: "cleo@corp.example"}).Explanation.Rules[0]; m.Matches || m.Why != "not in trained, which all_groups of rule 1 requires" {
		t.Errorf("got %+v", m)
	}
	if m := s.run(Run{Explain: "ben@corp.example"}).Explanation.Rules[0]; !m.Matches || m.Why != "" {
		t.Errorf("got %+v", m)
	}
}

// A group of exceptions that shrinks at once would let people in, so gains wait until
// somebody approves; who has left leaves. The limit is that of removals: half of them,
// from two people on (S17).
func TestS17AnExceptionThatShrinksGivesNobodyAccess(t *testing.T) {
	t.Parallel()
	names := []string{"ann", "ben", "cleo", "dora", "emil", "fay"}
	for name, c := range map[string]struct {
		left []int // of ben, cleo, dora and emil, who are contractors
		want []string
		held bool
	}{
		"half of them are missing": {[]int{1, 2}, []string{"held add acme user_dora member", "held add acme user_emil member", "ready remove acme user_ann"}, true},
		"all of them, allowed":     {nil, []string{"held add acme user_ben member", "held add acme user_cleo member", "held add acme user_dora member", "held add acme user_emil member", "ready remove acme user_ann"}, true},
		"one is missing":           {[]int{1, 2, 3}, []string{"ready add acme user_emil member", "ready remove acme user_ann"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := fake.NewClerk("acme")
			f.Member("acme", "user_ann", "org:member", fake.Ours("1"))
			f.Member("acme", "user_owner", "org:admin", "")
			src := fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cleo@corp.example", "4 dora@corp.example", "5 emil@corp.example", "6 fay@corp.example").
				Group("staff", 0, 1, 2, 3, 4).Group("contractors", 1, 2, 3, 4)
			for _, n := range names {
				f.User("user_"+n, n+"@corp.example")
			}
			s := begin(t, tell(t, f, src))
			rule := s.rule("acme", "org:member", "staff")
			rule.ExceptGroups, rule.AllowEmpty = []string{"contractors"}, []string{"contractors"}
			s.config.RulesHash, s.config.Guards.Removals = "rules", policy.Limit{People: 1 << 30, Half: 2}
			s.apply()
			src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[1:] // ann has left
			members := src.Snapshot.Groups[1].Members[:0:0]
			for _, i := range c.left {
				members = append(members, source.Member{Person: i})
			}
			src.Snapshot.Groups[1].Members = members
			p := s.plan()
			if got := lines(p); !slices.Equal(got, c.want) {
				t.Errorf("planned %q, want %q", got, c.want)
			}
			if !c.held {
				s.holds(p)
				return
			}
			s.holds(p, "S17 source_shrink org_acme")
			if text := p.Holds[0].Text; !strings.Contains(text, "group contractors (except_groups) of source hr shrank from 4 to ") || !strings.Contains(text, "would gain access") {
				t.Errorf("got %q", text)
			}
			if s.apply(p.Holds[0].Approval); len(lines(s.plan())) > 0 {
				t.Errorf("after the approval %q is left", lines(s.plan()))
			}
			// The group has its new size from then on: who joins is added.
			src.Snapshot.Groups[0].Members = append(src.Snapshot.Groups[0].Members, source.Member{Person: 5})
			if got := lines(s.plan()); !slices.Equal(got, []string{"ready add acme user_fay member"}) {
				t.Errorf("planned %q", got)
			}
		})
	}
}
