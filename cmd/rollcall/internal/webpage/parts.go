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

// partLength keeps a page of thousands quick to open: what is out of sight is
// not laid out, part by part.
const partLength = 250

// Split cuts a list into its parts.
func Split[R any](heading string, rows []R) []Part[R] {
	all := facts.Number(len(rows))
	if len(rows) <= partLength {
		return []Part[R]{{heading + ": " + all, true, rows}}
	}
	var parts []Part[R]
	from := 1
	for some := range slices.Chunk(rows, partLength) {
		to := from + len(some) - 1
		parts = append(parts, Part[R]{fmt.Sprintf("%s: %s to %s of %s", heading, facts.Number(from), facts.Number(to), all), false, some})
		from = to + 1
	}
	return parts
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
