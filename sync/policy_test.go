package sync

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// S26: who may be touched, by mode, adoption, takeover and marker.
func TestS26WhoMayBeTouched(t *testing.T) {
	t.Parallel()
	const foreign = `{"rollcall":{"id":"1","owner":"other","source":"hr"}}`
	const broken = `{"rollcall":"by hand"}`
	table := []struct {
		removals policy.Removals
		adopt    policy.AdoptMode
		takeover bool
		private  string
		differs  string // what becomes of a wanted member whose role differs
		unwanted string // what becomes of a member whom nobody wants
	}{
		{policy.RemovalsManaged, policy.AdoptNone, false, "{}", "", ""},
		{policy.RemovalsManaged, policy.AdoptMatched, false, "{}", "", ""},
		{policy.RemovalsManaged, policy.AdoptWanted, false, "{}", "adopt set_role", ""},
		{policy.RemovalsManaged, policy.AdoptNone, false, fake.Ours("1"), "set_role", "remove"},
		{policy.RemovalsManaged, policy.AdoptNone, false, foreign, "", ""},
		{policy.RemovalsManaged, policy.AdoptMatched, false, foreign, "", ""},
		{policy.RemovalsManaged, policy.AdoptWanted, false, foreign, "", ""},
		{policy.RemovalsManaged, policy.AdoptNone, true, foreign, "adopt set_role", ""},
		{policy.RemovalsManaged, policy.AdoptNone, false, broken, "", ""},
		{policy.RemovalsAll, policy.AdoptNone, false, "{}", "set_role", "remove"},
		{policy.RemovalsAll, policy.AdoptMatched, false, "{}", "set_role", "remove"},
		{policy.RemovalsAll, policy.AdoptWanted, false, "{}", "adopt set_role", "remove"},
		{policy.RemovalsAll, policy.AdoptNone, false, foreign, "", ""},
		{policy.RemovalsAll, policy.AdoptNone, true, foreign, "adopt set_role", "remove"},
		{policy.RemovalsAll, policy.AdoptNone, false, broken, "", ""},
		{policy.RemovalsNone, policy.AdoptNone, false, "{}", "", ""},
		{policy.RemovalsNone, policy.AdoptMatched, false, "{}", "", ""},
		{policy.RemovalsNone, policy.AdoptWanted, false, "{}", "adopt set_role", ""},
		{policy.RemovalsNone, policy.AdoptWanted, false, foreign, "", ""},
		{policy.RemovalsNone, policy.AdoptNone, false, fake.Ours("1"), "set_role", ""},
		{policy.RemovalsNone, policy.AdoptNone, true, foreign, "adopt set_role", ""},
	}
	for _, tt := range table {
		for wanted, want := range map[bool]string{true: tt.differs, false: tt.unwanted} {
			f := fake.NewClerk("acme")
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:member", tt.private)
			people := fake.HR("1 ann@corp.example", "2 bob@corp.example").Group("staff", 1)
			if wanted {
				people = fake.HR("1 ann@corp.example").Group("staff", 0)
			}
			s := tell(t, f, people)
			s.rule("acme", "org:guest", "staff")
			s.config.Removals, s.config.Adopt, s.config.Takeover = tt.removals, tt.adopt, tt.takeover
			p := s.run(Run{}).Plan
			var got []string
			for _, c := range p.Changes() {
				got = append(got, c.Action.String())
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s, adopt %s, takeover %v, %s, wanted %v: %q, want %q", tt.removals, tt.adopt, tt.takeover, tt.private, wanted, got, want)
			}
		}
	}
}

func TestS26DifferenceIsNoted(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "ann@corp.example")
	f.Member("acme", "u1", "org:member", "{}")
	s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
	s.rule("acme", "org:admin", "staff")
	if n := s.plans().Organizations[0].Notes; len(n) != 1 || n[0].Rule != "S26" || !strings.Contains(n[0].Text, "rollcall did not add this member, so not changed") {
		t.Errorf("notes %+v", n)
	}
	s.rules[0].Role = "org:member"
	if n := s.plans().Organizations[0].Notes; len(n) != 0 {
		t.Errorf("notes about somebody who is as wanted: %+v", n)
	}
}

// Metadata that Clerk does not show may hold anybody's marker: whatever removals
// and adopt say, the member is left alone.
func TestS26UnknownPrivateMetadata(t *testing.T) {
	t.Parallel()
	for _, removals := range allRemovals {
		for _, adopt := range allAdopts {
			f := fake.NewClerk("acme")
			f.User("u1", "ann@corp.example")
			f.User("u2", "bob@corp.example")
			f.Member("acme", "u1", "org:member", "").Private = nil
			f.Member("acme", "u2", "org:member", "").Private = nil
			s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
			s.config.Removals, s.config.Adopt = removals, adopt
			s.rule("acme", "org:member", "staff").Metadata.Private = map[string]any{"k": nil, "l": "x"}
			s.plans()
			s.rules[0].Role = "org:admin"
			s.plans()
			s.config.Takeover = true
			s.plans()
		}
	}
}

func TestS27RolesMode(t *testing.T) {
	t.Parallel()
	table := []struct {
		mode       policy.RolesMode
		have, want string
		change     string
	}{
		{"", "org:admin", "org:member", "set_role"},
		{policy.RolesExact, "org:admin", "org:member", "set_role"},
		{policy.RolesExact, "org:member", "org:admin", "set_role"},
		{policy.RolesAtLeast, "org:admin", "org:member", ""},
		{policy.RolesAtLeast, "org:member", "org:admin", "set_role"},
		{policy.RolesAtLeast, "org:guest", "org:member", "set_role"},
		{policy.RolesOnAdd, "org:member", "org:admin", ""},
		{policy.RolesOnAdd, "org:admin", "org:member", ""},
	}
	for _, tt := range table {
		f := fake.NewClerk("acme")
		f.User("u0", "boss@corp.example")
		f.Member("acme", "u0", "org:admin", "")
		f.User("u1", "ann@corp.example")
		f.Member("acme", "u1", tt.have, fake.Ours("1"))
		s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
		s.rule("acme", tt.want, "staff").RolesMode = tt.mode
		got := ""
		for _, c := range s.run(Run{}).Plan.Changes() {
			got = c.Action.String()
		}
		if got != tt.change {
			t.Errorf("%q: %s wanted %s: %q, want %q", tt.mode, tt.have, tt.want, got, tt.change)
		}
	}
}

func TestPrecedenceAndMetadataOfSeveralRules(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "ann@corp.example")
	src := fake.HR("1 ann@corp.example dept=Sales").Group("b", 0).Group("a", 0)
	s := tell(t, f, src)
	s.rule("acme", "org:admin", "a").Metadata.Public = map[string]any{"x": "first", "in": map[string]any{"p": "1"}, "dept": "{dept}"}
	s.rule("org_acme", "org:member", "b").Metadata.Public = map[string]any{"x": "second", "in": map[string]any{"p": "2", "q": "2"}, "y": "z"}
	p := s.plans("ready add acme u1 admin")
	want := plan.JSON(`{"dept":"Sales","in":{"p":"1","q":"2"},"x":"first","y":"z"}`)
	if c := p.Organizations[0].Changes[0]; c.Public != want || c.Because != "rule 1: a" {
		t.Errorf("%+v", c)
	}
	if n := p.Organizations[0].Notes; len(n) != 1 || n[0].Text != "two rules match, and the first decides: org:admin by rule 1: a, not org:member by rule 2: b" {
		t.Errorf("notes %+v", n)
	}
}

// One note says for whom one rule wins over another, and names the first of them.
func TestPrecedenceOfManyPeople(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		2: ": p0@corp.example, p1@corp.example",
		4: ": p0@corp.example, p1@corp.example, p2@corp.example, p3@corp.example",
		5: ": p0@corp.example, p1@corp.example, p2@corp.example and 2 more",
	} {
		f := fake.NewClerk("acme")
		var people []string
		var all []int
		for i := range n {
			f.User(fmt.Sprint("u", i), fmt.Sprintf("p%d@corp.example", i))
			people, all = append(people, fmt.Sprintf("%d p%d@corp.example", i, i)), append(all, i)
		}
		s := tell(t, f, fake.HR(people...).Group("a", all...).Group("b", all...))
		s.rule("acme", "org:admin", "a")
		s.rule("acme", "org:member", "b")
		notes := s.run(Run{}).Plan.Organizations[0].Notes
		if len(notes) != 1 || notes[0].Text != "two rules match, and the first decides: org:admin by rule 1: a, not org:member by rule 2: b"+want || notes[0].Email != "" {
			t.Errorf("%d people: %+v", n, notes)
		}
	}
}

// Within one pattern rule the role that roles lists first wins, whatever
// order the directory answers in.
func TestPrecedenceWithinAPattern(t *testing.T) {
	t.Parallel()
	for _, order := range [][]string{{"clerk-acme-admin", "clerk-acme-member"}, {"clerk-acme-member", "clerk-acme-admin"}} {
		f := fake.NewClerk("acme")
		f.User("u1", "ann@corp.example")
		s := tell(t, f, fake.HR("1 ann@corp.example").Group(order[0], 0).Group(order[1], 0))
		s.rules = []policy.Rule{{Groups: policy.GroupPattern{Match: `clerk-(?<org>\w+)-(?<role>\w+)`}, Organization: "{org}", Role: "org:{role}",
			Roles: []string{"org:member", "org:admin"}}}
		s.plans("ready add acme u1 member")
	}
}

func TestRowsAreRules(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "ann@corp.example")
	f.Member("acme", "u1", "org:member", fake.Ours("1")).Public = []byte(`{"dept":"Old","gone":"x","mine":1}`)
	src := fake.HR("1 ann@corp.example", "2 bob@corp.example off=left")
	src.Snapshot.Rows = []source.Row{
		{Person: 0, Organization: "acme", Role: "org:guest", Public: source.Attributes{{Name: "dept", Values: []string{"New"}}, {Name: "gone"}}},
		{Person: 1, Organization: "acme", Role: "org:guest"},
	}
	s := tell(t, f, src)
	p := s.plans("ready set_metadata acme u1", "ready set_role acme u1 guest")
	if c := p.Organizations[0].Changes[0]; c.Public != `{"dept":"New","gone":null}` || c.Nulls != 1 || c.PublicBefore != `{"dept":"Old","gone":"x"}` {
		t.Errorf("%+v", c)
	}
	src.Snapshot.NoRemovals = []string{"the last line has no newline"}
	p = s.plans("held set_metadata acme u1", "ready set_role acme u1 guest")
	s.holds(p, "S11 incomplete_source org_acme")
}
