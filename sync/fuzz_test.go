package sync

import (
	"encoding/json"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"rollcall/source"
)

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
		if text, ok := literal.text(func(string) []string { return nil }); !ok || text != s {
			t.Fatalf("%q with its braces doubled gives %q, %t", s, text, ok)
		}
		parsed, err := parseTemplate(s)
		if err != nil {
			return
		}
		names := parsed.names()
		if slices.ContainsFunc(names, func(n string) bool { return strings.TrimSpace(n) != n || n == "" || strings.ContainsAny(n, "{}|?:='") }) {
			t.Fatalf("%q names %q", s, names)
		}
		spelled := parsed.String()
		if again, err := parseTemplate(spelled); err != nil || !reflect.DeepEqual(again, parsed) || again.String() != spelled {
			t.Fatalf("%q is %s, which reads as %s, %v", s, spelled, again, err)
		}
		absent := func(string) []string { return nil }
		if text, ok := parsed.text(absent); ok && !utf8.ValidString(text) && utf8.ValidString(s) {
			t.Fatalf("%q gives %q", s, text)
		}
		renderer{absent, func(string) bool { return false }, func(*template) {}}.value(&parsed)
		renderer{func(string) []string { return []string{s, ""} }, func(string) bool { return false }, func(*template) {}}.value(&parsed)
	})
}

// FuzzRule: a rule that validation lets pass compiles, and its pattern matches
// whole names or nothing (S21).
func FuzzRule(f *testing.F) {
	for _, s := range [][3]string{{`team-(?<org>\w+)`, "team-acme", "{org}"}, {"a|ab", "ab", "acme"}, {"a)|(?:b", "ab", "x"}, {`(?i)STAFF`, "staff", "{{"},
		{"(?m)^a$", "a\nb", "org_x"}, {"[", "x", "{"}, {`\Qa`, "a", "{a}"}, {"(?<a>x)?(?<a>y)?", "y", "{a}"}} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, pattern, name, organization string) {
		for _, rule := range []Rule{
			{Groups: GroupPattern{Match: pattern}, Organization: organization, Role: "org:member"},
			{Groups: GroupPattern{Glob: pattern}, Organization: organization, Role: "org:member"},
		} {
			config := DefaultConfig()
			config.Removals = RemovalsNone
			if Validate(config, []Rule{rule}) != nil {
				continue
			}
			if pattern == "" {
				t.Fatal("no pattern at all is let pass")
			}
			set, problems := compileRules([]Rule{rule})
			if _, err := parseTemplate(organization); (len(problems) > 0) != (err != nil) || len(set.request.Groups) != 1 {
				t.Fatalf("%+v was let pass, then %v, %d selectors", rule, problems, len(set.request.Groups))
			}
			wholeName(t, rule.Groups, set.request.Groups[0], name)
		}
	})
}

// wholeName holds a selector against the pattern as it was written.
func wholeName(t *testing.T, g GroupPattern, s source.Selector, name string) {
	captures, ok := s.MatchName(name)
	if g.Glob != "" {
		if want, err := path.Match(g.Glob, name); err != nil || ok != want {
			t.Fatalf("glob %q, name %q: %t, want %t, %v", g.Glob, name, ok, want, err)
		}
		return
	}
	plain, err := regexp.Compile(g.Match)
	if err != nil {
		t.Fatalf("%q was let pass: %v", g.Match, err)
	}
	plain.Longest()
	if ok && !plain.MatchString(name) {
		t.Fatalf("%q matches all of %q and no part of it", g.Match, name)
	}
	for key, value := range captures {
		if !strings.Contains(name, value) || !slices.Contains(captureNames(g), key) {
			t.Fatalf("%q captures %s=%q out of %q", g.Match, key, value, name)
		}
	}
}

// FuzzMarker: the quick reader finds what the close one finds; and what is
// written is read again.
func FuzzMarker(f *testing.F) {
	for _, s := range []string{ours("1"), `{}`, `{"rollcall":{"owner":"a","source":"b","id":"c"},"x":1}`, `{"rollcall":7}`, `{"rollcall":{"id":"","owner":"","source":""}}`,
		`{"rollcall":{"id":"1","id":"2","owner":"a","source":"b"}}`, `{"rollcall":{"ID":"1","owner":"a","source":"b"}}`, `{"rollcall":{"id":"1","owner":"a","source":"b"}} `, `{"a":"\"rollcall\""}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, private string) {
		exact := parseMarker(json.RawMessage(private))
		quick, bare := newMarkerReader()(json.RawMessage(private))
		if json.Valid([]byte(private)) && !reflect.DeepEqual(quick, exact) {
			t.Fatalf("%q: quick %+v, close %+v", private, quick, exact)
		}
		if bare && !json.Valid([]byte(private)) {
			t.Fatalf("%q is bare and no JSON", private)
		}
		if exact == nil || exact.Source == "" {
			return
		}
		written := canonical(map[string]any{markerKey: exact.object()})
		if again := parseMarker(written.raw()); again == nil || *again != *exact {
			t.Fatalf("%q: %+v came back as %+v", private, exact, again)
		}
	})
}

// FuzzMetadata: a patch leads from what is there to what is wanted, and no
// further; in canonical form the same object is the same bytes (RFC 7396).
func FuzzMetadata(f *testing.F) {
	for _, s := range [][2]string{{`{"a":1}`, `{"a":2,"b":{"c":[1,null]}}`}, {`{"a":{"b":1}}`, `{"a":{"c":null}}`}, {`{"a":1e400}`, `{}`}, {`{"a":1.0}`, `{"a":1}`},
		{`{"a":"é"}`, `{"a":"\u00e9"}`}, {`[]`, `null`}, {`{"a":1,"a":2}`, `{"a":12345678901234567890}`}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, have, want string) {
		before, wanted := decodeObject([]byte(have)), decodeObject([]byte(want))
		if before == nil || wanted == nil {
			return
		}
		text := canonical(wanted)
		var again JSON
		if err := json.Unmarshal([]byte(text), &again); err != nil && len(wanted) > 0 || len(wanted) > 0 && again != text {
			t.Fatalf("%s came back as %s, %v", text, again, err)
		}
		change, old, _ := patch(wanted, before)
		after := merged(before, change)
		if rest, _, nulls := patch(wanted, after); len(rest) > 0 || nulls > 0 {
			t.Fatalf("%s wanted of %s: the patch %s leaves %s", want, have, canonical(change), canonical(rest))
		}
		for key := range change {
			if _, managed := wanted[key]; !managed {
				t.Fatalf("%s wanted of %s: the patch touches %q", want, have, key)
			}
		}
		for key := range old {
			if _, touched := change[key]; !touched {
				t.Fatalf("%s wanted of %s: the value before of %q, which stays", want, have, key)
			}
		}
	})
}

// FuzzLists: what protect and deny are given as an address or an id has
// itself, however it is spelled, and a list that is empty has nobody.
func FuzzLists(f *testing.F) {
	for _, s := range [][2]string{{"*@corp.example", "ann@CORP.example"}, {"user_1", "user_1"}, {"[", "a"}, {"*", ""}, {"\u212a@corp.example", "k@corp.example"}, {"a[b]@x.de", "a[b]@x.de"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, entry, value string) {
		config := DefaultConfig()
		config.Removals, config.Protect = RemovalsNone, []string{entry}
		if Validate(config, nil) != nil {
			return
		}
		l := newList([]string{entry})
		plain := !strings.ContainsAny(entry, `*?[`)
		if plain && !l.has(entry) {
			t.Fatalf("%q is not on its own list", entry)
		}
		folded, err := source.FoldEmail(value)
		if err != nil {
			folded = value
		}
		mine, err := source.FoldEmail(entry)
		if same := err == nil && mine == folded || entry == folded; plain && l.has(folded) != same {
			t.Fatalf("the list %q has %q: %t", entry, folded, !same)
		}
		if l.has() || l.has("") {
			t.Fatalf("%q has nobody", entry)
		}
	})
}
