package config

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// problemsOf loads a configuration of this text.
func problemsOf(t *testing.T, text string) (list Problems) {
	t.Helper()
	file := t.TempDir() + "/rollcall.yaml"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(file, testEnvironment)
	list, _ = errors.AsType[Problems](err)
	if err != nil && list == nil {
		t.Fatal(err)
	}
	for _, p := range list {
		p.File = "rollcall.yaml"
	}
	return list
}

// sound is a configuration without a problem.
const sound = `clerk: {secret_key_env: CLERK_SECRET_KEY}
sources: [{name: hr, csv: {path: p.csv, columns: {id: id, email: mail, groups: team}}}]
rules: [{groups: [staff], organization: acme, role: org:member}]
state: none
`

// What is wrong with the text of a configuration is said in words that an admin knows.
func TestSyntaxInPlainWords(t *testing.T) {
	for text, want := range map[string]string{
		"sync:\n\tremovals: none\n":                 "rollcall.yaml:6:1: YAML does not allow tabs for indentation: use spaces (this line is indented with tabs)",
		"sync:\n  removals: none\n\t# why\n":        "rollcall.yaml:7:1: YAML does not allow tabs for indentation: use spaces (this line is indented with tabs)",
		"sync:\n  removals: none\n\tadopt: none\n":  "rollcall.yaml:7:1: YAML does not allow tabs for indentation: use spaces (this line is indented with tabs)",
		"sync:\n  removals: \"none\n":               "rollcall.yaml:6:13: this quote is never closed",
		"sync:\n  removals: 'none\n":                "rollcall.yaml:6:13: this quote is never closed",
		"sync: {removals: none\nmetrics: {}\n":      "rollcall.yaml:6:1: a comma is missing, or a bracket above is never closed",
		"sync: {removals: none, protect: [a\n":      "rollcall.yaml:5:33: this bracket is never closed",
		"sync: {removals: none}}\n":                 "this bracket is never opened",
		"sync:\n  removals:none\n":                  "rollcall.yaml:6:3: sync: must be a mapping, not text: a key ends with a colon and a blank",
		"sync:\n  removals: none\n  owner\n":        "this line has no key: a key ends with a colon and a blank",
		"sync:\n  removals: none\n    owner: x\n":   "rollcall.yaml:6:13: this line or the next one is wrong: the keys of one section begin in the same column",
		"sync:\n  removals: none\n owner: x\n":      "the keys of one section begin in the same column",
		"sync:\n  removals: none\n  owner: @corp\n": "rollcall.yaml:7:10: a value that begins with @ or ` must be in quotes",
		"sync:\n  removals: none\n  protect: *@x\n": "rollcall.yaml:7:12: anchors, aliases and tags are not supported: write the value itself, in quotes if it begins with *, & or !",
	} {
		list := problemsOf(t, sound+text)
		if len(list) == 0 || !strings.Contains(list[len(list)-1].Error(), want) {
			t.Errorf("%q: got\n%v\nwant %s", text, list, want)
		}
	}
}

// A tab that YAML allows is none of our business.
func TestTabsThatYAMLAllows(t *testing.T) {
	for _, text := range []string{"sync:\t{removals: none}\n", "sync: {\n\tremovals: none,\n\towner: x}\n", "sync:\n  removals: none\t# why\n", "sync: {removals: none}\n"} {
		if list := problemsOf(t, sound+text); list != nil {
			t.Errorf("%q: %v", text, list)
		}
	}
}

// The columns of problems are those of the file, also where tabs stand before them.
func TestColumnsBehindTabs(t *testing.T) {
	list := problemsOf(t, "clerk: {secret_key_env: CLERK_SECRET_KEY}\nsources:\n\t- name: hr\n\t  csv:\n\t\tpath: p.csv\n\t\tcolums: {}\n")
	var at []string
	for _, p := range list {
		at = append(at, p.place())
	}
	if len(list) < 3 || !slices.Contains(at, "rollcall.yaml:6:3: sources[0].csv") || list[0].place() != "rollcall.yaml:1:1: rules" {
		t.Errorf("%q", at)
	}
}

func TestRanges(t *testing.T) {
	for want, numbers := range map[string][]int{"": nil, "4": {4}, "4, 5": {4, 5}, "4 to 6": {4, 5, 6}, "1, 3 to 5, 7, 8": {1, 3, 4, 5, 7, 8}} {
		if got := ranges(numbers); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A misspelt key is one problem: that the key which was meant is missing is no second one.
// A key that is in the wrong section is told where it belongs.
func TestMisspeltAndMisplacedKeys(t *testing.T) {
	for text, want := range map[string][]string{
		strings.Replace(sound, "rules:", "rulez:", 1) + "sync: {removals: none}\n":    {`rollcall.yaml:3:1: unknown key "rulez": did you mean "rules"?`},
		strings.Replace(sound, "email:", "emial:", 1) + "sync: {removals: none}\n":    {`rollcall.yaml:2:59: sources[0].csv.columns: unknown key "emial": did you mean "email"?`},
		strings.Replace(sound, "columns:", "colums:", 1) + "sync: {removals: none}\n": {`rollcall.yaml:2:41: sources[0].csv: unknown key "colums": did you mean "columns"?`},
		sound + "email_domains: [corp.example]\n": {
			`rollcall.yaml:1:1: sync.removals: missing: choose none (never remove), managed (remove only members that rollcall added) or all`,
			`rollcall.yaml:5:1: unknown key "email_domains" here: did you mean sync.email_domains?`,
		},
		strings.Replace(sound, "csv: {path: p.csv,", "path: p.csv, csv: {", 1) + "sync: {removals: none}\n": {
			`rollcall.yaml:2:22: sources[0]: unknown key "path" here: did you mean sources[0].csv.path?`,
			`rollcall.yaml:2:35: sources[0].csv.path: missing: set path to a file, a glob, or - for standard input, or set url`,
		},
		sound + "sync: {removals: none, x: 1}\n": {`rollcall.yaml:5:24: sync: unknown key "x"; known keys here: admin_roles, adopt, ambiguous, `},
		sound + "sync: {}\n":                     {`rollcall.yaml:5:1: sync.removals: missing: choose none`},
	} {
		list := problemsOf(t, text)
		if len(list) != len(want) {
			t.Errorf("%s\ngives\n%v", text, list)
			continue
		}
		for i, p := range list {
			if !strings.HasPrefix(p.Error(), want[i]) {
				t.Errorf("got  %v\nwant %s", p, want[i])
			}
		}
	}
}
