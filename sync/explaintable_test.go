package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

// fading is a source that can be read once.
type fading struct {
	source.Source
	read bool
}

func (f *fading) Read(ctx context.Context, want source.Request) (*source.Snapshot, error) {
	if f.read {
		return nil, errors.New("gone fishing")
	}
	f.read = true
	return f.Source.Read(ctx, want)
}

// What explain says of somebody whose time has not come, or is over (S28).
func TestS28ExplainDates(t *testing.T) {
	t.Parallel()
	ended := until(-time.Hour)
	for name, x := range map[string]struct {
		subject  string
		ann, ben []*source.Period
		want     string
		rule     string // what is said of the rule
	}{
		"begins later, a member":   {"ann@corp.example", []*source.Period{from(3 * day)}, nil, "stays org:member; will be org:member by rule 1: staff from ", "begins on "},
		"begins later, not yet in": {"ben@corp.example", nil, []*source.Period{from(3 * day)}, "; not added before the start date (S28)", "begins on "},
		"the next of two":          {"ben@corp.example", nil, []*source.Period{from(9 * day), from(3 * day), ended}, "from " + from(3*day).FirstDay(), "begins on " + from(3*day).FirstDay()},
		"will end":                 {"ann@corp.example", []*source.Period{until(3 * day)}, nil, "; ends on " + until(3*day).LastDay() + " (last_day)", ""},
		"the last of two ends":     {"ann@corp.example", []*source.Period{until(9 * day), until(3 * day)}, nil, "; ends on " + until(9*day).LastDay(), ""},
		"one of two goes on":       {"ann@corp.example", []*source.Period{until(9 * day), from(-day)}, nil, "nothing to change", ""},
		"has ended, a member":      {"ann@corp.example", []*source.Period{ended}, nil, "the removal of org:member is due: hr.csv:2: " + ended.Ended(), ended.Ended()},
		"has ended, never in":      {"ben@corp.example", nil, []*source.Period{ended}, "acme: " + ended.Ended(), ended.Ended()},
	} {
		s := contracts(t, x.ann, x.ben)
		got := s.run(Run{Explain: x.subject}).Explanation
		if !strings.Contains(got.Reason, x.want) || strings.HasSuffix(got.Reason, "nothing to change") != (x.want == "nothing to change") {
			t.Errorf("%s: %q, want %q in it", name, got.Reason, x.want)
		}
		if m := got.Rules[0]; !strings.HasPrefix(m.Why, x.rule) || m.Matches != (x.rule == "") {
			t.Errorf("%s: the rule: %+v", name, m)
		}
	}
}

// What a source says of the person as a whole stands with the entry.
func TestS28ExplainDatesOfAPerson(t *testing.T) {
	t.Parallel()
	s := contracts(t, nil, nil)
	people := s.sources[0].(*fake.Source).Snapshot.People //nolint:errcheck,forcetypeassert // contracts made it
	term := &source.Period{Start: time.Now().Add(-day), End: time.Now().Add(day), EndedBy: "last_day"}
	people[0].Period, people[1].Period = term, until(-time.Hour)
	if e := s.run(Run{Explain: "ann@corp.example"}).Explanation.Entries[0]; e.Start != term.FirstDay() || e.End != term.LastDay()+" (last_day)" {
		t.Errorf("from %q to %q", e.Start, e.End)
	}
	if got := s.run(Run{Explain: "ben@corp.example"}).Explanation.Reason; !strings.Contains(got, "hr.csv:3: "+people[1].Period.Ended()) || strings.Contains(got, "is disabled") {
		t.Errorf("%q", got)
	}
}

// Each rule says how it leads to the person, or why it does not.
func TestExplainEachRule(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	f.User("u1", "ann@corp.example")
	f.Member("acme", "u1", "org:member", fake.Ours("1"))
	src := fake.HR("1 ann@corp.example", "2 ben@corp.example").Group("staff", 0).Group("team-beta-owner", 0).Group("team-beta-admin", 1).Group("sales", 1)
	src.Snapshot.Groups[0].Members[0].Via = "support"
	s := tell(t, f, src, fake.HR("9 cy@corp.example").Named("crm").Group("partners", 0))
	s.rule("acme", "org:member", "staff")
	s.rule("acme", "org:guest", "staff")
	s.rule("beta", "org:member", "sales")
	s.rule("gone", "org:member", "staff")
	s.rule("beta", "org:member", "nowhere")
	s.rule("beta", "org:member", "partners").Source = "crm"
	pattern := s.rule("beta", "org:{role}")
	pattern.Groups = policy.GroupPattern{Match: `team-beta-(?<role>[a-z]+)`}
	pattern.Roles = []string{"org:admin", "org:member"}
	said := map[int]string{}
	for _, m := range s.run(Run{Explain: "ann@corp.example"}).Explanation.Rules {
		said[m.Rule] += fmt.Sprintf("%s %t %s", m.Path, m.Matches, m.Why)
	}
	for rule, want := range map[int]string{
		1: "staff → support true ", 2: "staff → support true rule 1: staff → support takes precedence", 3: " false not in sales",
		4: `staff → support true no organization has the slug or id "gone" (S22)`, 5: " false no group matches nowhere", 6: " false the rule is for the source crm",
		7: "team-beta-owner false rule 7: group team-beta-owner leads to the role \"org:owner\", which is not in the rule's roles; rename the group, or add the role to the list (S21)",
	} {
		if said[rule] != want {
			t.Errorf("rule %d: %q, want %q", rule, said[rule], want)
		}
	}
	s.rules = s.rules[6:]
	if m := s.run(Run{Explain: "cy@corp.example"}).Explanation; len(m.Rules) != 1 || m.Rules[0].Why != "not in any of its 2 groups" {
		t.Errorf("%+v", m.Rules)
	}
}

// A user id, an address that somebody has further down, and a user who cannot
// be read are told as what they are; a source that fails the second time too.
func TestExplainWhoItIs(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("user_ann", "second@home.example", "~ann@corp.example")
	f.Member("acme", "user_lost", "org:guest", "")
	src := fake.HR("1 ann@corp.example second@home.example", "7 lone@corp.example").Group("staff", 0)
	s := tell(t, f, src)
	s.rule("acme", "org:member", "staff")
	x := s.run(Run{Explain: "user_ann"}).Explanation
	if want := "user_ann: account user_ann was matched by a further address, not by ann@corp.example; acme: the add as org:member is due: rule 1: staff"; x.Reason != want {
		t.Errorf("%q, want %q", x.Reason, want)
	}
	if u := x.Users; len(u) != 1 || !slices.Equal(u[0].Unverified, []string{"ann@corp.example"}) || !slices.Equal(u[0].Verified, []string{"second@home.example"}) {
		t.Errorf("users %+v", u)
	}
	if x = s.run(Run{Explain: "user_lost"}).Explanation; len(x.Users) != 1 || x.Users[0].Verified != nil || !strings.Contains(x.Reason, "stays org:guest, although no rule gives a role here") {
		t.Errorf("%+v", x)
	}
	s.sources[0] = &fading{Source: faithful{src}}
	x = s.run(Run{Explain: "7"}).Explanation
	if len(x.Failures) != 1 || x.Failures[0].Source != "hr" || !strings.Contains(x.Failures[0].Text, "look for the person outside the groups of the rules: gone fishing") {
		t.Errorf("failures %+v", x.Failures)
	}
}

// Who was invited is told so, and by what role, until they accept.
func TestExplainAnInvitation(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.Pending = []clerkapi.Invitation{{ID: "inv_1", OrganizationID: "org_acme", Email: "ann@corp.example", Role: "org:member", Private: []byte(fake.Ours("1"))}}
	s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.config.MissingUsers, s.config.EmailDomains = policy.MissingInvite, []string{"corp.example"}
	if got := s.run(Run{Explain: "ann@corp.example"}).Explanation; got.Organizations[0].Invited != "org:member" || !strings.Contains(got.Reason, "acme: is invited as org:member and has not accepted yet") {
		t.Errorf("%q, %+v", got.Reason, got.Organizations)
	}
}

// Several accounts have one address, of which one has verified it. A question about
// one of them is about its roles only; a question about the address is about the
// account that the directory's person is joined to.
func TestExplainTellsAccountsOfOneAddressApart(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	f.User("user_ann", "ann@corp.example")
	f.User("user_eve", "eve@home.example", "~ann@corp.example")
	f.Member("acme", "user_ann", "org:member", fake.Ours("1"))
	f.Member("beta", "user_eve", "org:admin", "")
	s := tell(t, f, fake.HR("1 ann@corp.example", "2 ben@corp.example").Group("staff", 0).Group("sales", 1))
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "sales")
	for asked, want := range map[string]string{
		"user_ann": "acme org:member org:member", "ann@corp.example": "acme org:member org:member", "1": "acme org:member org:member",
		"user_eve": "beta org:admin ", "eve@home.example": "beta org:admin ",
	} {
		x := s.run(Run{Explain: asked}).Explanation
		var got []string
		for _, o := range x.Organizations {
			got = append(got, o.Slug+" "+o.Role+" "+o.Wanted)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, want %q (%s)", asked, got, want, x.Reason)
		}
	}
}
