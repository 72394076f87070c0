package main

import (
	"encoding/json"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var dependencyRow = regexp.MustCompile(`(?m)^\| ([a-z][^ |]*\.[^ |]+) \| [^|]{4,} \|$`)

// Each module that go.mod names has a reason in .github/DEPENDENCIES.md, in the list
// of the program or in the other one. What only tests need is not in the program.
func TestDependenciesHaveReasons(t *testing.T) {
	t.Parallel()
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

// Nothing that only tests need is linked into the program: no test framework, and no
// package of ours that tests share.
func TestNoTestCodeIsInTheProgram(t *testing.T) {
	t.Parallel()
	linked := output(t, "go", "list", "-deps", ".")
	if !slices.Contains(linked, "rollcall/sync") {
		t.Fatalf("%d packages, and none of ours", len(linked))
	}
	forTests := regexp.MustCompile(`^testing(/|$)|(^|/)(testkit|suite|fake|[a-z0-9]*tests?)(/|$)|^net/http/httptest$`)
	for _, path := range linked {
		if forTests.MatchString(path) && !strings.HasPrefix(path, "internal/") {
			t.Errorf("%s is in the program", path)
		}
	}
	// The pattern knows the packages that there are for tests.
	for _, path := range []string{"testing", "testing/synctest", "net/http/httptest", "rollcall/.ci/suite", "rollcall/sync/internal/fake", "rollcall/source/ldap/ldaptest"} {
		if !forTests.MatchString(path) {
			t.Errorf("%s would not be found", path)
		}
	}
}

var description = regexp.MustCompile(`(?m)^openapi: ?["']?3|^\s*"openapi": ?"3`)

// Clerk's own files stay outside: rollcall has facts from them in its own words. The
// OpenAPI description is fetched as CONTRIBUTING says.
func TestNoFileOfClerkIsHere(t *testing.T) {
	for _, text := range []string{"openapi: 3.0.3\n", "a\nopenapi: '3.1.0'\n", "{\n \"openapi\": \"3.0.0\""} {
		if !description.MatchString(text) {
			t.Errorf("%q would not be found", text)
		}
	}
	files := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (d.Name() == ".git" || d.Name() == "dist") {
				return filepath.SkipDir
			}
			return err
		}
		if !slices.Contains([]string{".yml", ".yaml", ".json"}, filepath.Ext(path)) {
			return nil
		}
		files++
		if description.MatchString(read(t, path)) {
			t.Errorf("%s is an OpenAPI description", path)
		}
		return nil
	})
	if err != nil || files < 10 {
		t.Errorf("%d files were read, %v", files, err)
	}
	if !strings.Contains(read(t, contributingFile), "git clone https://github.com/clerk/openapi-specs") {
		t.Error("CONTRIBUTING does not say how to fetch the description")
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
