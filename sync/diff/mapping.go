package diff

import (
	"slices"

	"rollcall/sync/roster"
)

// FirstMapping is the group whose name leads to an organization that rollcall has
// never managed: no earlier run has, no member carries our marker, and nobody has
// named the organization in the configuration (S21). It is empty otherwise, and
// without history.
func (s *Comparison) FirstMapping(d *Proposal, owner string) string {
	if s.Memory == nil || s.Memory.ManagedBefore(d.Organization.ID) || d.HasOurs(owner) {
		return ""
	}
	return s.Assigned.Mappings.Group(d.Organization.Names)
}

// HasOurs reports whether members of the organization carry our marker.
func (d *Proposal) HasOurs(owner string) bool {
	return slices.ContainsFunc(d.Organization.Members, func(m roster.Member) bool { return m.Marker.OwnedBy(owner) })
}
