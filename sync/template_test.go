package sync

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// A value that is not of the type asked for changes nothing, and is told once
// for each template, with the first person; neither does a name that a person's
// source cannot have. A value that vanished becomes null.
func TestMetadataOfOddValues(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("user_ann", "ann@corp.example")
	f.User("user_ben", "ben@corp.example")
	for i, user := range []string{"user_ann", "user_ben"} {
		m := f.Member("acme", user, "org:member", fake.Ours(string(rune('1'+i))))
		m.Public = json.RawMessage(`{"cost":7,"dept":"HR","desk":"A1"}`)
	}
	src := fake.HR("1 ann@corp.example cost=x dept=Sales", "2 ben@corp.example cost=y").Group("staff", 0, 1)
	src.Snapshot.Names = []string{"cost", "dept"}
	desks := &fake.Source{Snapshot: source.Snapshot{Source: "desks", StableIDs: true, Names: []string{"desk"}}}
	s := tell(t, f, src, desks)
	s.rule("acme", "org:member", "staff").Metadata = policy.Templates{Public: map[string]any{"cost": "{cost as number}", "dept": "{dept}", "desk": "{desk}"}}
	p := s.plans("ready set_metadata acme user_ann", "ready set_metadata acme user_ben")
	for i, want := range []plan.JSON{`{"dept":"Sales"}`, `{"dept":null}`} {
		if got := p.Organizations[0].Changes[i].Public; got != want {
			t.Errorf("patch %s, want %s", got, want)
		}
	}
	want := "ann@corp.example: rules[0].metadata.public.cost: the value is not a number, so the key is not changed (and for 1 person more)"
	if !slices.ContainsFunc(p.Notes, func(n plan.Note) bool { return n.Text == want }) {
		t.Errorf("notes %+v", p.Notes)
	}
}

// A source without a column that its rules ask for is a failed source, as one with
// a damaged row is: whoever may write one file stops the others with neither (S14).
func TestS14SourceWithoutANameIsAFailedSource(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	for _, id := range []string{"1", "2"} {
		f.User("u"+id, "u"+id+"@corp.example")
		f.Member("acme", "u"+id, "org:member", fake.Ours(id))
		f.Member("beta", "u"+id, "org:member", fake.OursFrom("crm", id))
	}
	lacking, whole := fake.HR("1 u1@corp.example").Group("staff", 0), fake.HR("1 u1@corp.example").Named("crm").Group("staff", 0)
	lacking.Snapshot.Names, whole.Snapshot.Names = []string{"manager"}, []string{"detp"}
	s := tell(t, f, lacking, whole)
	rule := s.rule("acme", "org:member", "staff")
	rule.Source, rule.Metadata = "hr", policy.Templates{Private: map[string]any{"a": "{detp}"}}
	s.rule("beta", "org:member", "staff").Source = "crm"
	p := s.plans("held remove acme u1", "held remove acme u2", "ready remove beta u2")
	if len(p.Failures) != 1 || p.Failures[0].Source != "hr" || !strings.Contains(p.Failures[0].Text, `"detp"; known names: manager`) {
		t.Errorf("failures %+v", p.Failures)
	}
	whole.Err = fake.ErrLeftOut // nothing is left: both are told
	if _, err := s.try(t.Context(), Run{}); err == nil || !strings.Contains(err.Error(), `"detp"; known names: manager`) || !strings.Contains(err.Error(), "read source crm: left out") {
		t.Errorf("%v", err)
	}
}

// A name that no source knows is a mistake of the configuration; where a source
// does not say what it knows, or could not be read, nobody can tell.
func TestUnknownNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		names  [2][]string
		source string
		failed bool
		want   string
	}{
		{"a typo", [2][]string{{"dept", "desk"}, {"phone"}}, "", false, `rules[0].metadata.private.a.b[0]: no source has a column or attribute "detp"; did you mean "dept"?`},
		{"nothing like it", [2][]string{{"manager"}, {"phone"}}, "", false, `rules[0].metadata.private.a.b[0]: no source has a column or attribute "detp"; known names: manager, phone`},
		{"the other source has it", [2][]string{{"manager"}, {"detp"}}, "", false, ""},
		{"a source says nothing", [2][]string{{"manager"}, nil}, "", false, ""},
		{"a source has none", [2][]string{{"manager"}, {}}, "", false, `"detp"; known names: manager`},
		{"a source failed", [2][]string{{"manager"}, {"phone"}}, "", true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := fake.HR("1 ann@corp.example").Group("staff", 0)
			second := &fake.Source{Snapshot: source.Snapshot{Source: "other", StableIDs: true, Names: c.names[1]}}
			first.Snapshot.Names = c.names[0]
			if c.failed {
				second.Err = fake.ErrLeftOut
			}
			s := tell(t, fake.NewClerk("acme"), first, second)
			rule := s.rule("acme", "org:member", "staff")
			rule.Source, rule.Metadata = c.source, policy.Templates{Private: map[string]any{"a": map[string]any{"b": []any{"{detp}"}}}}
			_, err := s.try(t.Context(), Run{})
			if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// A rule with a key below a key leaves what somebody wrote at the upper key: an
// empty cell says nothing, and a filled one says that its value has no place.
// Beside an object both arrive (S26).
func TestS26KeyBelowSomebodysValue(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		before, floor, after string
		told                 bool
	}{
		"a text, an empty cell":    {`{"desk":"x"}`, "", `{"desk":"x"}`, false},
		"a list, an empty cell":    {`{"desk":["x",1]}`, "", `{"desk":["x",1]}`, false},
		"a text, a filled cell":    {`{"desk":"x"}`, "3", `{"desk":"x"}`, true},
		"a list, a filled cell":    {`{"desk":["x",1]}`, "3", `{"desk":["x",1]}`, true},
		"an object, an empty cell": {`{"desk":{"chair":"y","floor":"2"}}`, "", `{"desk":{"chair":"y"}}`, false},
		"an object, a filled cell": {`{"desk":{"chair":"y"}}`, "3", `{"desk":{"chair":"y","floor":"3"}}`, false},
		"nothing, a filled cell":   {`{}`, "3", `{"desk":{"floor":"3"}}`, false},
		"nothing, an empty cell":   {`{}`, "", `{}`, false},
	} {
		f := fake.NewClerk("acme")
		f.User("user_ann", "ann@corp.example")
		f.Member("acme", "user_ann", "org:member", fake.Ours("1")).Public = json.RawMessage(x.before)
		s := tell(t, f, fake.HR("1 ann@corp.example floor="+x.floor).Group("staff", 0))
		s.rule("acme", "org:member", "staff").Metadata = policy.Templates{Public: map[string]any{"desk": map[string]any{"floor": "{floor}"}}}
		r := s.run(Run{Apply: true})
		if got := string(f.Find("org_acme", "user_ann").Public); got != x.after {
			t.Errorf("%s: %s, want %s", name, got, x.after)
		}
		told := slices.ContainsFunc(r.Plan.Organizations[0].Notes, func(n plan.Note) bool {
			return n.Rule == "S26" && strings.Contains(n.Text, "public_metadata.desk") && slices.Contains(n.Users, "user_ann")
		})
		if told != x.told {
			t.Errorf("%s: notes %+v", name, r.Plan.Organizations[0].Notes)
		}
	}
}
