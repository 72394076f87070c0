package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rollcall/cmd/rollcall/internal/help"
)

// rulesFile lists the numbered rules by their titles.
const rulesFile = "../../sync/doc.go"

// Each rule has a text in the topic safety, and a test, or a script, with its
// number in the name. The list has no gap, and the package sync has the same.
func TestEachRuleHasATest(t *testing.T) {
	var listed []string
	for _, m := range regexp.MustCompile(`(?m)^//   - (S[0-9]{2}: .*)$`).FindAllStringSubmatch(read(t, rulesFile), -1) {
		listed = append(listed, m[1])
	}
	rules := help.Rules()
	if len(rules) < 43 || len(listed) != len(rules) {
		t.Fatalf("%d rules in the topic, %d in %s", len(rules), len(listed), rulesFile)
	}
	tested := testedRules(t)
	for i, rule := range rules {
		if want := fmt.Sprintf("S%02d", i+1); rule.Name != want {
			t.Errorf("%s stands in the place of %s", rule.Name, want)
		}
		if title := rule.Name + ": " + rule.Summary; title != listed[i] {
			t.Errorf("the topic says %q, and %s %q", title, rulesFile, listed[i])
		}
		for _, part := range []string{"- **Protects from:** ", "- **You see:** ", "- **What to do:** "} {
			if !strings.Contains(rule.Text, "\n"+part) {
				t.Errorf("%s lacks %q", rule.Name, part)
			}
		}
		if !tested[rule.Name] {
			t.Errorf("%s has no test", rule.Name)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// testedRules are those that a test or a script bears in its name.
func testedRules(t *testing.T) map[string]bool {
	t.Helper()
	tested := map[string]bool{}
	name := regexp.MustCompile(`(?m)^func Test(S[0-9]{2})`)
	err := filepath.WalkDir("../..", func(path string, _ os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasSuffix(path, "_test.go"):
			for _, m := range name.FindAllStringSubmatch(read(t, path), -1) {
				tested[m[1]] = true
			}
		case strings.HasSuffix(path, ".txtar"):
			if base := filepath.Base(path); base[0] == 's' && len(base) > 3 {
				tested[strings.ToUpper(base[:3])] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tested
}
