package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// script stands for a test binary: it prints and fails as the text says.
func script(t *testing.T, text string) *binary {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "script.test")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return &binary{root: dir, dir: ".", file: file}
}

func probes(b *binary, names ...string) []*probe {
	var list []*probe
	for _, name := range names {
		list = append(list, &probe{binary: b, name: name, cost: time.Millisecond, near: map[string]int{}})
	}
	return list
}

func TestFates(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       fate
	}{
		{"every test passes", "exit 0", survived},
		{"a test fails", "echo '--- FAIL: TestA (0.00s)'; exit 1", killed},
		{"a crash names no test", "echo 'panic: index out of range'; exit 2", killed},
		{"a test does not end", "echo 'panic: test timed out after 20s'; exit 2", timedOut},
		{"a test fails once only", "[ ! -e once ] || exit 0; touch once; echo '--- FAIL: TestA (0.00s)'; exit 1", survived},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &mutant{id: 1, file: "a.go", function: "f"}
			s := &suite{out: io.Discard, probes: map[int][]*probe{1: probes(script(t, c.text), "TestA", "TestB")}}
			if got := s.try(t.Context(), m); got != c.want {
				t.Errorf("fate %d, want %d", got, c.want)
			}
		})
	}
}

// A mutant that no test reaches survives without a run.
func TestUnreachedMutantSurvives(t *testing.T) {
	s := &suite{probes: map[int][]*probe{}}
	if got := s.try(t.Context(), &mutant{id: 1}); got != survived {
		t.Errorf("fate %d", got)
	}
}

func TestTestsThatKillComeFirst(t *testing.T) {
	all := probes(script(t, ""), "TestA", "TestB", "TestC")
	all[0].tries = 20
	all[1].kills = 1
	all[2].near["a.go f"] = 1
	m := &mutant{id: 1, file: "a.go", function: "f"}
	s := &suite{probes: map[int][]*probe{1: all}}
	var names []string
	for _, p := range s.order(m) {
		names = append(names, p.name)
	}
	if !slices.Equal(names, []string{"TestC", "TestB", "TestA"}) {
		t.Errorf("order %v", names)
	}
}

func TestBatchIsOfOneBinaryAndHasALimit(t *testing.T) {
	first, second := script(t, ""), script(t, "")
	tests := slices.Concat(probes(first, "TestA"), probes(second, "TestB"), probes(first, "TestC", "TestD"))
	tests[0].cost, tests[2].cost = 60*time.Millisecond, 30*time.Millisecond
	tests[3].cost = 20 * time.Millisecond
	s := &suite{}
	if got := pattern(s.batch(tests, 1)); got != "^(TestA|TestC)$" {
		t.Errorf("batch %s", got)
	}
	if got := pattern(s.batch(tests, 3)); got != "^(TestA|TestC|TestD)$" {
		t.Errorf("larger batch %s", got)
	}
	if tests[0].tries != 2 || tests[1].tries != 0 || tests[3].tries != 1 {
		t.Error("the tries are not counted")
	}
	tests[0].duration = time.Second
	if got := limit(tests[:1]); got != 30*time.Second {
		t.Errorf("limit %s", got)
	}
}

func TestReportOfFates(t *testing.T) {
	list := []*mutant{
		{file: "a.go", line: 1, function: "f", before: "x", after: "y", fate: killed, took: 2 * time.Minute},
		{file: "a.go", line: 2, function: "f", before: "x", after: "z", fate: timedOut},
		{file: "a.go", line: 3, function: "g", before: "x", after: "y", nth: 2},
		{file: "b.go", line: 4, function: "h", before: "x", after: "y"},
	}
	reasons := map[string]string{"a.go f: x => y": "dies", "a.go g: x => y (2)": "stays"}
	var out strings.Builder
	bad, err := report(&out, list, []string{"a.go", "b.go", "long/path.go"}, reasons, 2)
	if err != nil || !bad {
		t.Errorf("%v, %v", bad, err)
	}
	want := `
file          mutants   killed  timeout  equivalent  survived  minutes
a.go                3        1        1           1         0      1.0
b.go                1        0        0           0         1      0.0
long/path.go        0        0        0           0         0      0.0
LISTED, BUT DIES a.go:1: a.go f: x => y
SURVIVED b.go:4: b.go h: x => y
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

func TestHitsAreReadOnceEach(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hits")
	if ids, err := readHits(file); err != nil || ids != nil {
		t.Errorf("no file: %v, %v", ids, err)
	}
	put(t, filepath.Dir(file), "hits", "7\n2\n7\n")
	if ids, err := readHits(file); err != nil || !slices.Equal(ids, []int{2, 7}) {
		t.Errorf("%v, %v", ids, err)
	}
	put(t, filepath.Dir(file), "hits", "seven\n")
	if _, err := readHits(file); err == nil {
		t.Error("a text passes for a number")
	}
}
