package wire

import (
	"iter"
	"slices"
	"strings"

	"rollcall/source"
)

// Entry is one object of the directory with the attributes that were asked
// for and that the bind may see.
type Entry struct {
	DN    string
	Attrs []Attribute
}

// Attribute is one attribute; values are bytes, kept as strings.
type Attribute struct {
	Name   string
	Values []string
}

// Get finds an attribute's values; names compare without case (RFC 4512
// section 2.5). Values under an option such as ";lang-de" or ";binary" count
// where there are none without, whatever the order in which they came.
func (e *Entry) Get(name string) (values []string) {
	for option, under := range e.named(name) {
		if option == "" && len(under) > 0 {
			return under
		}
		if values == nil {
			values = under
		}
	}
	return values
}

// All are an attribute's values under all options: those of a list are one list.
func (e *Entry) All(name string) (values []string) {
	for _, under := range e.named(name) {
		if values == nil {
			values = under
		} else {
			values = slices.Concat(values, under)
		}
	}
	return values
}

// named are the values of an attribute by option, but for those that came in part.
func (e *Entry) named(name string) iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for i := range e.Attrs {
			base, option, _ := strings.Cut(e.Attrs[i].Name, ";")
			if source.SameName(base, name) && !isRange(option) && !yield(option, e.Attrs[i].Values) {
				return
			}
		}
	}
}

// InRanges reports whether an attribute came in part, see CompleteRanges.
func (e *Entry) InRanges() bool {
	return slices.ContainsFunc(e.Attrs, func(a Attribute) bool { _, option, _ := strings.Cut(a.Name, ";"); return isRange(option) })
}

// isRange is true for values that came in part, see CompleteRanges.
func isRange(option string) bool { return len(option) > 6 && source.SameName(option[:6], "range=") }

// First is the first value; empty without one.
func (e *Entry) First(name string) string {
	if v := e.Get(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// decodeEntry reads a whole message with a SearchResultEntry (RFC 4511
// section 4.5.2). Controls behind it are not looked at. lists are the attributes of
// which every value is kept.
func decodeEntry(message []byte, lists []string) (*Entry, error) {
	body, _, err := take(message, tagSequence)
	if err != nil {
		return nil, err
	}
	if _, body, err = take(body, tagInteger); err != nil {
		return nil, err
	}
	if body, _, err = take(body, tagSearchEntry); err != nil {
		return nil, err
	}
	dn, body, err := take(body, tagOctets)
	if err != nil {
		return nil, err
	}
	list, _, err := take(body, tagSequence)
	if err != nil {
		return nil, err
	}
	e := &Entry{DN: string(dn), Attrs: make([]Attribute, 0, 8)}
	for len(list) > 0 {
		var a Attribute
		if a, list, err = decodeAttribute(list, lists); err != nil {
			return nil, err
		}
		e.Attrs = append(e.Attrs, a)
	}
	return e, nil
}

func decodeAttribute(list []byte, lists []string) (Attribute, []byte, error) {
	var a Attribute
	one, rest, err := take(list, tagSequence)
	if err != nil {
		return a, nil, err
	}
	name, one, err := take(one, tagOctets)
	if err != nil {
		return a, nil, err
	}
	set, _, err := take(one, tagSet)
	if err != nil {
		return a, nil, err
	}
	a.Name = string(name)
	// One value is by far the most common; a group's thousands grow by doubling.
	a.Values = make([]string, 0, 1)
	b := budgetOf(a.Name, lists)
	for len(set) > 0 {
		var v []byte
		if v, set, err = take(set, tagOctets); err != nil {
			return a, nil, err
		}
		if n, keep := b.take(len(v)); keep {
			a.Values = append(a.Values, string(v[:n]))
		}
	}
	return a, rest, nil
}
