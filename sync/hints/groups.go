package hints

import (
	"cmp"
	"fmt"
	"slices"

	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
)

// Losses are the changes of one organization. Names are its names in the configuration
// and the data, and Label is its name in reports.
type Losses struct {
	ID, Label string
	Names     []string
	Changes   []plan.Change
}

// alike is a group that no rule uses and that looks like one that leads to an
// organization.
type alike struct{ id, label, group, meant, file string }

// Groups notes that people lose something in an organization while they are in a group
// that no rule uses and whose name differs from one that leads there only in letter
// case, blanks or punctuation. Names of groups are exact, so this may be meant.
func Groups(losses []Losses, d *directory.Directory, a *assign.Assignments) []plan.Note {
	people := map[alike]int{}
	for _, l := range losses {
		for i := range l.Changes {
			c := &l.Changes[i]
			if c.ID == "" || !c.Revokes() {
				continue
			}
			if found, ok := alikeOf(l, plan.DirectoryID{Source: c.Source, ID: c.ID}, d, a); ok {
				people[found]++
			}
		}
	}
	var notes []plan.Note
	for found, n := range people {
		notes = append(notes, plan.Note{Kind: plan.GroupAlike, Organization: found.id, People: n, Text: fmt.Sprintf(
			"%s: no rule uses group %q of %s, but it looks like %q, which a rule uses. People in it who lose access here: %d. If both are one group, fix the name in the source or in the rule",
			found.label, found.group, found.file, found.meant, n)})
	}
	slices.SortFunc(notes, func(x, y plan.Note) int {
		return cmp.Or(cmp.Compare(x.Organization, y.Organization), cmp.Compare(x.Text, y.Text))
	})
	return notes
}

// alikeOf finds such a group of a person.
func alikeOf(l Losses, id plan.DirectoryID, d *directory.Directory, a *assign.Assignments) (alike, bool) {
	file, groups := d.Alike(id)
	if len(groups) == 0 {
		return alike{}, false
	}
	same := func(from string) bool {
		return d.Same.Of(plan.DirectoryID{Source: from, ID: id.ID}) == d.Same.Of(id)
	}
	for _, meant := range a.GroupSizes.LeadingTo(l.Names, same) {
		for _, group := range groups {
			if source.Letters(group) == source.Letters(meant) {
				return alike{l.ID, l.Label, group, meant, file}, true
			}
		}
	}
	return alike{}, false
}
