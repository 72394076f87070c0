package sync

import (
	"strings"
	"testing"

	"rollcall/source"
)

// S26: who may be touched, by mode, adoption, takeover and marker.
func TestS26WhoMayBeTouched(t *testing.T) {
	const foreign = `{"rollcall":{"id":"1","owner":"other","source":"hr"}}`
	const broken = `{"rollcall":"by hand"}`
	table := []struct {
		removals Removals
		adopt    AdoptMode
		takeover bool
		private  string
		differs  string // what becomes of a wanted member whose role differs
		unwanted string // what becomes of a member whom nobody wants
	}{
		{RemovalsManaged, AdoptNone, false, "{}", "", ""},
		{RemovalsManaged, AdoptMatched, false, "{}", "adopt set_role", ""},
		{RemovalsManaged, AdoptNone, false, ours("1"), "set_role", "remove"},
		{RemovalsManaged, AdoptNone, false, foreign, "", ""},
		{RemovalsManaged, AdoptMatched, false, foreign, "", ""},
		{RemovalsManaged, AdoptNone, true, foreign, "adopt set_role", ""},
		{RemovalsManaged, AdoptNone, false, broken, "", ""},
		{RemovalsAll, AdoptNone, false, "{}", "set_role", "remove"},
		{RemovalsAll, AdoptMatched, false, "{}", "adopt set_role", "remove"},
		{RemovalsAll, AdoptNone, false, foreign, "", ""},
		{RemovalsAll, AdoptNone, true, foreign, "adopt set_role", "remove"},
		{RemovalsAll, AdoptNone, false, broken, "", ""},
		{RemovalsNone, AdoptNone, false, "{}", "set_role", ""},
		{RemovalsNone, AdoptNone, false, ours("1"), "set_role", ""},
		{RemovalsNone, AdoptNone, true, foreign, "adopt set_role", ""},
	}
	for _, tt := range table {
		for wanted, want := range map[bool]string{true: tt.differs, false: tt.unwanted} {
			f := newFake("acme")
			f.user("u1", "ann@corp.example")
			f.member("acme", "u1", "org:member", tt.private)
			people := hr("1 ann@corp.example", "2 bob@corp.example").group("staff", 1)
			if wanted {
				people = hr("1 ann@corp.example").group("staff", 0)
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
	f := newFake("acme")
	f.user("u1", "ann@corp.example")
	f.member("acme", "u1", "org:member", "{}")
	s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
	s.rule("acme", "org:admin", "staff")
	if n := s.plans().Organizations[0].Notes; len(n) != 1 || n[0].Rule != "S26" || !strings.Contains(n[0].Text, "differs, not ours") {
		t.Errorf("notes %+v", n)
	}
	s.rules[0].Role = "org:member"
	if n := s.plans().Organizations[0].Notes; len(n) != 0 {
		t.Errorf("notes about somebody who is as wanted: %+v", n)
	}
}

func TestS26UnknownPrivateMetadata(t *testing.T) {
	f := newFake("acme")
	f.user("u1", "ann@corp.example")
	f.user("u2", "bob@corp.example")
	f.member("acme", "u1", "org:member", "").Private = nil
	f.member("acme", "u2", "org:member", "").Private = nil
	s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
	s.config.Removals, s.config.Adopt = RemovalsAll, AdoptMatched
	s.rule("acme", "org:member", "staff").Metadata.Private = map[string]any{"k": nil, "l": "x"}
	s.plans()
}

func TestS27RolesMode(t *testing.T) {
	table := []struct {
		mode       RolesMode
		have, want string
		change     string
	}{
		{"", "org:admin", "org:member", "set_role"},
		{RolesExact, "org:admin", "org:member", "set_role"},
		{RolesExact, "org:member", "org:admin", "set_role"},
		{RolesAtLeast, "org:admin", "org:member", ""},
		{RolesAtLeast, "org:member", "org:admin", "set_role"},
		{RolesAtLeast, "org:guest", "org:member", "set_role"},
		{RolesOnAdd, "org:member", "org:admin", ""},
		{RolesOnAdd, "org:admin", "org:member", ""},
	}
	for _, tt := range table {
		f := newFake("acme")
		f.user("u0", "boss@corp.example")
		f.member("acme", "u0", "org:admin", "")
		f.user("u1", "ann@corp.example")
		f.member("acme", "u1", tt.have, ours("1"))
		s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
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
	f := newFake("acme")
	f.user("u1", "ann@corp.example")
	src := hr("1 ann@corp.example dept=Sales").group("b", 0).group("a", 0)
	s := tell(t, f, src)
	s.rule("acme", "org:admin", "a").Metadata.Public = map[string]any{"x": "first", "in": map[string]any{"p": "1"}, "dept": "{dept}"}
	s.rule("org_acme", "org:member", "b").Metadata.Public = map[string]any{"x": "second", "in": map[string]any{"p": "2", "q": "2"}, "y": "z"}
	p := s.plans("ready add acme u1 admin")
	want := JSON(`{"dept":"Sales","in":{"p":"1","q":"2"},"x":"first","y":"z"}`)
	if c := p.Organizations[0].Changes[0]; c.Public != want || c.Because != "rule 1: a" {
		t.Errorf("%+v", c)
	}
	if n := p.Organizations[0].Notes; len(n) != 1 || n[0].Text != "rule 1: a wins over rule 2: b (role org:member)" {
		t.Errorf("notes %+v", n)
	}
}

// Within one pattern rule the role that roles lists first wins, whatever
// order the directory answers in.
func TestPrecedenceWithinAPattern(t *testing.T) {
	for _, order := range [][]string{{"clerk-acme-admin", "clerk-acme-member"}, {"clerk-acme-member", "clerk-acme-admin"}} {
		f := newFake("acme")
		f.user("u1", "ann@corp.example")
		s := tell(t, f, hr("1 ann@corp.example").group(order[0], 0).group(order[1], 0))
		s.rules = []Rule{{Groups: GroupPattern{Match: `clerk-(?<org>\w+)-(?<role>\w+)`}, Organization: "{org}", Role: "org:{role}",
			Roles: []string{"org:member", "org:admin"}}}
		s.plans("ready add acme u1 member")
	}
}

func TestRowsAreRules(t *testing.T) {
	f := newFake("acme")
	f.user("u1", "ann@corp.example")
	f.member("acme", "u1", "org:member", ours("1")).Public = []byte(`{"dept":"Old","gone":"x","mine":1}`)
	src := hr("1 ann@corp.example", "2 bob@corp.example off=left")
	src.snapshot.Rows = []source.Row{
		{Person: 0, Organization: "acme", Role: "org:guest", Public: source.Attributes{{Name: "dept", Values: []string{"New"}}, {Name: "gone"}}},
		{Person: 1, Organization: "acme", Role: "org:guest"},
	}
	s := tell(t, f, src)
	p := s.plans("ready set_metadata acme u1", "ready set_role acme u1 guest")
	if c := p.Organizations[0].Changes[0]; c.Public != `{"dept":"New","gone":null}` || c.Nulls != 1 || c.PublicBefore != `{"dept":"Old","gone":"x"}` {
		t.Errorf("%+v", c)
	}
	src.snapshot.NoRemovals = []string{"the last line has no newline"}
	p = s.plans("held set_metadata acme u1", "ready set_role acme u1 guest")
	s.holds(p, "S11 incomplete_source org_acme")
}
