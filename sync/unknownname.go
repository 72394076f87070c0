package sync

import (
	"fmt"
	"maps"
	"slices"
)

// What a [Hold] is called that is about a name which Clerk does not know (S22).
const (
	UnknownOrganization = "unknown_organization"
	UnknownRole         = "unknown_role"
)

// holdUnknownRoles lets changes wait that give a role which the instance does
// not have at all: a name written wrongly, as an unknown slug is one, and seen
// by whoever looks at the exit code (S22). A role that only this organization
// may not use is skipped (S19).
func (o *OrganizationPlan) holdUnknownRoles(d *draft, st *state) []Hold {
	var holds []Hold
	index := map[string]int{}
	for i := range o.Changes {
		c := &o.Changes[i]
		if c.SkippedFor() != roleSet || c.To == "" || st.knows(c.To) {
			continue
		}
		c.State, c.Why = Held, UnknownRole+ruled("S22")
		at, again := index[c.To]
		if !again {
			at, index[c.To] = len(holds), len(holds)
			holds = append(holds, Hold{Guard: UnknownRole, Rule: "S22", Organization: o.ID, Text: fmt.Sprintf(
				"Clerk has no role %q (%s): correct its name or create it in Clerk%s", c.To, c.Because, meant(c.To, slices.Collect(maps.Keys(d.state.assignable))))})
		}
		holds[at].Changes++
	}
	return holds
}
