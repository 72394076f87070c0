package main

import (
	"os"
	"path/filepath"
	"testing"
)

func testdata(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// constructs.go.txt has a function for each construct, and mutants.txt what is
// changed in it.
func TestEachConstructHasItsMutants(t *testing.T) {
	root := repository(t, map[string]string{"a/a.go": testdata(t, "constructs.go.txt"), ".ci/mutate/gate.txt": "a/a.go\n"})
	output, code := mutate(t, root, "-list")
	if want := testdata(t, "mutants.txt"); code != 0 || output != want {
		t.Errorf("status %d, got\n%s\nwant\n%s", code, output, want)
	}
}

// Every instrumented text compiles, and does what the text did before.
func TestInstrumentedConstructsPassTheirTests(t *testing.T) {
	root := repository(t, map[string]string{
		"a/a.go":              testdata(t, "constructs.go.txt"),
		"a/a_test.go":         "package a\n\nimport \"testing\"\n\nfunc TestArithmetic(t *testing.T) {\n\tif arithmetic(1, 2) != 5 {\n\t\tt.Fatal()\n\t}\n}\n",
		".ci/mutate/gate.txt": "a/a.go\n",
	})
	output, code := mutate(t, root, "-only", "arithmetic:")
	contains(t, output, "a: 1 tests\n", "a/a.go        4        4        0           0         0")
	if code != 0 {
		t.Errorf("status %d\n%s", code, output)
	}
}

func TestEditsAtOnePlaceCloseBeforeTheyOpen(t *testing.T) {
	w := &walker{src: []byte("ab"), edits: []edit{{at: 1, text: "("}, {at: 1, text: ")", closing: true}, {at: 0, text: "["}, {at: 2, text: "]", closing: true}}}
	if got := string(w.text()); got != "[a)(b]" {
		t.Errorf("got %q", got)
	}
}
