package webpage

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/report/facts"
)

// Part is so much of a list as a browser lays out at once.
type Part[R any] struct {
	Heading string
	// Whole says that the list has no other part.
	Whole bool
	Rows  []R
}

// PartLength keeps a page of thousands quick to open: what is out of sight is
// not laid out, part by part.
const PartLength = 250

// Split cuts a list into its parts.
func Split[R any](heading string, rows []R) []Part[R] {
	var parts []Part[R]
	from := 1
	for some := range slices.Chunk(rows, PartLength) {
		to := from + len(some) - 1
		parts = append(parts, Part[R]{PartHeading(heading, from, to, len(rows)), len(some) == len(rows), some})
		from = to + 1
	}
	return parts
}

// PartHeading is the heading of a list above the rows of one part.
func PartHeading(heading string, from, to, all int) string {
	if from == 1 && to == all {
		return heading + ": " + facts.Number(all)
	}
	return fmt.Sprintf("%s: %s to %s of %s", heading, facts.Number(from), facts.Number(to), facts.Number(all))
}

// Anchors are the ids that a page has given already.
type Anchors map[string]bool

// ID makes an id of a name. The name comes from outside, so the id has letters,
// digits and dashes only (S35), and no two names get the same one.
func (a Anchors) ID(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_') {
			return r
		}
		return '-'
	}, name)
	id := clean
	for n := 2; a[id]; n++ {
		id = fmt.Sprintf("%s-%d", clean, n)
	}
	a[id] = true
	return id
}
