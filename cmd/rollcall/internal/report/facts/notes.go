package facts

import (
	"slices"

	"rollcall/sync/plan"
)

// UrgentFirst orders notes for lists that are cut at their end: first what somebody has
// to do something about, then what concerns all, then single people, and last those whom
// two rules match, which ask for nothing.
func UrgentFirst(notes []plan.Note) []plan.Note {
	return slices.SortedStableFunc(slices.Values(notes), func(a, b plan.Note) int { return noteRank(&a) - noteRank(&b) })
}

func noteRank(n *plan.Note) int {
	switch {
	case n.Kind == plan.Outranked:
		return 3
	case n.Kind != "", n.Rule == "S25": // a pause, which somebody may have forgotten
		return 0
	case n.Email == "":
		return 1
	}
	return 2
}
