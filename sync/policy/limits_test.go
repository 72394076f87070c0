package policy

import (
	"testing"
)

func TestS17LimitText(t *testing.T) {
	g := DefaultGuards()
	for want, l := range map[string]Limit{
		"more than 10 % and more than 5 people, or at least half and at least 2 people": g.Removals,
		"more than 5 people, or at least half and at least 2 people":                    g.AdminLosses,
		"more than 30 % and more than 100 people":                                       g.Adds,
	} {
		if got := l.Text(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Limits at their smallest values: 1 is a limit, and 0 is none.
func TestS17SmallestLimits(t *testing.T) {
	for name, x := range map[string]struct {
		limit   Limit
		n, base int
		held    bool
	}{
		"half from one on, one of two":     {Limit{Half: 1, People: 9}, 1, 2, true},
		"half from one on, one of three":   {Limit{Half: 1, People: 9}, 1, 3, false},
		"half off, all of them":            {Limit{Half: 0, People: 9}, 9, 9, false},
		"one percent, six of a thousand":   {Limit{Percent: 1, People: 5}, 6, 1000, false},
		"one percent, ten of a thousand":   {Limit{Percent: 1, People: 5}, 10, 1000, false},
		"one percent, one more":            {Limit{Percent: 1, People: 5}, 11, 1000, true},
		"no percent, one more than people": {Limit{People: 5}, 6, 1000, true},
		"a hundred percent, all":           {Limit{Percent: 100, People: 5}, 10, 10, false},
	} {
		if got := x.limit.Breached(x.n, x.base); got != x.held {
			t.Errorf("%s: held %t", name, got)
		}
	}
	for want, l := range map[string]Limit{
		"more than 1 % and more than 5 people, or at least half and at least 1 people": {Percent: 1, People: 5, Half: 1},
		"more than 5 people": {People: 5},
	} {
		if got := l.Text(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
