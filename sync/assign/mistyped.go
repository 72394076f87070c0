package assign

import (
	"fmt"
	"slices"

	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// mistyped counts, for each template, the people whose value is not of the type
// that the template asks for.
type mistyped map[*policy.Template]*mistypedCount

type mistypedCount struct {
	first  *directory.Person // by the order of people, for the note
	people int
	last   *directory.Person // a person is counted once
}

// add counts a person whose value the template cannot use.
func (m mistyped) add(t *policy.Template, p *directory.Person) {
	o := m[t]
	if o == nil {
		o = &mistypedCount{first: p}
		m[t] = o
	}
	if o.last != p {
		o.people++
		o.last = p
	}
	if directory.ComparePeople(p, o.first) < 0 {
		o.first = p
	}
}

// notes says whose metadata stays as it is, one note for each template.
func (m mistyped) notes() []plan.Note {
	var notes []plan.Note
	for t, o := range m {
		text := fmt.Sprintf("%s: the value is not a %s, so the key is not changed", t.At, t.Placeholder().As)
		if o.people > 1 {
			text += fmt.Sprintf(" (and for %s more)", plan.People(o.people-1))
		}
		notes = append(notes, plan.Note{Email: o.first.Email, Text: fmt.Sprintf("%s: %s", o.first.Label(), text)})
	}
	slices.SortFunc(notes, plan.CompareNotes)
	return notes
}
