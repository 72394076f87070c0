package directory

import (
	"slices"
	"strings"

	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// sharedID is the id under which other sources know the person; zero if there
// are no such sources.
func sharedID(s policy.SameIDs, p *Person) plan.DirectoryID {
	if _, ok := s[p.From.Source]; !ok || !canShareID(p.ID) {
		return plan.DirectoryID{}
	}
	return s.Of(p.DirectoryID())
}

// canShareID reports whether an id may mean the same person in several sources. An address
// may not: people may write their own (S01).
func canShareID(id string) bool { return id != "" && !strings.Contains(id, "@") }

// DifferByID reports whether two people have ids that can be compared and
// differ.
func DifferByID(s policy.SameIDs, a, b *Person) bool {
	x, y := sharedID(s, a), sharedID(s, b)
	return x != y && x != (plan.DirectoryID{}) && x.Source == y.Source
}

// HasID reports whether the id of a marker is one of the person's, under the
// name of any source with the same ids.
func HasID(s policy.SameIDs, p *Person, id plan.DirectoryID) bool {
	if p.hasID(id) {
		return true
	}
	id = s.Of(id)
	return id == s.Of(p.DirectoryID()) || slices.ContainsFunc(p.Aliases(), func(a plan.DirectoryID) bool { return s.Of(a) == id })
}

// LinkedFailed reports whether a source with the same ids as this one could not be read.
func (d *Directory) LinkedFailed(name string) bool {
	for failed := range d.Failed {
		if shared := d.Same[failed]; shared != "" && shared == d.Same[name] {
			return true
		}
	}
	return false
}
