package sync

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/source"
)

// person is somebody in one or several sources, and what became of the search
// for their Clerk user.
type person struct {
	*source.Person
	from   *source.Snapshot
	userID string
	// rare is nil for most: there may be a million people.
	rare    *rare
	trouble *trouble
	join    join
	// wanted says that a rule wants the person, listed that the resolver has them.
	wanted, listed bool
	// login says that ids of the source look like addresses, see address.
	login bool
}

// rare is what few people have.
type rare struct {
	// aliases are further identities that a marker may carry: those of the
	// same person in sources lower in the list. See address, too.
	aliases []identity
	// notUser is who holds the address, but is somebody else by the admin's
	// word (id_changed: new).
	notUser string
	was     DirectoryID // whom that user belongs to
}

func (p *person) aliases() []identity {
	if p.rare == nil {
		return nil
	}
	return p.rare.aliases
}

func (p *person) notUser() string {
	if p.rare == nil {
		return ""
	}
	return p.rare.notUser
}

// exception makes room for what few people have.
func (p *person) exception() *rare {
	if p.rare == nil {
		p.rare = &rare{}
	}
	return p.rare
}

// join says how a person was joined to a user.
type join uint8

const (
	joinNone       join = iota // no user, or not looked for
	joinMarker                 // our marker (S01)
	joinExternal               // external_id
	joinEmail                  // a verified address (S03)
	joinIdentifier             // the identifier shows somebody who is already as desired (S04)
)

// trouble is why a person cannot be joined to a user.
type trouble struct {
	rule string // S02, S06, S10
	text string
	// users are those whom nothing may happen to while the trouble lasts.
	users []string
	// hold makes it a hold (exit 3); otherwise it is a skip.
	hold bool
	// conflict is what an admin can decide; nil where only the data can (S02).
	conflict *Conflict
}

// identity is what a new marker says of the person.
func (p *person) identity() identity {
	if p.ID != "" {
		return identity{p.from.Source, p.ID}
	}
	return identity{p.from.Source, p.Email}
}

// address is the identity under which a marker knows somebody whose source
// gained ids later; the zero identity when there is no such. Where ids look
// like addresses themselves, there is none: whoever may write their own address
// could write somebody's id (S01).
func (p *person) address() identity {
	if p.ID == "" || p.Email == "" || p.login {
		return identity{}
	}
	return identity{p.from.Source, p.Email}
}

// known reports whether a marker's identity is one of the person's.
func (p *person) known(id identity) bool {
	return id == p.identity() || id == p.address() || slices.Contains(p.aliases(), id)
}

// emails are all addresses of the person that count (S07).
func (p *person) emails() []string {
	if p.Email == "" {
		return p.OtherEmails
	}
	if len(p.OtherEmails) == 0 {
		return []string{p.Email}
	}
	return append([]string{p.Email}, p.OtherEmails...)
}

// directory is all that the sources hold, with people joined across sources.
type directory struct {
	snapshots []*source.Snapshot
	// rows counts the rows of each snapshot, which are let go once the rules
	// have been applied.
	rows []int
	// people[i][j] is the person of snapshot i at index j; the same pointer
	// stands in several places for somebody whom several sources hold.
	people [][]*person
	// twins are people of one source who share an address (S06), and whoever of
	// another source shares it too: nobody can tell which of them that is.
	twins map[*person]*twins
	notes []Note
	// failed are the sources that could not be read.
	failed map[string]bool
	// now is the time that the run goes by (S28).
	now time.Time
}

// hasRows reports whether the source lists memberships, which need no rules.
func (d *directory) hasRows(source string) bool {
	for i, s := range d.snapshots {
		if s.Source == source {
			return d.rows[i] > 0
		}
	}
	return false
}

// newDirectory joins people of different sources by address; the source
// higher in the list gives the identity and the attributes. By now some are
// gone who were there when their entry was written (S28).
func newDirectory(snapshots []*source.Snapshot, now time.Time) *directory {
	d := &directory{snapshots: snapshots, twins: map[*person]*twins{}, now: now}
	n := 0
	for _, s := range snapshots {
		n += len(s.People)
	}
	byEmail := make(map[string]*person, n)
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
					people[i] = d.join(byEmail, &store[i], shared)
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

// join answers with who the person is: somebody of a source above, or themselves.
func (d *directory) join(byEmail map[string]*person, p *person, shared map[string]bool) *person {
	first, ok := byEmail[p.Email]
	switch {
	case p.Email == "":
	case !ok, first.Disabled != "" && p.Disabled == "":
		// The enabled of two entries with one address is the one that counts.
		byEmail[p.Email] = p
	case first.Disabled == "" && p.Disabled != "":
	case first.from.Source != p.from.Source && d.twins[first] == nil && !shared[p.Email]:
		known := first.exception()
		known.aliases = append(known.aliases, p.identity())
		if address := p.address(); address != (identity{}) {
			known.aliases = append(known.aliases, address)
		}
		return first
	case p.Disabled == "":
		d.twin(first, p)
	case comparePeople(p, first) < 0:
		byEmail[p.Email] = p
	}
	return p
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

// identities finds, among the identities that markers name, the people whom
// they mean, leavers included.
func (d *directory) identities(named map[identity]*person) {
	meet := func(id identity, p *person) {
		if _, ok := named[id]; ok {
			named[id] = p
		}
	}
	for _, people := range d.people {
		for _, p := range people {
			meet(p.identity(), p)
			meet(p.address(), p)
			for _, alias := range p.aliases() {
				meet(alias, p)
			}
		}
	}
}
