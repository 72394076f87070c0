package source

import "strings"

// Nearest is the known word that a typo can have come from: few letters apart
// for its length, or the same but for dashes and case. Empty when none is near.
func Nearest(word string, known []string) string {
	best, least := "", len(word)/3+2
	for _, k := range known {
		if foldWord(k) == foldWord(word) {
			return k
		}
		if d := distance(word, k); d < least || d == least && best > k { // in whatever order they are known
			best, least = k, d
		}
	}
	return best
}

func foldWord(key string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(key))
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
