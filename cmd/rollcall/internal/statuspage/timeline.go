package statuspage

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync/journal"
)

// timeline shows the last runs as bars, the oldest first. Its figures are those of
// the SVG.
type timeline struct {
	Width, Height int
	Bars          []bar
	// Label says in words what the picture shows.
	Label string
}

// bar is a run: its height says how much was changed, its class how the run ended.
type bar struct {
	X, Y, Width, Height int
	Class               state
	Title               string
}

const (
	shownBars  = 48
	barStep    = 20 // from one bar to the next
	barWidth   = 14
	barsHeight = 60
	leastBar   = 4 // of a run that changed nothing
)

// newTimeline draws runs, which are the newest first.
func (v *view) newTimeline(runs []journal.Run) timeline {
	runs = slices.Clone(runs[:min(len(runs), shownBars)])
	slices.Reverse(runs)
	most := 1
	for i := range runs {
		most = max(most, sum(runs[i].Changes))
	}
	t := timeline{Width: barStep * len(runs), Height: barsHeight}
	ends := map[state]int{}
	for i := range runs {
		r := &runs[i]
		b := bar{X: i * barStep, Width: barWidth, Height: barHeight(sum(r.Changes), most)}
		b.Y = barsHeight - b.Height
		if !r.Finished.IsZero() {
			b.Class = stateOf(r.ExitCode)
		}
		ends[b.Class]++
		b.Title = fmt.Sprintf("Run %d, %s: %s. Changes: %s.", r.ID, v.at.moment(r.Started), outcomeOf(r, v.running && i == len(runs)-1), counted(r.Changes))
		t.Bars = append(t.Bars, b)
	}
	t.Label = timelineLabel(len(runs), ends)
	return t
}

// barHeight grows with the root of the changes, so that a few stay visible beside
// thousands.
func barHeight(n, most int) int {
	return leastBar + int(math.Round((barsHeight-leastBar)*math.Sqrt(float64(n)/float64(most))))
}

func timelineLabel(n int, ends map[state]int) string {
	label := "The last " + facts.Count(n, "run")
	var parts []string
	for _, e := range []struct {
		state state
		text  string
	}{{goodState, "ended well"}, {heldState, "wait for approval"}, {badState, "failed"}, {noState, "did not end"}} {
		if ends[e.state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", ends[e.state], e.text))
		}
	}
	return label + ": " + strings.Join(parts, ", ")
}

func sum(changes map[string]int) int {
	n := 0
	for _, k := range changes {
		n += k
	}
	return n
}
