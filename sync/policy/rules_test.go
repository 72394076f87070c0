package policy

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/sync/internal/fake"
)

func TestS21WholeNames(t *testing.T) {
	for pattern, want := range map[string]int{"staff": 1, "staf": 0, "staff|x": 1, "taff": 0, "sta.*": 1} {
		src := fake.HR("1 ann@corp.example").Group("staff", 0)
		for _, sel := range selectorsOf(Rule{Groups: GroupPattern{Match: pattern}}) {
			got, err := src.Read(t.Context(), source.Request{Groups: []source.Selector{sel}})
			if err != nil || len(got.Groups) != want {
				t.Errorf("%s: %d groups, %v", pattern, len(got.Groups), err)
			}
		}
	}
}

// FuzzRule: a rule that validation lets pass compiles, and its pattern matches
// whole names or nothing (S21).
func FuzzRule(f *testing.F) {
	for _, s := range [][3]string{{`team-(?<org>\w+)`, "team-acme", "{org}"}, {"a|ab", "ab", "acme"}, {"a)|(?:b", "ab", "x"}, {`(?i)STAFF`, "staff", "{{"},
		{"(?m)^a$", "a\nb", "org_x"}, {"[", "x", "{"}, {`\Qa`, "a", "{a}"}, {"(?<a>x)?(?<a>y)?", "y", "{a}"},
		{"interns", "trained", "acme"}, {"staff", "staff", "acme"}, {"*", "[", "acme"}, {"cn=interns,dc=x", "staff", "acme"}, {" ", "\u00a0", "acme"}, {"interns", "", "acme"}} { // of limits
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
			set, problems := CompileRules([]Rule{rule})
			if _, err := parseTemplate(organization); (len(problems) > 0) != (err != nil) || len(set.Request.Groups) != 1 {
				t.Fatalf("%+v was let pass, then %v, %d selectors", rule, problems, len(set.Request.Groups))
			}
			wholeName(t, rule.Groups, set.Request.Groups[0], name)
		}
		limitedRule(t, pattern, name)
	})
}

// limitedRule checks that the groups which limit a rule are names and not patterns, that
// each has one selector, and that nobody gets anything by them.
func limitedRule(t *testing.T, except, all string) {
	rule := Rule{Groups: GroupPattern{Names: []string{"staff"}}, ExceptGroups: []string{except}, AllGroups: []string{all}, Organization: "acme", Role: "org:member"}
	config := DefaultConfig()
	config.Removals = RemovalsNone
	if Validate(config, []Rule{rule}) != nil {
		return
	}
	set, problems := CompileRules([]Rule{rule})
	if len(problems) > 0 || len(set.Request.Groups) != 3 || set.Limits(0) || !set.Limits(1) || !set.Limits(2) {
		t.Fatalf("%+v was let pass, then %v, %+v", rule, problems, set)
	}
	for i, name := range []string{"staff", except, all} {
		s := set.Request.Groups[i]
		if _, ok := s.MatchName(name); !ok || s.Pattern() {
			t.Fatalf("%q does not name its group", name)
		}
		if _, ok := s.MatchName(name + "x"); ok {
			t.Fatalf("%q matches more than its name", name)
		}
	}
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
		if !strings.Contains(name, value) || !slices.Contains(CaptureNames(g), key) {
			t.Fatalf("%q captures %s=%q out of %q", g.Match, key, value, name)
		}
	}
}
