package identity

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/internal/fake"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// inquiry is a run that only finds out who everybody is.
type inquiry struct {
	t       *testing.T
	config  policy.Config
	rules   []policy.Rule
	sources []source.Source
	clerk   *fake.Clerk
}

func newInquiry(t *testing.T, clerk *fake.Clerk, sources ...source.Source) *inquiry {
	config := policy.DefaultConfig()
	config.Removals = policy.RemovalsManaged
	return &inquiry{t: t, config: config, clerk: clerk, sources: sources}
}

// rule makes the groups give membership of the organization.
func (q *inquiry) rule(organization string, groups ...string) {
	q.rules = append(q.rules, policy.Rule{Groups: policy.GroupPattern{Names: groups}, Organization: organization, Role: "org:member"})
}

// resolved is what the run knows when it has looked for everybody.
func (q *inquiry) resolved(m *memory.Memory) *Resolver {
	q.t.Helper()
	v, assigned, have := q.begun(m)
	wants, _ := entitlements(assigned, have)
	if _, err := v.With(assigned.Read, have, m).Join(q.t.Context(), wants); err != nil {
		q.t.Fatal(err)
	}
	return v
}

// begun is what the run knows before it looks for anybody.
func (q *inquiry) begun(m *memory.Memory) (*Resolver, *assign.Assignments, *roster.Roster) {
	q.t.Helper()
	rules, problems := policy.CompileRules(q.rules)
	if len(problems) > 0 {
		q.t.Fatal(problems)
	}
	reader := &directory.Reader{Config: q.config, Rules: rules, Sources: q.sources, Now: time.Now}
	read, err := reader.Read(q.t.Context())
	if err != nil {
		q.t.Fatal(err)
	}
	assigned := (&assign.Assigner{Config: q.config, Rules: rules}).Assign(read, m)
	have, err := (&roster.Reader{Config: q.config, Clerk: q.clerk}).Read(q.t.Context(), assigned.Organizations(), nil, roster.Past{})
	if err != nil {
		q.t.Fatal(err)
	}
	return &Resolver{Config: q.config, Clerk: q.clerk, Log: zap.NewNop(), Now: time.Now}, assigned, have
}

// who says of each person in order: id=user by what, or the rule with the users
// that it keeps as they are, and ! where it holds.
func who(v *Resolver) string {
	var all []string
	for _, p := range v.People {
		switch t := p.Problem; {
		case t != nil:
			all = append(all, fmt.Sprintf("%s:%s%s%s %s", p.ID, t.Rule, map[bool]string{true: "!"}[t.Hold], p.UserID, strings.Join(t.Users, "+")))
		default:
			all = append(all, fmt.Sprintf("%s=%s %s", p.ID, p.UserID, p.MatchedBy))
		}
	}
	return strings.TrimRight(strings.Join(all, ", "), " ")
}

// search is one row of a table about who is found: the people, and what Clerk has.
type search struct {
	people []string // of hr
	lower  []string // of crm, the second source; an id of - is none
	clerk  func(*fake.Clerk)
	config func(*policy.Config)
	memory *memory.Memory
	role   string // of acme's rule; a member's where it is empty
	beta   string // which group the other organization is for, where there is a rule for it
	want   string
	text   string // of the first one's trouble
	last   string // of the last one's
}

// run looks for everybody, and compares.
func (x *search) run(t *testing.T, name string) *Resolver {
	t.Helper()
	f := fake.NewClerk("acme", "beta")
	if x.clerk != nil {
		x.clerk(f)
	}
	src := fake.HR(x.people...)
	src.Group("staff", upTo(len(x.people))...)
	sources := []source.Source{src}
	if x.lower != nil {
		crm := fake.HR(x.lower...).Named("crm").Group("sales", 0)
		if p := &crm.Snapshot.People[0]; p.ID == "-" {
			p.ID = ""
		}
		sources = append(sources, crm)
	}
	q := newInquiry(t, f, sources...)
	q.rule("acme", "staff", "sales")
	q.rules[0].Role = cmp.Or(x.role, q.rules[0].Role)
	q.rule("beta", cmp.Or(x.beta, "nobody"))
	if x.config != nil {
		x.config(&q.config)
	}
	v := q.resolved(x.memory)
	switch first, last := v.People[0].Problem, v.People[len(v.People)-1].Problem; {
	case who(v) != strings.TrimRight(x.want, " "):
		t.Errorf("%s: %q, want %q", name, who(v), x.want)
	case x.text != "" && !strings.Contains(first.Text+".", x.text):
		t.Errorf("%s: %s", name, first.Text)
	case x.last != "" && !strings.Contains(last.Text, x.last):
		t.Errorf("%s: of the last: %s", name, last.Text)
	}
	return v
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

const ann = "1 ann@corp.example"

// two adds two users with these addresses.
func two(f *fake.Clerk, mails ...string) { f.User("u1", mails[0]); f.User("u2", mails[len(mails)-1]) }

// marked makes the user a member of acme with our marker.
func marked(f *fake.Clerk, user, source, id string) {
	f.Member("acme", user, "org:member", fake.OursFrom(source, id))
}

// reserved is an account that has the address of a person reserved.
func reserved(f *fake.Clerk) { f.User("u1", "~ann@corp.example").Emails[0].Reserved = true }

// asTwo is a user who is marked as two people of one source.
func asTwo(f *fake.Clerk) {
	f.User("u1", "ann@corp.example")
	f.Member("acme", "u1", "org:member", fake.Ours("1"))
	f.Member("beta", "u1", "org:member", fake.Ours("9"))
}

// byTwoSources is a user who is marked as a person of each source.
func byTwoSources(addresses ...string) func(*fake.Clerk) {
	return func(f *fake.Clerk) {
		f.User("u1", addresses...)
		f.Member("acme", "u1", "org:member", fake.Ours("1"))
		f.Member("beta", "u1", "org:member", fake.OursFrom("crm", "7"))
	}
}

// byOther is a user with the address of a person, who is marked as another one.
func byOther(f *fake.Clerk) {
	f.User("u1", "ann@corp.example")
	marked(f, "u1", "hr", "9")
}

// sameIDs says that both sources have the same ids.
func sameIDs(c *policy.Config) { c.SameIDs = map[string]string{"hr": "hr", "crm": "hr"} }

// decision is the word of an admin on a person and u1: the id was another one, or
// the person is new.
func decision(source, id, wasSource, was string, newPerson bool) *memory.Memory {
	return &memory.Memory{Decisions: map[string]plan.Decision{
		memory.DecisionKey(plan.DirectoryID{Source: source, ID: id}, "u1"): {Was: plan.DirectoryID{Source: wasSource, ID: was}, New: newPerson},
	}}
}
