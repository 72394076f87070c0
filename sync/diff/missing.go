package diff

import (
	"cmp"
	"fmt"

	"rollcall/sync/assign"
	"rollcall/sync/hints"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// wantedThere adds to the hold of an organization that does not exist how many people
// the rules want there, and how many of them would leave another one in the same plan:
// where a group has another name than before, they are the same people.
func wantedThere(h plan.Hold, name string, a *assign.Assignments, proposals []*Proposal) plan.Hold {
	people := assign.PeopleFor(a, name)
	h.Missing, h.People = name, len(people)
	if h.People == 0 {
		return h
	}
	h.Text += fmt.Sprintf(". The rules want %s there", plan.People(h.People))
	users, entries := map[string]bool{}, map[plan.DirectoryID]bool{}
	for p := range people {
		users[p.UserID] = p.UserID != ""
		entries[p.DirectoryID()] = true
	}
	leavers := map[string]bool{}
	for _, d := range proposals {
		for i := range d.Changes {
			c := &d.Changes[i]
			if c.Action == plan.Remove && (users[c.UserID] || entries[plan.DirectoryID{Source: c.Source, ID: c.ID}]) {
				leavers[c.UserID] = true
			}
		}
	}
	if n := len(leavers); n > 0 {
		h.Text += fmt.Sprintf("; %d of them would leave another organization in this plan, so approve that afterwards", n)
	}
	return h
}

// goneOrganization says of an organization that Clerk does not have why nothing waits
// for it: it was deleted, or only sync.retire names it.
func goneOrganization(name string, m *memory.Memory, st *roster.Roster) plan.Note {
	n := plan.Note{Rule: "S15", Organization: name, Text: "the organization was deleted in Clerk; earlier runs added members to it"}
	if m != nil {
		if _, fed := m.Organizations[name]; fed || m.Pins[name] != "" {
			return n
		}
	}
	n.Text = fmt.Sprintf("sync.retire lists %q, and no organization has this slug or id%s", name, hints.Organization(name, st.ReadToo))
	return n
}

// missingGroups says of an organization that does not exist which groups of its rules
// do not exist either (S15).
func missingGroups(name string, a *assign.Assignments) (notes []plan.Note) {
	for _, b := range a.Blocks[name] {
		if b.Reason == plan.MissingGroup {
			notes = append(notes, plan.Note{Rule: b.Reason.Rule(), Organization: name, Text: b.Text})
		}
	}
	return notes
}

// lossesOf are the changes of each proposal.
func lossesOf(proposals []*Proposal) []hints.Losses {
	list := make([]hints.Losses, 0, len(proposals))
	for _, d := range proposals {
		o := d.Organization
		list = append(list, hints.Losses{ID: o.ID, Label: cmp.Or(o.Slug, o.ID), Names: o.Names, Changes: d.Changes})
	}
	return list
}
