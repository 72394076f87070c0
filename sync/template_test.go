package sync

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/source"
)

// nina is who the templates of the tests are filled in for.
var nina = map[string][]string{
	"dept": {"Sales"}, "skills": {"go", "sql"}, "tags": {"a; b;;c"}, "cost": {"0042"}, "rate": {"1.50"}, "active": {"Yes"}, "remote": {"0"},
	"empty": {""}, "odd": {"n/a"}, "long": {"1234567890123456"}, "Cost Center": {"77"}, "numbers": {"1", "2"}, "mixed": {"1", "x"}, "one": {"x"},
}

func ninas(odd func(*template)) renderer {
	return renderer{func(name string) []string { return nina[name] }, func(name string) bool { return name == "elsewhere" }, odd}
}

// What the README says of templates, as JSON; "left" is a key that stays as it is.
func TestTemplates(t *testing.T) {
	for text, want := range map[string]string{
		"plain": `"plain"`, "": `""`, "{{x}}": `"{x}"`, "{dept}": `"Sales"`, "{ dept }": `"Sales"`, "in {dept}!": `"in Sales!"`,
		"{skills}": `["go","sql"]`, "knows {skills}": `"knows go, sql"`, "{Cost Center}": `"77"`,
		"{none}": `null`, "in {none}": `null`, "{empty}": `null`,
		"{none|dept}": `"Sales"`, "{empty|dept}": `"Sales"`, "{none|'nobody''s'}": `"nobody's"`, "{none|empty}": `null`, "{dept|'x'}": `"Sales"`, "{''}": `""`, "{'{}'}": `"{}"`,
		"{cost as number}": `42`, "{rate as number}": `1.5`, "{numbers as number}": `[1,2]`, "{none as number}": `null`, "{none|'7' as number}": `7`,
		"{odd as number}": `left`, "{long as number}": `left`, "{mixed as number}": `left`, "{odd as boolean}": `left`,
		"{active as boolean}": `true`, "{remote as boolean}": `false`,
		"{one as list}": `["x"]`, "{skills as list}": `["go","sql"]`, "{none as list}": `null`, "{tags as list by ';'}": `["a","b","c"]`, "{none|'x,y' as list by ','}": `["x","y"]`,
		"{dept = 'Sales'}": `true`, "{dept = 'sales'}": `false`, "{dept != 'Sales'}": `false`, "{none = 'x'}": `false`, "{none != 'x'}": `true`, "{skills = 'sql'}": `true`,
		"{dept = 'Sales' ? 'in' : 'out'}": `"in"`, "{dept = 'HR' ? 'in' : 'out'}": `"out"`, "{dept = 'HR' ? 'in'}": `null`, "{dept='Sales'?dept:'out'}": `"Sales"`,
		"{none ? 'yes' : 'no'}": `"no"`, "{empty ? 'yes' : 'no'}": `"no"`, "{dept ? none|skills : 'no'}": `["go","sql"]`, "{dept ? '1' : '2' as number}": `1`,
		"is {dept = 'Sales' ? 'in' : 'out'} here": `"is in here"`,
		"{elsewhere}": `left`, "{elsewhere|'x'}": `"x"`, "{elsewhere|dept}": `"Sales"`, "{elsewhere ? 'x'}": `left`,
	} {
		parsed, err := parseTemplate(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		told := 0
		v := ninas(func(*template) { told++ }).value(&parsed)
		raw, err := json.Marshal(v)
		got := string(raw)
		if _, ok := v.(leave); ok {
			got = "left"
		}
		if err != nil || got != want {
			t.Errorf("%s gives %s (%v), want %s", text, got, err, want)
		}
		if odd := want == "left" && !strings.Contains(text, "elsewhere"); odd != (told == 1) {
			t.Errorf("%s was told %d times", text, told)
		}
	}
}

// A template that says nothing clear is refused, with what to write instead.
func TestBadTemplates(t *testing.T) {
	for text, want := range map[string]string{
		"{":                    "never closed; write {{ for a brace",
		"a}":                   "a } without a {; write }} for a brace",
		"{}":                   "names nothing",
		"{ }":                  "names nothing",
		"{a|}":                 "names nothing",
		"{|a}":                 "names nothing",
		"{'x}":                 "never closed",
		"{a 'x'}":              "\"x\" cannot stand here",
		"{a{b}":                "cannot stand here",
		"{a = b}":              "compares with a text in quotes, such as 'Sales'",
		"{a =}":                "compares with a text in quotes",
		"{a = 'x' | b}":        "write ? and what it gives otherwise",
		"{'x' = a}":            "cannot stand here",
		"{a ? }":               "names nothing",
		"{a ? b : }":           "names nothing",
		"{a : b}":              "\":\" cannot stand here",
		"{a ? b : c : d}":      "\":\" cannot stand here",
		"{a ? b ? c}":          "\"?\" cannot stand here",
		"{a as nubmer}":        `"nubmer" is none of number, boolean, list`,
		"{a as number|b}":      "as number must be the last word",
		"{as number}":          "names nothing",
		"{a as number by ';'}": "by splits a list",
		"{a as list by}":       "by splits a list",
		"{a as list by ''}":    "by splits a list",
		"{a as list ';'}":      "must be the last word",
		"{a = 'x' as number}":  "write ? and what it gives otherwise",
		"no {a as number}":     "as number makes no text, so the placeholder must stand alone",
		"is {a = 'x'}":         "true or false, so it must stand alone; write a = 'x' ? 'one' : 'other'",
		"{a!b}":                "cannot stand here",
	} {
		parsed, err := parseTemplate(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v as %s, want %q", text, err, parsed, want)
		}
	}
}

// Whatever can be said is written so that it reads back as the same.
func TestTemplatesReadBack(t *testing.T) {
	name := rapid.Custom(func(t *rapid.T) string {
		return strings.TrimSpace(rapid.StringMatching(`[A-Za-zé][A-Za-z0-9 _.;/-]{0,6}`).Draw(t, "name"))
	}).Filter(func(s string) bool { return asWord(s) < 0 })
	terms := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) term {
		if rapid.Bool().Draw(t, "named") {
			return term{name.Draw(t, "term"), true}
		}
		return term{rapid.StringN(0, 5, 20).Draw(t, "text"), false}
	}), 1, 3)
	expr := rapid.Custom(func(t *rapid.T) *expression {
		x := &expression{}
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
			x.then = terms.Draw(t, "then")
		case 1:
			x.test = &test{name: name.Draw(t, "name"), op: rapid.SampledFrom([]string{"", "=", "!="}).Draw(t, "op")}
			x.then, x.otherwise = terms.Draw(t, "then"), terms.Draw(t, "otherwise")
		case 2:
			x.test = &test{name: name.Draw(t, "name"), op: "="}
			x.then = terms.Draw(t, "then")
		default:
			x.test = &test{name: name.Draw(t, "name"), op: "!="}
		}
		if x.test != nil && x.test.op != "" {
			x.test.text = rapid.StringN(0, 5, 20).Draw(t, "compared")
		}
		if x.then != nil {
			x.as = rapid.SampledFrom([]conversion{"", asNumber, asBoolean, asList}).Draw(t, "as")
		}
		if x.as == asList && rapid.Bool().Draw(t, "by") {
			x.by = rapid.StringN(1, 3, 9).Draw(t, "splits")
		}
		return x
	})
	rapid.Check(t, func(t *rapid.T) {
		made := template{parts: []part{{expr: expr.Draw(t, "expression")}}}
		if x := made.lone(); x.as == "" && x.then != nil && rapid.Bool().Draw(t, "with text") {
			made.parts = append(made.parts, part{text: rapid.StringN(1, 5, 20).Draw(t, "literal")}, part{expr: x})
		}
		read, err := parseTemplate(made.String())
		if err != nil || !reflect.DeepEqual(read, made) {
			t.Fatalf("%s reads as %+v, %v; was %+v", made, read, err, made)
		}
	})
}

// A value that is not of the type asked for changes nothing, and is told once
// for each template, with the first person; neither does a name that a person's
// source cannot have. A value that vanished becomes null.
func TestMetadataOfOddValues(t *testing.T) {
	f := newFake("acme")
	f.user("user_ann", "ann@corp.example")
	f.user("user_ben", "ben@corp.example")
	for i, user := range []string{"user_ann", "user_ben"} {
		m := f.member("acme", user, "org:member", ours(string(rune('1'+i))))
		m.Public = json.RawMessage(`{"cost":7,"dept":"HR","desk":"A1"}`)
	}
	src := hr("1 ann@corp.example cost=x dept=Sales", "2 ben@corp.example cost=y").group("staff", 0, 1)
	src.snapshot.Names = []string{"cost", "dept"}
	desks := &fakeSource{snapshot: source.Snapshot{Source: "desks", StableIDs: true, Names: []string{"desk"}}}
	s := tell(t, f, src, desks)
	s.rule("acme", "org:member", "staff").Metadata = Templates{Public: map[string]any{"cost": "{cost as number}", "dept": "{dept}", "desk": "{desk}"}}
	p := s.plans("ready set_metadata acme user_ann", "ready set_metadata acme user_ben")
	for i, want := range []JSON{`{"dept":"Sales"}`, `{"dept":null}`} {
		if got := p.Organizations[0].Changes[i].Public; got != want {
			t.Errorf("patch %s, want %s", got, want)
		}
	}
	want := "ann@corp.example: rules[0].metadata.public.cost: the value is no number, so the key stays as it is (and for 1 person more)"
	if !slices.ContainsFunc(p.Notes, func(n Note) bool { return n.Text == want }) {
		t.Errorf("notes %+v", p.Notes)
	}
}

// A name that no source knows is a mistake of the configuration; where a source
// does not say what it knows, or could not be read, nobody can tell.
func TestUnknownNames(t *testing.T) {
	for _, c := range []struct {
		name   string
		names  [2][]string
		source string
		failed bool
		want   string
	}{
		{"a typo", [2][]string{{"dept", "desk"}, {"phone"}}, "", false, `rules[0].metadata.private.a.b[0]: no source has a column or an attribute "detp"; did you mean "dept"?`},
		{"nothing like it", [2][]string{{"manager"}, {"phone"}}, "", false, `rules[0].metadata.private.a.b[0]: no source has a column or an attribute "detp"; there are manager, phone`},
		{"the other source has it", [2][]string{{"manager"}, {"detp"}}, "", false, ""},
		{"the rule reaches one", [2][]string{{"manager"}, {"detp"}}, "hr", false, `"detp"; there are manager`},
		{"a source says nothing", [2][]string{{"manager"}, nil}, "", false, ""},
		{"a source has none", [2][]string{{"manager"}, {}}, "", false, `"detp"; there are manager`},
		{"a source failed", [2][]string{{"manager"}, {"phone"}}, "", true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := hr("1 ann@corp.example").group("staff", 0)
			second := &fakeSource{snapshot: source.Snapshot{Source: "other", StableIDs: true, Names: c.names[1]}}
			first.snapshot.Names = c.names[0]
			if c.failed {
				second.err = errLeftOut
			}
			s := tell(t, newFake("acme"), first, second)
			rule := s.rule("acme", "org:member", "staff")
			rule.Source, rule.Metadata = c.source, Templates{Private: map[string]any{"a": map[string]any{"b": []any{"{detp}"}}}}
			_, err := s.try(t.Context(), Run{})
			if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
