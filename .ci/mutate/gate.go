package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// task is what one call of the program checks.
type task struct {
	files []string
	// judges are the packages whose tests are run, each with the test files
	// that count. All tests count where there are no files.
	judges map[string][]string
	// part says that only some mutants of the files are tested.
	part func(*mutant) bool
}

// run checks the lists, tests the mutants and prints the figures. bad says
// that the gate fails.
func run(ctx context.Context, o options, out io.Writer) (bad bool, err error) {
	l, err := readLists(o.root, filepath.Join(o.root, ".ci", "mutate"))
	if err != nil {
		return false, err
	}
	t, err := l.task(o)
	if err != nil {
		return false, err
	}
	p, err := load(ctx, o.root, union(l.gate, t.files))
	if err != nil {
		return false, err
	}
	if err := p.mutate(); err != nil {
		return false, err
	}
	if err := l.checkEquivalents(p.mutants); err != nil {
		return false, err
	}
	mutants := t.mutants(p.mutants)
	if o.list {
		return false, printMutants(out, mutants)
	}
	if err := p.test(ctx, o, t, mutants, l.equivalents, out); err != nil {
		return false, err
	}
	return report(out, mutants, t.files, l.equivalents, o.workers)
}

// task finds what the options ask for.
func (l *lists) task(o options) (task, error) {
	t := task{files: l.gate, judges: map[string][]string{}}
	if len(o.files) > 0 {
		t.files = clean(o.files)
	}
	tests := clean(o.by)
	if o.quick {
		t.files, tests = l.quick, l.tests
	}
	if o.quick && (len(t.files) == 0 || len(tests) == 0) {
		return t, fmt.Errorf("quick.txt lists %d files and %d files of tests", len(t.files), len(tests))
	}
	for _, path := range tests {
		t.judges[filepath.Dir(path)] = append(t.judges[filepath.Dir(path)], path)
	}
	if len(tests) == 0 {
		for _, path := range t.files {
			for _, dir := range append(clean(l.judges[path]), filepath.Dir(path)) {
				t.judges[dir] = nil
			}
		}
	}
	var err error
	t.part, err = o.part()
	return t, err
}

// part is the filter of -only and -again.
func (o options) part() (func(*mutant) bool, error) {
	earlier := ""
	if o.again != "" {
		path := o.again
		if !filepath.IsAbs(path) {
			path = filepath.Join(o.root, path)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		earlier = string(b) + "\n"
	}
	return func(m *mutant) bool {
		key := m.key()
		survivor := strings.Contains(earlier, ": "+key+" (") || strings.Contains(earlier, ": "+key+"\n")
		return strings.Contains(key, o.only) && (o.again == "" || survivor)
	}, nil
}

// mutants are those of the task, in the order of its files.
func (t task) mutants(all []*mutant) []*mutant {
	var list []*mutant
	for _, path := range t.files {
		for _, m := range all {
			if m.file == path && t.part(m) {
				list = append(list, m)
			}
		}
	}
	return list
}

func printMutants(out io.Writer, list []*mutant) error {
	for _, m := range list {
		if _, err := fmt.Fprintf(out, "%s:%d: %s\n", m.file, m.line, m.key()); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(out, len(list), "mutants")
	return err
}

func clean(paths []string) []string {
	var list []string
	for _, p := range paths {
		list = append(list, filepath.Clean(p))
	}
	return list
}

// union has the paths of both lists once, in their order.
func union(a, b []string) []string {
	list := slices.Clone(a)
	for _, path := range b {
		if !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	return list
}
