package sync

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/source"
)

// People of different sources are one person by the same id, where the
// configuration says that the sources have the same ids, else by the same
// address. The source higher in the list gives the identity, and each
// attribute that it has; what it does not say, the next one says.

// newDirectory joins people of different sources. By now some are gone who
// were there when their entry was written (S28).
func newDirectory(snapshots []*source.Snapshot, now time.Time, same sameIDs) *directory {
	d := &directory{snapshots: snapshots, twins: map[*person]*twins{}, now: now, same: same}
	n := 0
	for _, s := range snapshots {
		n += len(s.People)
	}
	j := &joiner{directory: d, byEmail: make(map[string]*person, n), byID: map[identity]*person{}}
	for n, s := range snapshots {
		people := make([]*person, len(s.People))
		store := make([]person, len(s.People))
		login := slices.ContainsFunc(s.People, func(p source.Person) bool { return strings.Contains(p.ID, "@") })
		var shared map[string]bool
		if n > 0 { // nobody stands above the first source
			shared = sharedAddresses(s, now)
		}
		for _, disabled := range []bool{false, true} { // whoever is enabled comes first, in whatever order they were read
			for i := range s.People {
				by := asOf(&s.People[i], now)
				if (by.Disabled != "") == disabled {
					store[i] = person{Person: by, from: s, login: login}
					people[i] = j.join(&store[i], shared)
				}
			}
		}
		d.people = append(d.people, people)
		d.rows = append(d.rows, len(s.Rows))
		if !s.StableIDs {
			d.notes = append(d.notes, Note{Rule: "S02", Text: fmt.Sprintf(
				"source %s has no stable id: its people are known by their address, and a changed address is another person", s.Source)})
		}
	}
	d.notes = append(d.notes, j.disagreements()...)
	return d
}

// sharedAddresses are those that several enabled people of a source have.
func sharedAddresses(s *source.Snapshot, now time.Time) map[string]bool {
	seen, shared := make(map[string]struct{}, len(s.People)), map[string]bool{}
	for i := range s.People {
		p := &s.People[i]
		if p.Gone(now) != "" || p.Email == "" {
			continue
		}
		if _, again := seen[p.Email]; again {
			shared[p.Email] = true
		}
		seen[p.Email] = struct{}{}
	}
	return shared
}

// joiner is what is known of everybody so far.
type joiner struct {
	*directory
	byEmail map[string]*person
	byID    map[identity]*person // of sources with the same ids
	differ  []*disagreement
}

// join answers with who the person is: somebody of a source above, or themselves.
func (j *joiner) join(p *person, shared map[string]bool) *person {
	if id := j.same.shared(p); id != (identity{}) {
		first := j.byID[id]
		switch {
		case first == nil:
			j.byID[id] = p
		case first.from.Source == p.from.Source: // the source repeats its id, which is its own matter
		case first.Disabled == "" && p.Disabled == "":
			return j.merge(first, p, true)
		case first.Disabled != p.Disabled:
			j.disagree(first, p, "word on whether the account is enabled")
			if p.Disabled == "" {
				j.byID[id] = p
			}
		}
	}
	return j.joinByAddress(p, shared)
}

func (j *joiner) joinByAddress(p *person, shared map[string]bool) *person {
	first, ok := j.byEmail[p.Email]
	switch {
	case p.Email == "":
	case !ok, first.Disabled != "" && p.Disabled == "":
		// The enabled of two entries with one address is the one that counts.
		j.byEmail[p.Email] = p
	case first.Disabled == "" && p.Disabled != "":
	case first.from.Source != p.from.Source && j.twins[first] == nil && !shared[p.Email] && !j.same.apart(first, p):
		return j.merge(first, p, false)
	case p.Disabled == "":
		j.twin(first, p)
	case comparePeople(p, first) < 0:
		j.byEmail[p.Email] = p
	}
	return p
}

// merge makes one person of two. An address that comes with the lower one may
// be somebody else's already; then nobody can tell whose it is (S06). byID says
// that the id made them one; an address may be anybody's claim.
func (j *joiner) merge(first, p *person, byID bool) *person {
	known := first.exception()
	known.aliases = append(known.aliases, p.identity())
	if address := p.address(); address != (identity{}) {
		known.aliases = append(known.aliases, address)
	}
	had := first.Email
	for _, what := range first.fill(p, byID) {
		j.disagree(first, p, what)
	}
	if had == "" && first.Email != "" && first.Disabled == "" {
		switch other := j.byEmail[first.Email]; {
		case other == nil || other.Disabled != "":
			j.byEmail[first.Email] = first
		case other != first:
			j.twin(other, first)
		}
	}
	return first
}

// disagreement is what two sources say differently of the people whom both have.
type disagreement struct {
	what, higher, lower string
	count               int
	first               string // where the lower source says it, for one of them
}

func (j *joiner) disagree(first, p *person, what string) {
	i := slices.IndexFunc(j.differ, func(d *disagreement) bool {
		return d.what == what && d.higher == first.from.Source && d.lower == p.from.Source
	})
	if i < 0 {
		i = len(j.differ)
		j.differ = append(j.differ, &disagreement{what: what, higher: first.from.Source, lower: p.from.Source})
	}
	d := j.differ[i]
	if at := p.Origin.String(); d.count == 0 || at < d.first {
		d.first = at
	}
	d.count++
}

// disagreements are one note each: the word of the higher source counts.
func (j *joiner) disagreements() []Note {
	slices.SortFunc(j.differ, func(a, b *disagreement) int {
		return cmp.Or(strings.Compare(a.higher, b.higher), strings.Compare(a.lower, b.lower), strings.Compare(a.what, b.what))
	})
	var notes []Note
	for _, d := range j.differ {
		counts := "the word of " + d.higher + ", which is higher in the list, counts"
		if strings.HasPrefix(d.what, "word") {
			counts = "they are let in where the source that has them enabled leads, and nowhere else"
		}
		notes = append(notes, Note{Text: fmt.Sprintf("sources %s and %s differ for %s in the %s; %s; for instance %s",
			d.higher, d.lower, people(d.count), d.what, counts, d.first)})
	}
	return notes
}

// twins share an address. However many there are, the least two name each other.
type twins struct{ first, second *person }

func (d *directory) twin(first, p *person) {
	t := d.twins[first]
	if t == nil {
		t = &twins{first: first}
		d.twins[first] = t
	}
	d.twins[p] = t
	switch {
	case comparePeople(p, t.first) < 0:
		t.first, t.second = p, t.first
	case t.second == nil || comparePeople(p, t.second) < 0:
		t.second = p
	}
}

// other is one who shares the person's address.
func (t *twins) other(p *person) *person {
	if p == t.first {
		return t.second
	}
	return t.first
}
