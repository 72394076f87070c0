package sync

import (
	"cmp"
	"slices"

	"rollcall/sync/assign"
	"rollcall/sync/diff"
)

// grantsOf are the grants of a run, the largest first. Organizations go by their ids,
// where Clerk has them.
func grantsOf(s *diff.Comparison) []assign.Grant {
	ids := map[string]string{}
	for _, o := range s.Have.Organizations {
		for _, name := range o.Names {
			ids[name] = o.ID
		}
	}
	out := make([]assign.Grant, len(s.Assigned.Grants))
	for i, g := range s.Assigned.Grants {
		out[i] = *g
		out[i].Organization = cmp.Or(ids[g.Organization], g.Organization)
	}
	slices.SortFunc(out, func(a, b assign.Grant) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Group, b.Group),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Role, b.Role))
	})
	return out
}
