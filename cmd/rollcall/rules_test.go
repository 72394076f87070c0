package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rulesFile lists the numbered rules; it lies outside the repository.
const rulesFile = "../../../shared/safety.md"

// Each rule has a test, or a script, with its number in the name, and stands
// in package sync's own words.
func TestEachRuleHasATest(t *testing.T) {
	text, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Skipf("the numbered rules are not at hand: %v", err)
	}
	var rules []string
	for _, m := range regexp.MustCompile(`\*\*(S[0-9]{2})\b`).FindAllStringSubmatch(string(text), -1) {
		rules = append(rules, m[1])
	}
	slices.Sort(rules)
	if rules = slices.Compact(rules); len(rules) < 38 {
		t.Fatalf("only %d rules found", len(rules))
	}
	doc := read(t, "../../sync/doc.go")
	tested := testedRules(t)
	for _, rule := range rules {
		if !tested[rule] {
			t.Errorf("%s has no test", rule)
		}
		if !strings.Contains(doc, "- "+rule+":") {
			t.Errorf("%s is not in sync/doc.go", rule)
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
