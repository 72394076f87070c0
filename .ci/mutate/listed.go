package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// readListed reads the mutants that nobody can notice, with their reasons:
// the key on a line of its own, the reason indented on the following ones.
func readListed(path string) (map[string]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	reasons := map[string]string{}
	key := ""
	for i, line := range strings.Split(string(b), "\n") {
		text := strings.TrimSpace(line)
		switch {
		case text == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, " "):
			if key == "" {
				return nil, fmt.Errorf("%s:%d: a reason without a mutant", path, i+1)
			}
			reasons[key] = strings.TrimSpace(reasons[key] + " " + text)
		default:
			if _, twice := reasons[text]; twice {
				return nil, fmt.Errorf("%s:%d: listed twice", path, i+1)
			}
			key = text
			reasons[key] = ""
		}
	}
	for _, k := range sortedKeys(reasons) {
		if reasons[k] == "" {
			return nil, fmt.Errorf("%s: no reason is given for %s", path, k)
		}
	}
	return reasons, nil
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
