package sync

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/source"
)

// oddity counts the people whose value a template cannot use.
type oddity struct {
	first  *person
	people int
	last   *person
}

// odd notes that a template cannot use what the source says of a person.
func (a *assignments) odd(t *template, p *person) {
	o := a.oddities[t]
	if o == nil {
		o = &oddity{first: p}
		a.oddities[t] = o
	}
	if o.last != p {
		o.people++
		o.last = p
	}
	if comparePeople(p, o.first) < 0 {
		o.first = p
	}
}

// noteOddities says whose metadata stays as it is, one line for each template.
func (a *assignments) noteOddities() {
	var notes []Note
	for t, o := range a.oddities {
		text := fmt.Sprintf("%s: the value is no %s, so the key stays as it is", t.at, t.lone().as)
		if o.people > 1 {
			text += fmt.Sprintf(" (and for %s more)", people(o.people-1))
		}
		notes = append(notes, Note{Email: o.first.Email, Text: fmt.Sprintf("%s: %s", o.first.Label(), text)})
	}
	slices.SortFunc(notes, compareNotes)
	a.notes = append(a.notes, notes...)
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// meant says which name was likely meant, or which there are.
func meant(name string, known []string) string {
	if near := source.Nearest(name, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	if len(known) == 0 {
		return ""
	}
	const most = 12
	known = slices.Clone(known)
	slices.Sort(known)
	known = slices.Compact(known)
	if more := len(known) - most; more > 0 {
		known = append(known[:most], fmt.Sprintf("and %d more", more))
	}
	return "; there are " + strings.Join(known, ", ")
}
