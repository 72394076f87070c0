package main

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var dependencyRow = regexp.MustCompile(`(?m)^\| ([a-z][^ |]*\.[^ |]+) \| [^|]{4,} \|$`)

// Each module that go.mod names has a reason in .github/DEPENDENCIES.md, in the list
// of the program or in the other one. What only tests need is not in the program.
func TestDependenciesHaveReasons(t *testing.T) {
	inProgram, others, found := strings.Cut(read(t, "../../.github/DEPENDENCIES.md"), "\n## In tests")
	if !found {
		t.Fatal("the document has no two lists")
	}
	linked := output(t, "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
	var want [2][]string
	for _, path := range direct(t) {
		list := 1
		if slices.Contains(linked, path) {
			list = 0
		}
		want[list] = append(want[list], path)
	}
	for i, text := range []string{inProgram, others} {
		var got []string
		for _, m := range dependencyRow.FindAllStringSubmatch(text, -1) {
			got = append(got, m[1])
		}
		if len(want[i]) < 5 || !slices.Equal(got, want[i]) {
			t.Errorf("list %d:\n%q, want\n%q", i+1, got, want[i])
		}
	}
}

// direct are the modules that go.mod requires for this module's own sake.
func direct(t *testing.T) []string {
	t.Helper()
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal([]byte(strings.Join(output(t, "go", "mod", "edit", "-json"), "\n")), &mod); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, m := range mod.Require {
		if !m.Indirect {
			paths = append(paths, m.Path)
		}
	}
	slices.Sort(paths)
	return paths
}

func output(t *testing.T, name string, args ...string) []string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
