package diff

import (
	"fmt"

	"rollcall/sync/assign"
	"rollcall/sync/plan"
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
