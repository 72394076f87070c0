package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A command that asks nobody needs no secret and no variable, one that asks the sources
// needs theirs, and a run needs all of them. What else is wrong is refused by each.
func TestEachCommandReadsWhatItNeeds(t *testing.T) {
	t.Parallel()
	const text = `
clerk: {secret_key_file: "${KEY_DIR}/key"}
sources: [{name: hr, csv: {path: "${PEOPLE}", columns: {email: email, groups: teams}}}]
rules: [{groups: [staff], organization: acme, role: "org:member"}]
sync: {removals: managed}
`
	for name, x := range map[string]struct {
		load func(string, func(string) (string, bool)) (*Config, error)
		want string // what of it is a problem, if nothing is set
	}{"rules": {LoadRules, ""}, "sources": {LoadSources, "PEOPLE"}, "run": {Load, "KEY_DIR PEOPLE"}} {
		file := filepath.Join(t.TempDir(), "rollcall.yaml")
		write := func(text string) {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		unset := func(string) (string, bool) { return "", false }
		write(text)
		var got []string
		_, err := x.load(file, unset)
		for _, variable := range []string{"KEY_DIR", "PEOPLE"} {
			if err != nil && strings.Contains(err.Error(), "environment variable "+variable+" is not set") {
				got = append(got, variable)
			}
		}
		if strings.Join(got, " ") != x.want || (err == nil) != (x.want == "") {
			t.Errorf("%s: %v", name, err)
		}
		write(strings.Replace(text, "acme", "", 1))
		if _, err := x.load(file, func(string) (string, bool) { return "x", true }); err == nil || !strings.Contains(err.Error(), "rules[0].organization") {
			t.Errorf("%s: a rule without an organization: %v", name, err)
		}
	}
}
