package sync

import (
	"cmp"

	"rollcall/sync/assign"
	"rollcall/sync/memory"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// searching reads Clerk, and looks for organizations that only our markers lead
// to, where no history knows them (S15). A new state searches the whole instance
// once and remembers what it found. Without a state directory each run would pay
// for that, so it asks for one page at most.
func (r *Reconciler) searching(m *memory.Memory) *roster.Reader {
	reader := r.roster()
	switch {
	case r.config.Removals == policy.RemovalsNone:
	case m == nil:
		reader.Search = roster.SearchOnePage
	case !m.Begun:
		reader.Search = roster.SearchWhole
	case m.Foreign:
		reader.Search = roster.SearchRead
	}
	return reader
}

// addMarked tells the assignments what the search found.
func (r *Reconciler) addMarked(want *assign.Assignments, have *roster.Roster) {
	for _, o := range have.Organizations {
		if o.Marked {
			assign.AddMarked(want, o.ID, cmp.Or(o.Slug, o.ID), o.MarkedSources(r.config.Owner))
		}
	}
}
