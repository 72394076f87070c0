package source

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Nearest is the known word that a typo can have come from: few letters apart
// for its length, or the same but for dashes and case. Empty when none is near.
func Nearest(word string, known []string) string {
	best, least, folded := "", len(word)/3+2, foldWord(word)
	for _, k := range known {
		if foldWord(k) == folded {
			return k
		}
		if d := distance(word, k); d < least || d == least && best > k { // in whatever order they are known
			best, least = k, d
		}
	}
	return best
}

// DidYouMean asks at the end of an error for the known word that is nearest; empty if
// none is near.
func DidYouMean(word string, known []string) string { return Meant(Nearest(word, known)) }

// Meant asks at the end of an error for a word that is near; empty if there is none.
func Meant(near string) string {
	if near == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near)
}

var dropMarks = strings.NewReplacer("-", "", "_", "", " ", "")

func foldWord(key string) string {
	return strings.ToLower(dropMarks.Replace(key))
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

// Similar reports whether two headings or names differ in letter case, in characters that
// are neither letters nor digits, or by one slip of a finger.
func Similar(a, b string) bool {
	x, y := []rune(Letters(a)), []rune(Letters(b))
	if len(x) < len(y) {
		x, y = y, x
	}
	if len(y) < 4 {
		return len(y) > 0 && slices.Equal(x, y)
	}
	return len(x)-len(y) <= 1 && slipped(x, y)
}

// SimilarTo is the first known name that is similar to a word; empty if there is none.
func SimilarTo(word string, known []string) string {
	if i := slices.IndexFunc(known, func(k string) bool { return Similar(k, word) }); i >= 0 {
		return known[i]
	}
	return ""
}

// Letters are the letters and digits of a name, in lower case: two names that have the
// same look alike to people.
func Letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// slipped reports whether x, at least as long as y, is y with at most one
// character added, changed or swapped with its neighbour.
func slipped(x, y []rune) bool {
	head := 0
	for head < len(y) && x[head] == y[head] {
		head++
	}
	x, y = x[head:], y[head:]
	tail := 0
	for tail < len(y) && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	x, y = x[:len(x)-tail], y[:len(y)-tail]
	swapped := len(x) == 2 && len(y) == 2 && x[0] == y[1] && x[1] == y[0]
	return len(x) <= 1 || swapped
}
