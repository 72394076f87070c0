package policy

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"rollcall/sync/plan"
)

// nina is who the templates of the tests are filled in for.
var nina = map[string][]string{
	"dept": {"Sales"}, "skills": {"go", "sql"}, "tags": {"a; b;;c"}, "cost": {"0042"}, "rate": {"1.50"}, "active": {"Yes"}, "remote": {"0"},
	"empty": {""}, "odd": {"n/a"}, "long": {"1234567890123456"}, "Cost Center": {"77"}, "numbers": {"1", "2"}, "mixed": {"1", "x"}, "one": {"x"},
}

func ninas(odd func(*Template)) Renderer {
	return Renderer{Get: func(name string) []string { return nina[name] }, Lacks: func(name string) bool { return name == "elsewhere" }, Mistyped: odd}
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
		v := ninas(func(*Template) { told++ }).value(&parsed)
		raw, err := json.Marshal(v)
		got := string(raw)
		if _, ok := v.(plan.Untouched); ok {
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
		"{":                    "a { without a }; to write a brace",
		"a}":                   "a } without a {; to write a brace",
		"{}":                   "a name is missing",
		"{ }":                  "a name is missing",
		"{a|}":                 "a name is missing",
		"{|a}":                 "a name is missing",
		"{'x}":                 "a { without a }",
		"{a 'x'}":              "unexpected \"x\"",
		"{a{b}":                "unexpected \"{\"",
		"{a = b}":              "write a text in quotes, such as 'Sales'",
		"{a =}":                "write a text in quotes",
		"{a = 'x' | b}":        "unexpected text after the comparison",
		"{'x' = a}":            "unexpected \"=\"",
		"{a ? }":               "a name is missing",
		"{a ? b : }":           "a name is missing",
		"{a : b}":              "unexpected \":\"",
		"{a ? b : c : d}":      "unexpected \":\"",
		"{a ? b ? c}":          "unexpected \"?\"",
		"{a as nubmer}":        `unknown type "nubmer"; allowed: number, boolean, list`,
		"{a as number|b}":      "as number must come last",
		"{as number}":          "a name is missing",
		"{a as number by ';'}": "by works with a list",
		"{a as list by}":       "by works with a list",
		"{a as list by ''}":    "by works with a list",
		"{a as list ';'}":      "must come last",
		"{a = 'x' as number}":  "unexpected text after the comparison",
		"no {a as number}":     "as number does not give a text, so the value must be this placeholder and nothing else",
		"is {a = 'x'}":         "true or false, so the value must be this placeholder and nothing else; for a text, write a = 'x' ? 'one' : 'other'",
		"{a!b}":                "unexpected \"!\"",
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
			return term{text: name.Draw(t, "term"), name: true}
		}
		return term{text: rapid.StringN(0, 5, 20).Draw(t, "text"), name: false}
	}), 1, 3)
	expr := rapid.Custom(func(t *rapid.T) *Expression {
		x := &Expression{}
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
			x.then = terms.Draw(t, "then")
		case 1:
			x.test = &condition{name: name.Draw(t, "name"), op: rapid.SampledFrom([]string{"", "=", "!="}).Draw(t, "op")}
			x.then, x.otherwise = terms.Draw(t, "then"), terms.Draw(t, "otherwise")
		case 2:
			x.test = &condition{name: name.Draw(t, "name"), op: "="}
			x.then = terms.Draw(t, "then")
		default:
			x.test = &condition{name: name.Draw(t, "name"), op: "!="}
		}
		if x.test != nil && x.test.op != "" {
			x.test.text = rapid.StringN(0, 5, 20).Draw(t, "compared")
		}
		if x.then != nil {
			x.As = rapid.SampledFrom([]Conversion{"", asNumber, asBoolean, asList}).Draw(t, "as")
		}
		if x.As == asList && rapid.Bool().Draw(t, "by") {
			x.by = rapid.StringN(1, 3, 9).Draw(t, "splits")
		}
		return x
	})
	rapid.Check(t, func(t *rapid.T) {
		made := Template{parts: []part{{expr: expr.Draw(t, "expression")}}}
		if x := made.Placeholder(); x.As == "" && x.then != nil && rapid.Bool().Draw(t, "with text") {
			made.parts = append(made.parts, part{text: rapid.StringN(1, 5, 20).Draw(t, "literal")}, part{expr: x})
		}
		read, err := parseTemplate(made.String())
		if err != nil || !reflect.DeepEqual(read, made) {
			t.Fatalf("%s reads as %+v, %v; was %+v", made, read, err, made)
		}
	})
}

// FuzzTemplate: what a template says and does not name is shown as it stands,
// and a text whose braces are doubled is that text.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"org:{role}", "{{x}}", "{a}{b}", "{", "}", "}}", "{{{a}}}", "{a b}", "{}", "\xff{é}",
		"{a|b|'it''s'}", "{a as list by ';'}", "{a = 'x' ? b|c : '{}' as number}", "{a != 'x'}", "{a?b:c}", "x{a ? '1'}y"} {
		f.Add(s)
	}
	braces := strings.NewReplacer("{", "{{", "}", "}}")
	f.Fuzz(func(t *testing.T, s string) {
		literal, err := parseTemplate(braces.Replace(s))
		if err != nil {
			t.Fatalf("%q with its braces doubled: %v", s, err)
		}
		if text, ok := literal.Text(func(string) []string { return nil }); !ok || text != s {
			t.Fatalf("%q with its braces doubled gives %q, %t", s, text, ok)
		}
		parsed, err := parseTemplate(s)
		if err != nil {
			return
		}
		names := parsed.Names()
		if slices.ContainsFunc(names, func(n string) bool { return strings.TrimSpace(n) != n || n == "" || strings.ContainsAny(n, "{}|?:='") }) {
			t.Fatalf("%q names %q", s, names)
		}
		spelled := parsed.String()
		if again, err := parseTemplate(spelled); err != nil || !reflect.DeepEqual(again, parsed) || again.String() != spelled {
			t.Fatalf("%q is %s, which reads as %s, %v", s, spelled, again, err)
		}
		absent := func(string) []string { return nil }
		if text, ok := parsed.Text(absent); ok && !utf8.ValidString(text) && utf8.ValidString(s) {
			t.Fatalf("%q gives %q", s, text)
		}
		Renderer{Get: absent, Lacks: func(string) bool { return false }, Mistyped: func(*Template) {}}.value(&parsed)
		Renderer{Get: func(string) []string { return []string{s, ""} }, Lacks: func(string) bool { return false }, Mistyped: func(*Template) {}}.value(&parsed)
	})
}
