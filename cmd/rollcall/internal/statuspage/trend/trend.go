// Package trend keeps how many members organizations had on the last days, and draws it.
// All of it is in trend.go. It imports sync and plan for the report of a run, and facts
// for numbers.
package trend

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/plan"
)

// Trend is how many members organizations had on the last days. The journal has
// changes only, so the page keeps these figures itself.
type Trend struct {
	// Last is the newest day, in UTC. Members has a figure for each day up to it, by
	// the id of the organization; -1 is not known.
	Last    time.Time        `json:"last"`
	Members map[string][]int `json:"members"`
}

const (
	trendDays = 30
	// trendOrganizations bounds what is kept, at the first ids in order.
	trendOrganizations = 1000
	unknown            = -1
	day                = 24 * time.Hour
)

// With adds the figures of a whole run to a trend, which may be nil.
func (t *Trend) With(r *sync.Report, at time.Time) *Trend {
	next := &Trend{Last: at.UTC().Truncate(day), Members: map[string][]int{}}
	shift := 0
	if t != nil {
		shift = int(next.Last.Sub(t.Last) / day)
		if shift < 0 { // the clock was set back
			shift, next.Last = 0, t.Last
		}
	}
	organizations := slices.DeleteFunc(slices.Clone(r.Plan.Organizations), func(o plan.Organization) bool { return o.IsAccounts() })
	slices.SortFunc(organizations, func(a, b plan.Organization) int { return strings.Compare(a.ID, b.ID) })
	for i := range organizations[:min(len(organizations), trendOrganizations)] {
		o := &organizations[i]
		days := slices.Repeat([]int{unknown}, trendDays)
		if t != nil && len(t.Members[o.ID]) == trendDays && shift < trendDays {
			copy(days, t.Members[o.ID][shift:])
		}
		days[trendDays-1], _, _ = r.Now(o)
		next.Members[o.ID] = days
	}
	return next
}

// Sparkline is a trend as a small picture.
type Sparkline struct{ Points, Label string }

const (
	sparkWidth  = 120
	sparkHeight = 24
	sparkMargin = 2
)

// Sparkline draws an organization; it is empty if fewer than two days are known.
func (t *Trend) Sparkline(id string) Sparkline {
	if t == nil || len(t.Members[id]) != trendDays {
		return Sparkline{}
	}
	days := t.Members[id]
	first := slices.IndexFunc(days, func(n int) bool { return n != unknown })
	if first < 0 || first == trendDays-1 {
		return Sparkline{}
	}
	least, most := days[first], days[first]
	for _, n := range days[first:] {
		if n != unknown {
			least, most = min(least, n), max(most, n)
		}
	}
	var points []string
	for i, n := range days {
		if n == unknown {
			continue
		}
		x := sparkMargin + float64(i)*(sparkWidth-2*sparkMargin)/(trendDays-1)
		y := float64(sparkHeight) / 2
		if most > least {
			y = sparkMargin + float64(most-n)*(sparkHeight-2*sparkMargin)/float64(most-least)
		}
		points = append(points, fmt.Sprintf("%.1f,%.1f", x, y))
	}
	began := t.Last.Add(time.Duration(first+1-trendDays) * day)
	return Sparkline{strings.Join(points, " "), fmt.Sprintf("from %s on %s to %s on %s, between %s and %s", facts.Number(days[first]), began.Format(time.DateOnly),
		facts.Number(days[trendDays-1]), t.Last.Format(time.DateOnly), facts.Number(least), facts.Number(most))}
}
