package sync

import (
	"slices"
	"strings"

	"rollcall/source"
)

// sameIDs says which sources know people by the same ids: each of them leads
// to the one that stands for all (Config.SameIDs). Markers and people keep the
// name of their own source; only comparisons go through here (S01).
type sameIDs map[string]string

// of is an identity as all sources with the same ids have it. A text with an @
// may be the address of somebody who has no id, so it is never another source's id.
func (s sameIDs) of(id identity) identity {
	if name, ok := s[id.source]; ok && !strings.Contains(id.id, "@") {
		id.source = name
	}
	return id
}

// shared is the identity under which other sources know the person; the zero
// identity when there are no such sources.
func (s sameIDs) shared(p *person) identity {
	if _, ok := s[p.from.Source]; !ok || p.ID == "" || strings.Contains(p.ID, "@") {
		return identity{}
	}
	return s.of(p.identity())
}

// apart reports whether two people are different ones by ids that are comparable.
func (s sameIDs) apart(a, b *person) bool {
	x, y := s.shared(a), s.shared(b)
	return x != y && x != (identity{}) && x.source == y.source
}

// known reports whether a marker's identity is one of the person's.
func (s sameIDs) known(p *person, id identity) bool {
	if p.known(id) {
		return true
	}
	id = s.of(id)
	return id == s.of(p.identity()) || slices.ContainsFunc(p.aliases(), func(a identity) bool { return s.of(a) == id })
}

// people finds whom identities mean: under the very name where somebody has
// it, else by the same id in another source, whoever is enabled first.
type namedPeople struct {
	same  sameIDs
	found map[identity]*person
	exact map[identity]bool
	keys  map[identity][]identity // what was asked for, as all have it
}

func newNamedPeople(named map[identity]*person, same sameIDs) *namedPeople {
	n := &namedPeople{same: same, found: named, exact: map[identity]bool{}, keys: map[identity][]identity{}}
	for id := range named {
		n.keys[same.of(id)] = append(n.keys[same.of(id)], id)
	}
	return n
}

func (n *namedPeople) meet(id identity, p *person) {
	for _, key := range n.keys[n.same.of(id)] {
		switch known := n.found[key]; {
		case key == id:
			n.found[key], n.exact[key] = p, true
		case n.exact[key]:
		case known == nil, known.Disabled != "" && p.Disabled == "":
			n.found[key] = p
		}
	}
}

// fill takes from a lower source what the higher one does not say; it answers
// with what the two disagree about. What Clerk's user is found by is taken by the
// same id only: whoever may write their own address could bring their other
// ones, or their external_id, to somebody above (S01).
func (p *person) fill(lower *person, byID bool) (differ []string) {
	a, b := p.Person, lower.Person
	var merged source.Person
	take := func() *source.Person {
		if p.Person == a {
			merged = *a
			p.Person = &merged
		}
		return p.Person
	}
	text := func(of func(*source.Person) *string, what string) {
		switch high, low := *of(a), *of(b); {
		case low == "" || high == low:
		case high == "" && (byID || what == ""):
			*of(take()) = low
		case high == "":
		case what != "":
			differ = append(differ, what)
		}
	}
	text(func(x *source.Person) *string { return &x.Email }, "address")
	text(func(x *source.Person) *string { return &x.ExternalID }, "external_id")
	text(func(x *source.Person) *string { return &x.FirstName }, "")
	text(func(x *source.Person) *string { return &x.LastName }, "")
	if byID && len(a.OtherEmails) == 0 && len(b.OtherEmails) > 0 {
		take().OtherEmails = b.OtherEmails
	}
	for _, x := range b.Attributes {
		switch have := p.Attributes.Get(x.Name); {
		case len(x.Values) == 0 || slices.Equal(have, x.Values):
		case len(have) == 0:
			take().Attributes = p.Attributes.With(x)
		default:
			differ = append(differ, x.Name)
		}
	}
	return differ
}
