package assign

import (
	"maps"
	"slices"
	"strings"

	"rollcall/source"
)

// groupSize is a group, or the rows of a source for one organization, with the
// number of its members and the organizations that it feeds.
type groupSize struct {
	Key, Name     string
	Group         string // its own name; empty for rows
	Count         int
	Organizations []string // names
	across        []string // the other sources that have members of the group
}

// groupSizes are the groups that a run has read, by key.
type groupSizes map[string]*groupSize

// groupKey identifies a group of a source, or the rows of a source for an
// organization.
func groupKey(source, group string) string { return source + "\x1f" + group }

// rowsGroup stands in a key for the rows that a source has for an organization.
func rowsGroup(organization string) string { return "\x1f" + organization }

// exceptionGroup stands in a key for a group of exceptions: it may feed an
// organization too, and then its shrinkage means two things.
const exceptionGroup = "\x1e"

// IsException reports whether the key is that of a group of exceptions.
func IsException(key string) bool {
	_, group, _ := strings.Cut(key, "\x1f")
	return strings.HasPrefix(group, exceptionGroup)
}

// SourceOfGroup is the source in the key of a group.
func SourceOfGroup(key string) string {
	name, _, _ := strings.Cut(key, "\x1f")
	return name
}

// addGroup adds a group that feeds an organization.
func (f groupSizes) addGroup(source string, g *source.Group, organization string) {
	x := f.entry(groupKey(source, g.ID), "group "+g.Name)
	x.Group = g.Name
	// A member that cannot be read still counts (S10).
	x.Count = len(g.Members) + len(g.Unusable)
	x.Organizations = append(x.Organizations, organization)
	x.across = g.Across
}

// across lists the organizations that groups of other sources with members of this one lead
// to, or whose rules have such groups as exceptions.
func (f groupSizes) across(source string, exceptions bool) (organizations []string) {
	for key, x := range f {
		if IsException(key) == exceptions && slices.Contains(x.across, source) {
			organizations = append(organizations, x.Organizations...)
		}
	}
	return organizations
}

// addException adds a group whose members a rule does not reach in an organization.
func (f groupSizes) addException(source string, g *source.Group, organization string) {
	x := f.entry(groupKey(source, exceptionGroup+g.ID), "group "+g.Name+" (except_groups)")
	x.Count = len(g.Members) + len(g.Unusable)
	x.Organizations = append(x.Organizations, organization)
	x.across = g.Across
}

// addRows adds the rows of a source for an organization.
func (f groupSizes) addRows(source, organization string, n int) {
	x := f.entry(groupKey(source, rowsGroup(organization)), "the rows of "+source)
	x.Count, x.Organizations = n, []string{organization}
}

// entry finds or makes the entry of a key.
func (f groupSizes) entry(key, name string) *groupSize {
	if f[key] == nil {
		f[key] = &groupSize{Key: key, Name: name}
	}
	return f[key]
}

// Has reports whether the run has read the group.
func (f groupSizes) Has(key string) bool { return f[key] != nil }

// List lists the groups by key.
func (f groupSizes) List() []*groupSize {
	return slices.SortedFunc(maps.Values(f), func(a, b *groupSize) int { return strings.Compare(a.Key, b.Key) })
}

// LeadingTo names the groups of some sources that feed an organization, which has
// the given names, in alphabetical order.
func (f groupSizes) LeadingTo(organization []string, from func(source string) bool) []string {
	var groups []string
	for key, x := range f {
		leads := func(name string) bool { return slices.Contains(x.Organizations, name) }
		if x.Group != "" && from(SourceOfGroup(key)) && slices.ContainsFunc(organization, leads) {
			groups = append(groups, x.Group)
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}
