package main

import (
	"strings"
	"testing"
)

// twoPackages is a repository in which the tests of high judge low.
func twoPackages(t *testing.T) string {
	return repository(t, map[string]string{
		"low/low.go": `package low

// Limit is n, and at most 10.
func Limit(n int) int {
	if n > 10 {
		return 10
	}
	return n
}
`,
		"low/low_test.go": `package low

import "testing"

func TestSmall(t *testing.T) {
	if Limit(3) != 3 {
		t.Fatal("3")
	}
}
`,
		"high/high.go": "package high\n\nimport \"example/low\"\n\n// Double is twice the limit of n.\nfunc Double(n int) int { return 2 * low.Limit(n) }\n",
		"high/high_test.go": `package high

import "testing"

func TestLarge(t *testing.T) {
	if Double(11) != 20 {
		t.Fatal("11")
	}
}
`,
		".ci/mutate/gate.txt":       "# the gate\nlow/low.go high\n",
		".ci/mutate/quick.txt":      "low/low.go\nlow/low_test.go\n",
		".ci/mutate/equivalent.txt": "low/low.go Limit: n > 10 => >=\n    At 10 both branches return 10.\n",
	})
}

func TestGateHoldsWhenEveryMutantDies(t *testing.T) {
	output, code := mutate(t, twoPackages(t))
	contains(t, output, "high: 1 tests\n", "low: 1 tests\n", "low/low.go        6        5        0           1         0")
	if code != 0 || strings.Contains(output, "survived:") {
		t.Errorf("status %d\n%s", code, output)
	}
}

// The test of low looks at no number over 10.
func TestGateFailsForASurvivor(t *testing.T) {
	output, code := mutate(t, twoPackages(t), "-quick")
	contains(t, output, "SURVIVED low/low.go:5: low/low.go Limit: n > 10 => false\n", "survived: low/low.go:6: low/low.go Limit: 10 => +1 (2) (0 tests reach it)")
	if code != 1 || strings.Contains(output, "high:") {
		t.Errorf("status %d\n%s", code, output)
	}
}

func TestGateFailsForAListedMutantThatDies(t *testing.T) {
	root := twoPackages(t)
	put(t, root, ".ci/mutate/equivalent.txt", "low/low.go Limit: n > 10 => true\n    Wrong.\n")
	output, code := mutate(t, root, "-only", "n > 10 => true")
	contains(t, output, "LISTED, BUT DIES low/low.go:5: low/low.go Limit: n > 10 => true\n")
	if code != 1 {
		t.Errorf("status %d\n%s", code, output)
	}
}

func TestGateRefusesATestThatFailsByItself(t *testing.T) {
	root := twoPackages(t)
	put(t, root, "low/fail_test.go", "package low\n\nimport \"testing\"\n\nfunc TestFails(t *testing.T) { t.Fatal() }\n")
	output, code := mutate(t, root)
	contains(t, output, "TestFails of low fails without a mutant")
	if code != 2 {
		t.Errorf("status %d\n%s", code, output)
	}
}

// What the lists name and what there is must agree, or nothing is tested.
func TestGateRefusesListsThatMatchNothing(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"file", "gate.txt", "low/low.go\nlow/moved.go\n", "low/moved.go is listed, but is not a file"},
		{"empty gate", "gate.txt", "# nothing\n", "gate.txt: no file is listed"},
		{"twice", "gate.txt", "low/low.go\nlow/low.go\n", "low/low.go is listed twice"},
		{"judge", "gate.txt", "low/low.go higher\n", "higher is listed as a judge of low/low.go, but is not a directory"},
		{"file without mutants", "gate.txt", "low/low.go\nlow/doc.go\n", "low/doc.go has nothing that can be changed"},
		{"file of another system", "gate.txt", "low/low.go\nlow/low_plan9.go\n", "low/low_plan9.go is not a file of the package"},
		{"quick file", "quick.txt", "low/moved.go\nlow/low_test.go\n", "low/moved.go is listed, but is not a file"},
		{"quick test file", "quick.txt", "low/low.go\nlow/moved_test.go\n", "low/moved_test.go is listed, but is not a file"},
		{"quick file outside the gate", "quick.txt", "high/high.go\n", "high/high.go stands in quick.txt, but not in gate.txt"},
		{"two paths", "quick.txt", "low/low.go low\n", "low/low.go low: one path a line"},
		{"mutant", "equivalent.txt", "low/low.go Limit: n > 11 => >=\n    Why.\n", "equivalent.txt lists a mutant that does not exist: low/low.go Limit: n > 11 => >="},
		{"mutant of another file", "equivalent.txt", "low/moved.go Limit: n > 10 => >=\n    Why.\n", "equivalent.txt names a file that is not in gate.txt: low/moved.go Limit"},
		{"no reason", "equivalent.txt", "low/low.go Limit: n > 10 => >=\n", "no reason is given for low/low.go Limit"},
		{"reason alone", "equivalent.txt", "    Why.\n", "equivalent.txt:1: a reason without a mutant"},
		{"mutant twice", "equivalent.txt", "a b: c => d\n    Why.\na b: c => d\n    Why.\n", "equivalent.txt:3: listed twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := twoPackages(t)
			put(t, root, "low/doc.go", "package low\n")
			put(t, root, "low/low_plan9.go", "package low\n\nfunc other() int { return 1 }\n")
			put(t, root, ".ci/mutate/"+c.file, c.text)
			output, code := mutate(t, root, "-list")
			contains(t, output, c.want)
			if code != 2 {
				t.Errorf("status %d\n%s", code, output)
			}
		})
	}
}

func TestGateRefusesTestsThatDoNotRun(t *testing.T) {
	for _, c := range []struct{ name, path, text, want string }{
		{"no test in the file", "low/low_test.go", "package low\n", "low/low_test.go has no test that runs"},
		{"left out", "low/low_test.go", "package low\n\nimport \"testing\"\n\nfunc TestRandom(t *testing.T) {}\n", "low/low_test.go has no test that runs"},
		{"stored failure", "low/testdata/rapid/TestSmall/1.fail", "x", "an earlier failure would be replayed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := twoPackages(t)
			put(t, root, c.path, c.text)
			output, code := mutate(t, root, "-quick")
			contains(t, output, c.want)
			if code != 2 {
				t.Errorf("status %d\n%s", code, output)
			}
		})
	}
}

func TestOptionsThatDoNotGoTogether(t *testing.T) {
	root := twoPackages(t)
	for _, args := range [][]string{{"-quick", "low/low.go"}, {"-quick", "-by", "low/low_test.go"}, {"-workers", "0"}, {"-nothing"}, {"-again", "missing.txt"}, {"low/missing.go"}} {
		if output, code := mutate(t, root, args...); code != 2 || output == "" {
			t.Errorf("%v: status %d, %q", args, code, output)
		}
	}
}

func TestAgainTakesTheSurvivorsOfAnEarlierRun(t *testing.T) {
	root := twoPackages(t)
	put(t, root, "before.txt", "survived: low/low.go:5: low/low.go Limit: n > 10 => false (1 tests reach it)\nSURVIVED low/low.go:5: low/low.go Limit: 10 => +1\n")
	output, code := mutate(t, root, "-list", "-again", "before.txt")
	want := "low/low.go:5: low/low.go Limit: n > 10 => false\nlow/low.go:5: low/low.go Limit: 10 => +1\n2 mutants\n"
	if code != 0 || output != want {
		t.Errorf("status %d, got\n%s", code, output)
	}
}
