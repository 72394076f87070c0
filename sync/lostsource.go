package sync

import (
	"fmt"
	"maps"
	"slices"

	"rollcall/source"
)

// lostSource names the hold of members whose source is configured no more.
const lostSource = "lost_source"

// holdLostSources holds removals of members whose marker names a source that
// the configuration no longer has: that is a removed source, not a leaver (S15).
func (o *OrganizationPlan) holdLostSources(owner string, sources map[string]bool) []Hold {
	lost := map[string]int{}
	for i := range o.Changes {
		c := &o.Changes[i]
		if (c.Action == Remove || c.Action == RevokeInvitation) && c.State == Ready && c.Source != "" && !sources[c.Source] {
			c.State, c.Why = Held, lostSource+" (S15)"
			lost[c.Source]++
		}
	}
	var holds []Hold
	for _, name := range slices.Sorted(maps.Keys(lost)) {
		holds = append(holds, Hold{Guard: lostSource, Rule: "S15", Organization: o.ID, Changes: lost[name], Text: fmt.Sprintf(
			"%s carry the marker of source %q, which the configuration of owner %q no longer has; put it back, or set renamed_from", count(lost[name], "member"), name, owner)})
	}
	return holds
}

// lent reports whether a source that could not be read may have the first word
// on attributes of the organization's people: by what earlier runs know, else
// by its place in the list (S14).
func (r *Reconciler) lent(organization string, failed map[string]bool, m *memory) bool {
	if m != nil && m.begun && !m.foreign {
		known := m.organizations[organization].Sources
		return slices.ContainsFunc(known, func(name string) bool { return failed[name] })
	}
	for i, s := range r.sources {
		if failed[s.Name()] {
			return slices.ContainsFunc(r.sources[i+1:], func(lower source.Source) bool { return !failed[lower.Name()] })
		}
	}
	return false
}

// holdFailedSources holds, in organizations that go on although a source
// failed, what still rests on it: removals of those whom it gave us, or of
// whom it alone may have known who they are, and keys that it might have
// filled (S09, S14). lent says that its word on people of the organization may
// count more than that of the sources that were read.
func (o *OrganizationPlan) holdFailedSources(failed map[string]bool, lent bool) []Hold {
	n := 0
	for i := range o.Changes {
		c := &o.Changes[i]
		if len(failed) > 0 && c.State == Ready && (c.Nulls > 0 || c.Action == SetMetadata && lent ||
			(c.takes() || c.Action == RevokeInvitation) && (c.Source == "" || failed[c.Source])) {
			c.State, c.Why = Held, ruleName("S14")
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []Hold{{Guard: guardNames["S14"], Rule: "S14", Organization: o.ID, Changes: n,
		Text: "a source that could not be read may still want what would be taken here"}}
}
