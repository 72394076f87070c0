package identity

import (
	"rollcall/sync/assign"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// Precedence: when several rules give one person different roles in one
// organization, the rule higher in the list wins; metadata merges key by key,
// again the higher rule first.

// Wanted is what the rules want, by organization.
type Wanted map[*roster.Organization][]assign.Entitlement

// entitlements merges the assignments of each person in each organization. The
// notes say which rule won.
func entitlements(a *assign.Assignments, st *roster.Roster) (Wanted, []plan.Note) {
	out := Wanted{}
	var notes []plan.Note
	for _, o := range st.Organizations {
		var more []plan.Note
		out[o], more = a.Entitlements(o.ID, o.Names)
		notes = append(notes, more...)
	}
	a.Exceptions().NoteIdle()
	return out, notes
}
