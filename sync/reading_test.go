package sync

import (
	"context"
	"errors"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

// leaverStory is acme with ann, who is wanted, and bob, who is not.
func leaverStory(t *testing.T, src *fake.Source, more ...source.Source) *story {
	f := fake.NewClerk("acme", "beta")
	for id, email := range map[string]string{"1": "ann@corp.example", "2": "bob@corp.example"} {
		f.User("u"+id, email)
		f.Member("acme", "u"+id, "org:member", fake.Ours(id))
	}
	s := tell(t, f, append([]source.Source{src}, more...)...)
	s.rule("acme", "org:member", "staff")
	return s
}

func TestS10UnusableMembersTakeNothing(t *testing.T) {
	t.Parallel()
	s := leaverStory(t, fake.HR("1 ann@corp.example").Group("staff", 0, -1))
	p := s.plans("held remove acme u2")
	s.holds(p, "S10 unreadable_members org_acme")
	s.config.IgnoreUnreadable = map[string]bool{"hr": true}
	s.plans("ready remove acme u2")
	// Nothing to lose: a note, no hold.
	s.config.IgnoreUnreadable = nil
	s.clerk.Members["org_acme"] = s.clerk.Members["org_acme"][:0]
	p = s.plans("ready add acme u1 member")
	s.holds(p)
	if n := p.Organizations[0].Notes; len(n) != 1 || n[0].Rule != "S10" {
		t.Errorf("notes %+v", n)
	}
}

func TestS10NoAddressAndNoMarker(t *testing.T) {
	t.Parallel()
	for _, nobody := range []string{"7", "7 ext=E7"} {
		s := leaverStory(t, fake.HR("1 ann@corp.example", nobody).Group("staff", 0, 1))
		p := s.plans("held remove acme u2")
		s.holds(p, "S10 unreadable_members org_acme")
		s.config.IgnoreUnreadable = map[string]bool{"hr": true}
		s.plans("ready remove acme u2")
	}
	// With our marker the person is known without any address.
	s := leaverStory(t, fake.HR("1").Group("staff", 0))
	s.plans("ready remove acme u2")
}

func TestS10DisabledIsALeaver(t *testing.T) {
	t.Parallel()
	s := leaverStory(t, fake.HR("1 ann@corp.example", "2 bob@corp.example off=disabled").Group("staff", 0, 1))
	p := s.plans("ready remove acme u2")
	if c := p.Organizations[0].Changes[0]; c.Because != "hr.csv:3: disabled" {
		t.Errorf("because %q", c.Because)
	}
}

func failing(name string) *fake.Source {
	return &fake.Source{Snapshot: source.Snapshot{Source: name}, Err: errors.New("connection refused")}
}

func TestS14FailedSource(t *testing.T) {
	t.Parallel()
	table := []struct {
		name  string
		rules []policy.Rule // besides the one of acme, which is of source hr
		want  []string
	}{
		{"named by no rule of ours: it could have rows", nil, []string{"held remove acme u2"}},
		{"named by another rule", []policy.Rule{{Source: "ldap", Groups: policy.GroupPattern{Names: []string{"g"}}, Organization: "beta", Role: "org:member"}},
			[]string{"ready remove acme u2"}},
		{"named by a pattern", []policy.Rule{{Source: "ldap", Groups: policy.GroupPattern{Match: "clerk-(?<org>.+)"}, Organization: "{org}", Role: "org:member"}},
			[]string{"held remove acme u2"}},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			s := leaverStory(t, fake.HR("1 ann@corp.example").Group("staff", 0), failing("ldap"))
			s.rules[0].Source = "hr"
			s.rules = append(s.rules, tt.rules...)
			p := s.plans(tt.want...)
			if len(p.Failures) != 1 || p.Failures[0].Source != "ldap" {
				t.Errorf("failures %+v", p.Failures)
			}
		})
	}
}

// Whom the failed source gave us is not gone, nor is what it knew of others.
func TestS14WhatRestsOnAFailedSource(t *testing.T) {
	t.Parallel()
	s := leaverStory(t, fake.HR("1 ann@corp.example").Group("staff", 0), failing("ldap"))
	s.rules[0].Source = "hr"
	s.rules[0].Metadata.Public = map[string]any{"dept": "{dept}"}
	s.rules = append(s.rules, policy.Rule{Source: "ldap", Groups: policy.GroupPattern{Names: []string{"g"}}, Organization: "beta", Role: "org:member"})
	s.clerk.Find("org_acme", "u1").Public = []byte(`{"dept":"Sales"}`)
	s.clerk.Find("org_acme", "u2").Private = []byte(strings.Replace(fake.Ours("2"), `"hr"`, `"ldap"`, 1))
	p := s.plans("held set_metadata acme u1", "held remove acme u2")
	if h := p.Holds[0]; h.Rule != "S14" || h.Organization != "org_acme" || h.Changes != 2 {
		t.Errorf("holds %+v", p.Holds)
	}
}

func TestS14NothingLeftToGoBy(t *testing.T) {
	t.Parallel()
	s := leaverStory(t, failing("hr"))
	if r, err := s.try(t.Context(), Run{Apply: true}); err == nil || r != nil || len(s.clerk.Reads)+len(s.clerk.Calls) > 0 {
		t.Errorf("a run without any source: %v, %v, reads %v", r, err, s.clerk.Reads)
	}
	damaged := failing("hr")
	damaged.Err = &source.DamageError{}
	s = leaverStory(t, damaged, failing("ldap"))
	if _, err := s.try(t.Context(), Run{Apply: true}); err == nil || len(s.clerk.Reads) > 0 {
		t.Errorf("damaged input did not end the run: %v", err)
	}
}

func TestS15MissingAndEmptyGroups(t *testing.T) {
	t.Parallel()
	s := leaverStory(t, fake.HR("1 ann@corp.example").Group("staff", 0).Group("empty"))
	for _, name := range []string{"absent", "empty"} {
		s.rules[0].Groups.Names = []string{"staff", name}
		p := s.plans("held remove acme u2")
		s.holds(p, "S15 missing_group org_acme")
		s.rules[0].AllowEmpty = []string{name}
		s.plans("ready remove acme u2")
		s.rules[0].AllowEmpty = nil
	}
}

// A hold for a group that is missing names the one that was likely meant.
func TestS15MissingGroupThatWasMeant(t *testing.T) {
	t.Parallel()
	src := fake.HR("1 ann@corp.example").Group("staff", 0)
	src.Snapshot.Meant = map[int]string{0: "staff"}
	s := tell(t, fake.NewClerk("acme"), src)
	s.rule("acme", "org:member", "stff")
	p := s.run(Run{}).Plan
	if want := `rule 1: there is no group stff; did you mean "staff"? Fix the name, or list it under allow_empty`; len(p.Holds) != 1 || p.Holds[0].Text != want {
		t.Errorf("held %+v", p.Holds)
	}
}

func TestS15Patterns(t *testing.T) {
	t.Parallel()
	pattern := policy.Rule{Groups: policy.GroupPattern{Match: `clerk-(?<org>\w+)-(?<role>\w+)`}, Organization: "{org}", Role: "org:{role}", Roles: []string{"org:member", "org:admin"}}
	// One group of the pattern is empty, another is not.
	src := fake.HR("1 ann@corp.example").Group("clerk-acme-member", 0).Group("clerk-acme-admin")
	s := leaverStory(t, src)
	s.rules = []policy.Rule{pattern}
	s.holds(s.plans("held remove acme u2"), "S15 missing_group org_acme")
	s.rules[0].AllowEmpty = []string{"clerk-acme-admin"}
	s.plans("ready remove acme u2")
	// No group answers: it could have fed any organization.
	s = leaverStory(t, fake.HR("1 ann@corp.example").Group("staff", 0))
	s.rules = append(s.rules, pattern)
	s.holds(s.plans("held remove acme u2"), "S15 missing_group org_acme")
	s.rules[1].Organization = "beta"
	p := s.plans("ready remove acme u2")
	s.holds(p, "S15 missing_group org_beta")
}

func TestS15LostSource(t *testing.T) {
	t.Parallel()
	s := leaverStory(t, fake.HR("1 ann@corp.example").Group("staff", 0))
	m := s.clerk.Find("org_acme", "u2")
	m.Private = []byte(strings.Replace(string(m.Private), `"hr"`, `"old"`, 1))
	p := s.plans("held remove acme u2")
	s.holds(p, "S15 lost_source org_acme")
	s.config.Renamed = map[string]string{"old": "hr"}
	s.plans("ready remove acme u2")
}

func TestS16UnlistedOrganization(t *testing.T) {
	t.Parallel()
	for _, err := range []error{&clerkapi.IncompleteError{Organization: "org_acme", What: "memberships", Got: 1, Want: 2}, fake.ErrLeftOut} {
		s := leaverStory(t, fake.HR("1 ann@corp.example").Group("staff", 0))
		s.rule("beta", "org:member", "staff")
		s.clerk.Unlisted["org_acme"] = err
		p := s.plans("ready add beta u1 member")
		if len(p.Failures) != 1 || p.Failures[0].Organization != "acme" {
			t.Errorf("failures %+v", p.Failures)
		}
	}
}

func TestS09FailedReadsOfClerkEndTheRun(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"organizations", "roles", "memberships", "users_by_id", "users_by_address", "users_by_external_id"} {
		s := leaverStory(t, fake.HR("1 ann@corp.example", "3 new@corp.example ext=E3").Group("staff", 0, 1))
		s.clerk.Faults[call+" * *"] = errors.New("server fault")
		if _, err := s.try(t.Context(), Run{Apply: true}); err == nil || len(s.clerk.Calls) != 0 {
			t.Errorf("%s: %v, calls %v", call, err, s.clerk.Calls)
		}
	}
}

func TestS09Cancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	src := fake.HR("1 ann@corp.example").Group("staff", 0)
	src.Before = cancel
	ldap := failing("ldap")
	ldap.Err = context.Canceled
	s := leaverStory(t, src, ldap)
	if _, err := s.try(ctx, Run{Apply: true}); err == nil || len(s.clerk.Reads) > 0 {
		t.Errorf("a cancelled read was gone by: %v", err)
	}
}

func TestS21CapturedRoles(t *testing.T) {
	t.Parallel()
	s := leaverStory(t, fake.HR("1 ann@corp.example").Group("clerk-acme-member", 0).Group("clerk-acme-owner", 0).Group("clerk--member", 0))
	s.rules = []policy.Rule{{Groups: policy.GroupPattern{Match: `clerk-(?<org>\w*)-(?<role>\w+)`}, Organization: "{org}", Role: "org:{role}", Roles: []string{"org:member"}}}
	p := s.plans("held remove acme u2")
	s.holds(p, "S21 unlisted_role org_acme")
	if len(p.Notes) != 1 || p.Notes[0].Text != "rule 1: group clerk--member contains no organization" {
		t.Errorf("notes %+v", p.Notes)
	}
}

func TestS22UnknownOrganizations(t *testing.T) {
	t.Parallel()
	s := leaverStory(t, fake.HR("1 ann@corp.example", "2 bob@corp.example").Group("staff", 0, 1))
	s.rule("ACME", "org:member", "staff")
	s.rule("org_nowhere", "org:member", "staff")
	p := s.plans()
	s.holds(p, "S22 unknown_organization ACME", "S22 unknown_organization org_nowhere")
	if _, err := s.try(t.Context(), Run{}); err != nil {
		t.Fatal(err)
	}
}

// Where a group has a new name and nobody has made its organization, whoever would leave
// the old one is known to be wanted in the new one (S22).
func TestS22WhoIsWantedInAnUnknownOrganizationAndLeavesAnother(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct{ group, want string }{
		"a new name": {"staff-platform", "The rules want 2 people there; 2 of them would leave another organization in this plan, so approve that afterwards"},
		"one more":   {"staff", "The rules want 2 people there"},
	} {
		s := leaverStory(t, fake.HR("1 ann@corp.example", "2 bob@corp.example").Group(x.group, 0, 1))
		s.rule("nowhere", "org:member", x.group)
		p := s.run(Run{}).Plan
		if got := p.Holds[0]; got.Rule != "S22" || got.People != 2 || !strings.HasSuffix(got.Text, x.want) {
			t.Errorf("%s: %+v", name, p.Holds)
		}
	}
}

func TestRulesOfOneSource(t *testing.T) {
	t.Parallel()
	s := leaverStory(t, fake.HR("1 ann@corp.example", "2 bob@corp.example").Group("staff", 0, 1))
	s.rules[0].Source = "ldap"
	s.rules[0].Metadata.Public = map[string]any{"a": "{dept}", "l": []any{"{list}"}, "o": map[string]any{"x": "{inner}"}}
	r, err := New(s.config, s.rules, s.sources, s.clerk)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.rules.RequestFor("hr"); len(got.Attributes) != 0 || len(got.Groups) != 1 {
		t.Errorf("hr is asked for %+v", got)
	}
	if got := strings.Join(r.rules.RequestFor("ldap").Attributes, " "); got != "dept inner list" {
		t.Errorf("ldap is asked for %s", got)
	}
	// Its group is missing in the source that the rule names.
	s.holds(s.plans("held remove acme u1", "held remove acme u2"), "S15 missing_group org_acme")
}

func TestJoinAcrossSources(t *testing.T) {
	t.Parallel()
	low := &fake.Source{Snapshot: source.Snapshot{Source: "ldap", StableIDs: true}}
	low.Snapshot.People = fake.HR("b9 ann@corp.example", "b8 x@corp.example").Snapshot.People
	low.Group("ops", 0, 1)
	s := leaverStory(t, fake.HR("1 ann@corp.example", "2 bob@corp.example", "3 x@corp.example", "4 x@corp.example").Group("staff", 0, 1, 2, 3), low)
	s.rule("beta", "org:member", "ops")
	s.clerk.User("u3", "x@corp.example")
	s.clerk.Find("org_acme", "u1").Private = []byte(strings.NewReplacer(`"hr"`, `"ldap"`, `"1"`, `"b9"`).Replace(fake.Ours("1")))
	// Ann is one person under either id; which x the lower source means is open.
	s.plans("ready add beta u1 member")
}
