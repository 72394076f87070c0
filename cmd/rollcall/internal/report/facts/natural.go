package facts

import (
	"cmp"
	"slices"
	"strings"

	"rollcall/sync/plan"
)

// inNaturalOrder orders neighbours of one kind as people count: neu2 comes before neu10.
// The plan itself keeps the order of its bytes.
func inNaturalOrder(list []*plan.Change) {
	for len(list) > 0 {
		n := slices.IndexFunc(list, func(c *plan.Change) bool { return !sameKind(c, list[0]) })
		if n < 0 {
			n = len(list)
		}
		slices.SortStableFunc(list[:n], func(a, b *plan.Change) int { return compareNatural(a.Email, b.Email) })
		list = list[n:]
	}
}

func sameKind(a, b *plan.Change) bool {
	return a.Action == b.Action && a.Phase() == b.Phase() && order(a) == order(b)
}

// compareNatural compares texts, and the numbers in them by their values.
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		x, y := leadingDigits(a), leadingDigits(b)
		if x == "" || y == "" {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		m, n := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if c := cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n), cmp.Compare(len(x), len(y))); c != 0 {
			return c
		}
		a, b = a[len(x):], b[len(y):]
	}
	return cmp.Compare(len(a), len(b))
}

func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}
