package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unknownKey says what is wrong and what was likely meant.
func unknownKey[V any](key string, known map[string]V) string {
	keys := slices.Sorted(maps.Keys(known))
	if near := nearest(key, keys); near != "" {
		return fmt.Sprintf("unknown key %q: did you mean %q?", key, near)
	}
	return fmt.Sprintf("unknown key %q: known here are %s", key, strings.Join(keys, ", "))
}

// nearest is the known word that a typo can have come from: few letters apart
// for its length, or the same but for dashes and case. Empty when none is near.
func nearest(word string, known []string) string {
	best, least := "", len(word)/3+2
	for _, k := range known {
		if fold(k) == fold(word) {
			return k
		}
		if d := distance(word, k); d < least {
			best, least = k, d
		}
	}
	return best
}

func fold(key string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(key))
}

// distance counts the letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
