package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// lists are the text files that say what is checked.
type lists struct {
	// gate has the files in their order, and judges by file the packages whose
	// tests judge it besides those of its own package.
	gate   []string
	judges map[string][]string
	// quick are the files of quick.txt, and tests the test files there.
	quick, tests []string
	// equivalents have the reason of each mutant that no test can notice.
	equivalents map[string]string
}

// readLists reads the text files in dir. Every file that they name must be
// below root.
func readLists(root, dir string) (*lists, error) {
	l := &lists{judges: map[string][]string{}}
	if err := l.readGate(filepath.Join(dir, "gate.txt")); err != nil {
		return nil, err
	}
	if err := l.readQuick(filepath.Join(dir, "quick.txt")); err != nil {
		return nil, err
	}
	var err error
	if l.equivalents, err = readEquivalents(filepath.Join(dir, "equivalent.txt")); err != nil {
		return nil, err
	}
	return l, errors.Join(l.checkFiles(root), l.checkReferences())
}

// readGate reads a file of the gate a line, and behind it the packages that
// judge it too.
func (l *lists) readGate(path string) error {
	rows, err := readRows(path)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if slices.Contains(l.gate, row[0]) {
			return fmt.Errorf("%s: %s is listed twice", path, row[0])
		}
		l.gate = append(l.gate, row[0])
		l.judges[row[0]] = row[1:]
	}
	if len(l.gate) == 0 {
		return fmt.Errorf("%s: no file is listed", path)
	}
	return nil
}

// readQuick reads a file a line: one to be mutated, or one of tests.
func (l *lists) readQuick(path string) error {
	rows, err := readRows(path)
	if err != nil {
		return err
	}
	for _, row := range rows {
		switch {
		case len(row) != 1:
			return fmt.Errorf("%s: %s: one path a line", path, strings.Join(row, " "))
		case strings.HasSuffix(row[0], "_test.go"):
			l.tests = append(l.tests, row[0])
		default:
			l.quick = append(l.quick, row[0])
		}
	}
	return nil
}

// readRows splits the lines that are neither empty nor comments.
func readRows(path string) ([][]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for line := range strings.Lines(string(b)) {
		if row := strings.Fields(line); len(row) > 0 && !strings.HasPrefix(row[0], "#") {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// readEquivalents reads the key of a mutant on a line of its own, and the
// reason indented on the lines that follow.
func readEquivalents(path string) (map[string]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	reasons := map[string]string{}
	key := ""
	for i, line := range strings.Split(string(b), "\n") {
		text := strings.TrimSpace(line)
		_, twice := reasons[text]
		switch {
		case text == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, " ") && key == "":
			return nil, fmt.Errorf("%s:%d: a reason without a mutant", path, i+1)
		case strings.HasPrefix(line, " "):
			reasons[key] = strings.TrimSpace(reasons[key] + " " + text)
		case twice:
			return nil, fmt.Errorf("%s:%d: listed twice", path, i+1)
		default:
			key, reasons[text] = text, ""
		}
	}
	for _, k := range sortedKeys(reasons) {
		if reasons[k] == "" {
			return nil, fmt.Errorf("%s: no reason is given for %s", path, k)
		}
	}
	return reasons, nil
}

// checkFiles fails for every listed file or package that does not exist.
func (l *lists) checkFiles(root string) error {
	var problems []error
	for _, path := range slices.Concat(l.gate, l.quick, l.tests) {
		info, err := os.Stat(filepath.Join(root, path))
		if err != nil || !info.Mode().IsRegular() {
			problems = append(problems, fmt.Errorf("%s is listed, but is not a file", path))
		}
	}
	for _, path := range l.gate {
		for _, dir := range l.judges[path] {
			info, err := os.Stat(filepath.Join(root, dir))
			if err != nil || !info.IsDir() {
				problems = append(problems, fmt.Errorf("%s is listed as a judge of %s, but is not a directory", dir, path))
			}
		}
	}
	return errors.Join(problems...)
}

// checkReferences fails for what no line of gate.txt stands for.
func (l *lists) checkReferences() error {
	var problems []error
	for _, path := range l.quick {
		if !slices.Contains(l.gate, path) {
			problems = append(problems, fmt.Errorf("%s stands in quick.txt, but not in gate.txt", path))
		}
	}
	for _, key := range sortedKeys(l.equivalents) {
		if path, _, _ := strings.Cut(key, " "); !slices.Contains(l.gate, path) {
			problems = append(problems, fmt.Errorf("equivalent.txt names a file that is not in gate.txt: %s", key))
		}
	}
	return errors.Join(problems...)
}

// checkEquivalents fails for every entry that matches no mutant.
func (l *lists) checkEquivalents(all []*mutant) error {
	known := map[string]bool{}
	for _, m := range all {
		known[m.key()] = true
	}
	var problems []error
	for _, key := range sortedKeys(l.equivalents) {
		if !known[key] {
			problems = append(problems, fmt.Errorf("equivalent.txt lists a mutant that does not exist: %s", key))
		}
	}
	return errors.Join(problems...)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
