package unasked

import (
	"slices"
	"strings"
	"unicode/utf8"

	"rollcall/source"
)

// Groups are the groups of people that nobody asked for. The zero value has none.
type Groups struct {
	// of is by person the number of a text, plus one; 0 for people of whom nothing was
	// noted.
	of    []uint32
	texts []string
	known map[string]uint32
}

const (
	// mostNamed bounds what is kept of one person's groups, in bytes.
	mostNamed = 200
	separator = ", "
	// mostTexts bounds the different lists of groups that are kept.
	mostTexts = 1 << 16
	// otherGroups stands for groups of which too many different ones were noted.
	otherGroups = "…"
)

// Note adds groups of a person.
func (e *Groups) Note(person int, groups []string) {
	for len(e.of) <= person {
		e.of = append(e.of, 0)
	}
	if was := e.of[person]; was > 0 && e.texts[was-1] != "" {
		groups = append(groups, strings.Split(e.texts[was-1], separator)...)
	}
	slices.Sort(groups)
	e.of[person] = e.number(cut(strings.Join(slices.Compact(groups), separator))) + 1
}

func (e *Groups) number(text string) uint32 {
	if n, ok := e.known[text]; ok {
		return n
	}
	if len(e.known) >= mostTexts {
		text = otherGroups
		if n, ok := e.known[text]; ok {
			return n
		}
	}
	if e.known == nil {
		e.known = map[string]uint32{}
	}
	text = strings.Clone(text)
	n := uint32(len(e.texts))
	e.texts, e.known[text] = append(e.texts, text), n
	return n
}

// cut shortens a list of groups at the end of a letter.
func cut(text string) string {
	if len(text) <= mostNamed {
		return text
	}
	end := mostNamed
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + otherGroups
}

// Without are the groups of the people who are not in the snapshot; in says of each
// person whether they are, and nil that all are.
func (e *Groups) Without(in []bool, people []source.Person) *source.Elsewhere {
	return e.elsewhere(people, func(i int) bool { return in != nil && !in[i] })
}

// All are the groups of all people, whether they are in the snapshot or not.
func (e *Groups) All(people []source.Person) *source.Elsewhere {
	return e.elsewhere(people, func(int) bool { return true })
}

// elsewhere finds people by their id, and by their address: a marker from before there
// were ids has that.
func (e *Groups) elsewhere(people []source.Person, counts func(person int) bool) *source.Elsewhere {
	perText := make([]int, len(e.texts))
	return source.NewElsewhere(e.texts, func(yield func(string, uint32) bool) {
		for i, text := range e.of {
			if text == 0 || !counts(i) {
				continue
			}
			perText[text-1]++
			for _, id := range []string{people[i].ID, people[i].Email} {
				if id != "" && !yield(id, text-1) {
					return
				}
			}
		}
	}).WithCounts(perText)
}
