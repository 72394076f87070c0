package csvfile

import (
	"slices"
	"strings"
	"unicode/utf8"

	"rollcall/source"
)

// elsewhere notes the groups of people who are in none that was asked for: who is
// still in the file has moved, and has not left. Most people are in such a group,
// and cost nothing here.
type elsewhere struct {
	// of is by person the number of a text, plus one; 0 where a row names a group
	// that was asked for, or no row was read.
	of    []uint32
	texts []string
	known map[string]uint32
}

const (
	// mostNamed bounds what is kept of one person's groups, in bytes.
	mostNamed = 200
	separator = ", "
	// otherGroups stands for groups of which too many different ones were noted.
	otherGroups = "…"
)

// note adds the groups that a row names, none of which was asked for.
func (e *elsewhere) note(person int, groups []string) {
	for len(e.of) <= person {
		e.of = append(e.of, 0)
	}
	if was := e.of[person]; was > 0 && e.texts[was-1] != "" {
		groups = append(groups, strings.Split(e.texts[was-1], separator)...)
	}
	slices.Sort(groups)
	e.of[person] = e.number(cut(strings.Join(slices.Compact(groups), separator))) + 1
}

func (e *elsewhere) number(text string) uint32 {
	if n, ok := e.known[text]; ok {
		return n
	}
	if len(e.known) >= maxInterned {
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

// snapshot are the people who are not in the snapshot. A marker may have their id,
// or their address from before there were ids.
func (e *elsewhere) snapshot(people []source.Person, in []bool) *source.Elsewhere {
	counts := make([]int, len(e.texts))
	return source.NewElsewhere(e.texts, func(yield func(string, uint32) bool) {
		for i, text := range e.of {
			if text == 0 || in == nil || in[i] {
				continue
			}
			counts[text-1]++
			for _, id := range []string{people[i].ID, people[i].Email} {
				if id != "" && !yield(id, text-1) {
					return
				}
			}
		}
	}).WithCounts(counts)
}
