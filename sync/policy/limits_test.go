package policy

import (
	"testing"
)

// The sentence names the limit that is breached, and no other one.
func TestS17LimitText(t *testing.T) {
	g := DefaultGuards()
	for _, x := range []struct {
		limit   Limit
		n, base int
		want    string
		from    int
	}{
		{g.Removals, 6, 20, "limit: more than 10 % and more than 5 people", 2},
		{g.Removals, 12, 20, "limit: more than 10 % and more than 5 people", 2},
		{g.Removals, 2, 4, "half or more wait, from 2 people on", 2},
		{g.Removals, 5, 10, "half or more wait, from 2 people on", 2},
		{g.AdminLosses, 2, 3, "half or more wait, from 2 people on", 2},
		{g.AdminLosses, 6, 30, "more than 5 wait", 2},
		{g.AdminGrants, 6, 0, "more than 5 wait", 6},
		{g.Adds, 101, 0, "limit: more than 30 % and more than 100 people", 101},
		{Limit{People: 2, Half: 9}, 3, 50, "more than 2 wait", 3},
		{Limit{People: 0}, 1, 50, "more than 0 wait", 1},
	} {
		if got := x.limit.Text(x.n, x.base); got != x.want || x.limit.From() != x.from || !x.limit.Breached(x.n, x.base) {
			t.Errorf("%+v: %q from %d, want %q from %d", x.limit, got, x.limit.From(), x.want, x.from)
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
}
