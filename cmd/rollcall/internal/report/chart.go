package report

import (
	"cmp"
	"maps"
	"slices"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/plan"
)

// bar is one role with the changes of its people.
type bar struct {
	Label string
	tally
	Pieces []piece
}

// piece is a part of a bar: its class, where it begins and how wide it is, of
// barWidth.
type piece struct {
	Class string
	X, W  int
}

const (
	barWidth = 300
	maxBars  = 15
)

// pieceClasses are the colours of a bar, in its order.
var pieceClasses = [...]string{"add", "change", "remove", "held"}

// pieces are the parts of a bar that are not empty.
func pieces(longest int, counts ...int) []piece {
	var out []piece
	end := 0
	for i, n := range counts {
		if n > 0 {
			w := max(n*barWidth/longest, 2) // a small figure can be seen too
			out = append(out, piece{pieceClasses[i], end, w})
			end += w
		}
	}
	return out
}

// roles has a bar for each role that most changes are about. What waits and what is
// skipped counts too.
func roles(p *plan.Plan) (bars []bar, more int) {
	tallies := map[string]*tally{}
	for _, c := range p.Changes() {
		if c.Action == plan.SetRole { // one role loses the person, the other gets one
			at(tallies, c.From).Remove++
			at(tallies, c.To).Add++
			continue
		}
		if role := cmp.Or(c.To, c.From); role != "" {
			at(tallies, role).count(c.Action)
		}
	}
	names := slices.SortedFunc(maps.Keys(tallies), func(a, b string) int {
		return cmp.Or(cmp.Compare(tallies[b].all(), tallies[a].all()), cmp.Compare(a, b))
	})
	for _, name := range names[:min(len(names), maxBars)] {
		t := tallies[name]
		bars = append(bars, bar{escape.Brief(name), *t, pieces(tallies[names[0]].all(), t.Add, t.Change, t.Remove)})
	}
	return bars, max(0, len(names)-maxBars)
}

func at(tallies map[string]*tally, name string) *tally {
	if tallies[name] == nil {
		tallies[name] = &tally{}
	}
	return tallies[name]
}
