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
	ended := until(-time.Hour)
	for name, x := range map[string]struct {
		subject  string
		ann, ben []*source.Term
		want     string
		rule     string // what is said of the rule
	}{
		"begins later, a member":   {"ann@corp.example", []*source.Term{from(3 * day)}, nil, "stays org:member: rule 1: staff wants org:member from ", "begins on "},
		"begins later, not yet in": {"ben@corp.example", nil, []*source.Term{from(3 * day)}, " on, and a start only delays: nothing before that (S28)", "begins on "},
		"the next of two":          {"ben@corp.example", nil, []*source.Term{from(9 * day), from(3 * day), ended}, "from " + from(3*day).FirstDay(), "begins on " + from(3*day).FirstDay()},
		"will end":                 {"ann@corp.example", []*source.Term{until(3 * day)}, nil, "; ends on " + until(3*day).LastDay() + " (last_day)", ""},
		"the last of two ends":     {"ann@corp.example", []*source.Term{until(9 * day), until(3 * day)}, nil, "; ends on " + until(9*day).LastDay(), ""},
		"one of two goes on":       {"ann@corp.example", []*source.Term{until(9 * day), from(-day)}, nil, "nothing to change", ""},
		"has ended, a member":      {"ann@corp.example", []*source.Term{ended}, nil, "the removal of org:member is due: hr.csv:2: " + ended.Ended(), ended.Ended()},
		"has ended, never in":      {"ben@corp.example", nil, []*source.Term{ended}, "acme: " + ended.Ended(), ended.Ended()},
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
	s := contracts(t, nil, nil)
	people := s.sources[0].(*fakeSource).snapshot.People //nolint:errcheck,forcetypeassert // contracts made it
	term := &source.Term{Start: time.Now().Add(-day), End: time.Now().Add(day), EndedBy: "last_day"}
	people[0].Term, people[1].Term = term, until(-time.Hour)
	if e := s.run(Run{Explain: "ann@corp.example"}).Explanation.Entries[0]; e.Start != term.FirstDay() || e.End != term.LastDay()+" (last_day)" {
		t.Errorf("from %q to %q", e.Start, e.End)
	}
	if got := s.run(Run{Explain: "ben@corp.example"}).Explanation.Reason; !strings.Contains(got, "hr.csv:3: "+people[1].Term.Ended()) || strings.Contains(got, "is disabled") {
		t.Errorf("%q", got)
	}
}

// Each rule says how it leads to the person, or why it does not.
func TestExplainEachRule(t *testing.T) {
	f := newFake("acme", "beta")
	f.user("u1", "ann@corp.example")
	f.member("acme", "u1", "org:member", ours("1"))
	src := hr("1 ann@corp.example", "2 ben@corp.example").group("staff", 0).group("team-beta-owner", 0).group("team-beta-admin", 1).group("sales", 1)
	src.snapshot.Groups[0].Members[0].Via = "support"
	s := tell(t, f, src, hr("9 cy@corp.example").named("crm").group("partners", 0))
	s.rule("acme", "org:member", "staff")
	s.rule("acme", "org:guest", "staff")
	s.rule("beta", "org:member", "sales")
	s.rule("gone", "org:member", "staff")
	s.rule("beta", "org:member", "nowhere")
	s.rule("beta", "org:member", "partners").Source = "crm"
	pattern := s.rule("beta", "org:{role}")
	pattern.Groups = GroupPattern{Match: `team-beta-(?<role>[a-z]+)`}
	pattern.Roles = []string{"org:admin", "org:member"}
	said := map[int]string{}
	for _, m := range s.run(Run{Explain: "ann@corp.example"}).Explanation.Rules {
		said[m.Rule] += fmt.Sprintf("%s %t %s", m.Path, m.Matches, m.Why)
	}
	for rule, want := range map[int]string{
		1: "staff → support true ", 2: "staff → support true rule 1: staff → support comes before it", 3: " false not in sales",
		4: `staff → support true no organization has the slug or id "gone" (S22)`, 5: " false no group answers nowhere", 6: " false the rule is for the source crm",
		7: "team-beta-owner false group team-beta-owner gives no organization, or a role that the rule's roles do not list (S21)",
	} {
		if said[rule] != want {
			t.Errorf("rule %d: %q, want %q", rule, said[rule], want)
		}
	}
	s.rules = s.rules[6:]
	if m := s.run(Run{Explain: "cy@corp.example"}).Explanation; len(m.Rules) != 1 || m.Rules[0].Why != "in none of its 2 groups" {
		t.Errorf("%+v", m.Rules)
	}
}

// A user id, an address that somebody has further down, and a user who cannot
// be read are told as what they are; a source that fails the second time too.
func TestExplainWhoItIs(t *testing.T) {
	f := newFake("acme")
	f.user("user_ann", "second@home.example", "~ann@corp.example")
	f.member("acme", "user_lost", "org:guest", "")
	src := hr("1 ann@corp.example second@home.example", "7 lone@corp.example").group("staff", 0)
	s := tell(t, f, src)
	s.rule("acme", "org:member", "staff")
	x := s.run(Run{Explain: "user_ann"}).Explanation
	if want := "user_ann: user user_ann by a further address, not by ann@corp.example; acme: the add as org:member is due: rule 1: staff"; x.Reason != want {
		t.Errorf("%q, want %q", x.Reason, want)
	}
	if u := x.Users; len(u) != 1 || !slices.Equal(u[0].Unverified, []string{"ann@corp.example"}) || !slices.Equal(u[0].Verified, []string{"second@home.example"}) {
		t.Errorf("users %+v", u)
	}
	if x = s.run(Run{Explain: "user_lost"}).Explanation; len(x.Users) != 1 || x.Users[0].Verified != nil || !strings.Contains(x.Reason, "stays org:guest, though no rule wants it") {
		t.Errorf("%+v", x)
	}
	s.sources[0] = &fading{Source: faithful{src}}
	x = s.run(Run{Explain: "7"}).Explanation
	if len(x.Failures) != 1 || x.Failures[0].Source != "hr" || !strings.Contains(x.Failures[0].Text, "look for somebody in no mapped group: gone fishing") {
		t.Errorf("failures %+v", x.Failures)
	}
}

// A change that waits or is left out says by what, whatever it is.
func TestVerdictOfEachChange(t *testing.T) {
	for _, x := range []struct {
		change Change
		want   string
	}{
		{Change{Action: Add, To: "r", State: Ready, Because: "b"}, "the add as r is due: b"},
		{Change{Action: CreateUser, To: "r", State: Ready, Because: "b"}, "the add as r is due: b"},
		{Change{Action: Invite, To: "r", State: Held, Why: "guard adds", Because: "b"}, "the invitation as r waits, held by guard adds (b)"},
		{Change{Action: SetRole, From: "q", To: "r", State: Skipped, Why: "protected", Because: "b"}, "the change from q to r is left out: protected (b)"},
		{Change{Action: SetMetadata, State: Ready, Because: "b"}, "the change of metadata is due: b"},
		{Change{Action: Adopt, State: Ready, Because: "b"}, "the adoption is due: b"},
		{Change{Action: Remove, From: "q", State: Ready, Because: "b"}, "the removal of q is due: b"},
		{Change{Action: RevokeInvitation, State: Ready, Because: "b"}, "the end of the invitation is due: b"},
	} {
		if got := x.change.verdict(); got != x.want {
			t.Errorf("%q, want %q", got, x.want)
		}
	}
}

// Who was invited is told so, and by what role, until they accept.
func TestExplainAnInvitation(t *testing.T) {
	f := newFake("acme")
	f.pending = []clerkapi.Invitation{{ID: "inv_1", OrganizationID: "org_acme", Email: "ann@corp.example", Role: "org:member", Private: []byte(ours("1"))}}
	s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.config.MissingUsers, s.config.EmailDomains = MissingInvite, []string{"corp.example"}
	if got := s.run(Run{Explain: "ann@corp.example"}).Explanation; got.Organizations[0].Invited != "org:member" || !strings.Contains(got.Reason, "acme: is invited as org:member, and has not accepted yet") {
		t.Errorf("%q, %+v", got.Reason, got.Organizations)
	}
}
