package switches

import (
	"os"
	"path/filepath"
	"testing"
)

// activate makes the mutant the active one for this test.
func activate(t *testing.T, id int) {
	t.Helper()
	before := mutActive
	mutActive = id
	t.Cleanup(func() { mutActive = before })
}

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		active                        int
		forTrue, forFalse, not, stays bool
	}{
		{0, true, false, true, true},
		{1, true, true, true, true},
		{2, false, false, true, true},
		{3, true, false, false, true},
		{4, true, false, true, false},
	} {
		activate(t, c.active)
		if mutBool(true, 1, 2) != c.forTrue || mutBool(false, 1, 2) != c.forFalse || mutNot(true, 3) != c.not || mutKeep(4) != c.stays {
			t.Errorf("mutant %d: %v %v %v %v", c.active, mutBool(true, 1, 2), mutBool(false, 1, 2), mutNot(true, 3), mutKeep(4))
		}
	}
}

func TestComparisonsMoveByOne(t *testing.T) {
	for _, op := range []string{"<", "<=", ">", ">="} {
		for _, b := range []int{1, 2, 3} {
			compare := map[string]bool{"<": 2 < b, "<=": 2 <= b, ">": 2 > b, ">=": 2 >= b}
			other := map[string]string{"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
			activate(t, 0)
			if mutCompare(op, 1, 2, b) != compare[op] {
				t.Errorf("2 %s %d without a mutant", op, b)
			}
			activate(t, 1)
			if mutCompare(op, 1, 2, b) != compare[other[op]] {
				t.Errorf("2 %s %d with the mutant", op, b)
			}
		}
	}
}

func TestArithmetic(t *testing.T) {
	for _, c := range []struct {
		op            string
		before, after int
	}{{"+", 8, 4}, {"-", 4, 8}, {"*", 12, 3}, {"/", 3, 12}} {
		activate(t, 0)
		before := mutArith(c.op, 1, 6, 2)
		activate(t, 1)
		if after := mutArith(c.op, 1, 6, 2); before != c.before || after != c.after {
			t.Errorf("6 %s 2 is %d, and with the mutant %d", c.op, before, after)
		}
	}
}

func TestValues(t *testing.T) {
	activate(t, 0)
	if mutNumber(3, "+1", 1) != 3 || mutZero("x", 1) != "x" || mutExtreme("min", 1, 3, 2, 4) != 2 || mutExtreme("max", 1, 3, 2, 4) != 4 {
		t.Error("a value changes without a mutant")
	}
	activate(t, 1)
	if mutNumber(3, "+1", 1) != 4 || mutNumber(3, "*2", 1) != 6 || mutZero("x", 1) != "" || mutExtreme("min", 1, 3, 2, 4) != 4 || mutExtreme("max", 1, 3, 2, 4) != 2 {
		t.Error("a value does not change with the mutant")
	}
}

type (
	name   string
	action uint8
	level  int
)

// A case equals nothing under the mutant, whatever its type and value.
func TestCases(t *testing.T) {
	activate(t, 0)
	if mutCase("x", 1) != "x" || mutCase(action(0), 1) != 0 {
		t.Error("a case changes without a mutant")
	}
	activate(t, 1)
	if mutCase("", 1) == "" || mutCase(name("x"), 1) == "x" || mutCase(action(0), 1) == 0 || mutCase(action(3), 1) == 3 || mutCase(level(0), 1) == 0 || mutCase(-1, 1) == -1 {
		t.Error("a case stays with the mutant")
	}
}

func TestHitsAreWrittenOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hits")
	mutHits = mutOpen(file)
	seen := mutSeen
	mutSeen = append(mutSeen, mutSeen...)
	t.Cleanup(func() { mutHits, mutSeen = nil, seen })
	_, _, _ = mutOn(1), mutOn(1), mutOn(0)
	b, err := os.ReadFile(file)
	if err != nil || string(b) != "1\n" {
		t.Errorf("%q, %v", b, err)
	}
}
