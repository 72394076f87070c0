package report

import (
	"cmp"
	"maps"
	"slices"

	"rollcall/sync"
)

// chart is a picture of changes, one bar for each organization or role.
type chart struct {
	Title string
	Bars  []bar
	// More counts the bars left out.
	More int
}

// bar is one bar; X and W are where its pieces begin and how wide they are, of barWidth.
type bar struct {
	Label string
	tally
	X, W [3]int
}

const (
	barWidth = 300
	maxBars  = 15
)

// charts picture all changes of a plan, held and skipped ones too: what is
// held is what somebody has to look at.
func charts(plan *sync.Plan) []chart {
	organizations, roles := map[string]*tally{}, map[string]*tally{}
	for o, c := range plan.Changes() {
		at(organizations, o.Label()).count(c.Action)
		if c.Action == sync.SetRole { // whoever changes a role leaves one and comes to another
			at(roles, c.From).Remove++
			at(roles, c.To).Add++
			continue
		}
		if role := cmp.Or(c.To, c.From); role != "" {
			at(roles, role).count(c.Action)
		}
	}
	var out []chart
	for _, one := range []struct {
		title string
		of    map[string]*tally
	}{{"Changes by organization", organizations}, {"People who come to a role (+) and leave it (−)", roles}} {
		if len(one.of) > 0 {
			out = append(out, newChart(one.title, one.of))
		}
	}
	return out
}

func at(tallies map[string]*tally, name string) *tally {
	if tallies[name] == nil {
		tallies[name] = &tally{}
	}
	return tallies[name]
}

// newChart draws the longest bars.
func newChart(title string, tallies map[string]*tally) chart {
	names := slices.SortedFunc(maps.Keys(tallies), func(a, b string) int {
		return cmp.Or(cmp.Compare(tallies[b].all(), tallies[a].all()), cmp.Compare(a, b))
	})
	c := chart{Title: title, More: max(0, len(names)-maxBars)}
	longest := tallies[names[0]].all()
	for _, name := range names[:min(len(names), maxBars)] {
		b := bar{Label: brief(name), tally: *tallies[name]}
		end := 0
		for i, n := range []int{b.Add, b.Change, b.Remove} {
			b.X[i], b.W[i] = end, n*barWidth/longest
			if n > 0 {
				b.W[i] = max(b.W[i], 2) // what is there is seen
			}
			end += b.W[i]
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}
