package assign

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/sync/directory"
	"rollcall/sync/exception"
	"rollcall/sync/plan"
)

// Entitlement is a person's role and metadata in one organization, as all rules
// together want them.
type Entitlement struct {
	Person          *directory.Person
	Role            string
	Public, Private map[string]any
	Reason
	Periods *Periods
	// Ruled says that a rule or a row wants the person too, where a grant does.
	Ruled bool
}

// Granted is the grant of an admin that gives the role; nil where a rule does.
func (e *Entitlement) Granted() *exception.Exception {
	if e.SharedReason == nil {
		return nil
	}
	return e.Exception
}

// ByPattern reports whether a rule with a pattern gives the entitlement (S21).
func (e *Entitlement) ByPattern() bool { return e.SharedReason != nil && e.Pattern != "" }

// Entitlements merges the assignments under all names of an organization into
// one entitlement for each person. It releases these assignments.
func (a *Assignments) Entitlements(organization string, names []string) (wants []Entitlement, notes []plan.Note) {
	var list []Assignment
	for _, name := range names {
		list = append(list, a.by[name]...)
		delete(a.by, name) // as large as the directory, and needed no more
	}
	list = append(list, a.Exceptions().takeGrants(organization, names)...)
	slices.SortStableFunc(list, a.compareByDate)
	dated, outranked := datedPeople(list), outranked{}
	index := make(map[*directory.Person]int, len(list))
	wants = make([]Entitlement, 0, len(list))
	for _, x := range list {
		i, again := index[x.person]
		if !again {
			index[x.person] = len(wants)
			wants = append(wants, Entitlement{x.person, x.Role, x.public, x.private, x.Reason, nil, false})
			i = len(wants) - 1
		}
		w := &wants[i]
		w.Ruled = w.Ruled || x.Exception == nil
		together := again && a.holdsWith(w, &x)
		if dated[x.person] {
			a.addPeriods(w, x)
		}
		if !together {
			continue
		}
		if w.Role != x.Role {
			x.grant.outrank()
			text := "two rules match, and the first decides"
			if w.Granted() != nil {
				text = "an exception stands above the rules"
			}
			text = fmt.Sprintf("%s: %s by %s, not %s by %s", text, w.Role, w.Because(), x.Role, x.Because())
			outranked[text] = append(outranked[text], x.person.Email)
		}
		w.Public, w.Private = plan.Merge(w.Public, x.public), plan.Merge(w.Private, x.private)
	}
	return wants, outranked.notes(organization)
}

// outranked are the addresses of people whom several rules give different roles,
// by the sentence that says which role they get.
type outranked map[string][]string

// notes has a note for each pair of rules, which names the first of several people.
func (r outranked) notes(organization string) []plan.Note {
	const named = 3
	var notes []plan.Note
	for _, text := range slices.Sorted(maps.Keys(r)) {
		people := slices.Clone(r[text])
		slices.Sort(people)
		people = slices.Compact(people)
		if len(people) == 1 {
			notes = append(notes, plan.Note{Kind: plan.Outranked, People: 1, Organization: organization, Email: people[0], Text: text})
			continue
		}
		all, more := len(people), ""
		if n := all - named; n > 1 {
			people, more = people[:named], fmt.Sprintf(" and %d more", n)
		}
		notes = append(notes, plan.Note{Kind: plan.Outranked, People: all, Organization: organization, Text: text + ": " + strings.Join(people, ", ") + more})
	}
	return notes
}

// PriorityOf is the priority of an invitation for the entitlement.
func PriorityOf(w *Entitlement) plan.Priority {
	out := plan.Priority{Rule: w.rank}
	if start := w.start(); !start.IsZero() {
		out.Start = start.Unix()
	}
	return out
}
