package directory

import (
	"slices"
	"time"

	"rollcall/source"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Directory is everything that the sources contain, with people joined across
// sources.
type Directory struct {
	Snapshots []*source.Snapshot
	// Rows counts the rows of each snapshot. The rows themselves are released once
	// the rules have been applied.
	Rows []int
	// People[i][j] is the person of snapshot i at index j. A person whom several
	// sources list has the same pointer in several places.
	People [][]*Person
	// SameAddress are people of one source with the same address (S06), and people
	// of other sources who have it too. Nobody can tell which of them it belongs to.
	SameAddress map[*Person]*SharedAddress
	Notes       []plan.Note
	// Failed are the sources that could not be read, by name.
	Failed map[string]bool
	// Now is the time of the run (S28).
	Now time.Time
	// Same lists the sources with the same ids.
	Same policy.SameIDs
}

// HasRows reports whether the source lists memberships, which need no rules.
func (d *Directory) HasRows(source string) bool {
	for i, s := range d.Snapshots {
		if s.Source == source {
			return d.Rows[i] > 0
		}
	}
	return false
}

// All lists the people for which meant is true, each once, in the order of the
// sources.
func (d *Directory) All(meant func(*Person) bool) []*Person {
	var out []*Person
	for _, people := range d.People {
		for _, p := range people {
			if meant(p) && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// WithAddress lists the people who have an address, which is folded.
func (d *Directory) WithAddress(address string) []*Person {
	return d.All(func(p *Person) bool { return slices.Contains(p.Addresses(), address) })
}

// FindPeople sets, for each id that a marker has, the person with that id. It
// finds people who have left too.
func (d *Directory) FindPeople(named map[plan.DirectoryID]*Person) {
	n := newNamedPeople(named, d.Same)
	for _, people := range d.People {
		for _, p := range people {
			n.add(p.DirectoryID(), p)
			n.add(p.AddressID(), p)
			for _, alias := range p.Aliases() {
				n.add(alias, p)
			}
		}
	}
}

// namedPeople finds the people of ids. The person with exactly that id counts
// before one with the same id in another source, and an enabled person before a
// disabled one.
type namedPeople struct {
	same  policy.SameIDs
	found map[plan.DirectoryID]*Person
	exact map[plan.DirectoryID]bool
	keys  map[plan.DirectoryID][]plan.DirectoryID // the wanted ids, by their common name
}

// newNamedPeople prepares the search for the ids in named.
func newNamedPeople(named map[plan.DirectoryID]*Person, same policy.SameIDs) *namedPeople {
	n := &namedPeople{same: same, found: named, exact: map[plan.DirectoryID]bool{}, keys: map[plan.DirectoryID][]plan.DirectoryID{}}
	for id := range named {
		n.keys[same.Of(id)] = append(n.keys[same.Of(id)], id)
	}
	return n
}

// add considers a person for one of their ids.
func (n *namedPeople) add(id plan.DirectoryID, p *Person) {
	for _, key := range n.keys[n.same.Of(id)] {
		switch known := n.found[key]; {
		case key == id:
			n.found[key], n.exact[key] = p, true
		case n.exact[key]:
		case known == nil, known.Disabled != "" && p.Disabled == "":
			n.found[key] = p
		}
	}
}
