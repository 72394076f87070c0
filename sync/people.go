package sync

import (
	"slices"
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
	// same says whose ids are the same.
	same sameIDs
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

// identities finds, among the identities that markers name, the people whom
// they mean, leavers included.
func (d *directory) identities(named map[identity]*person) {
	n := newNamedPeople(named, d.same)
	for _, people := range d.people {
		for _, p := range people {
			n.meet(p.identity(), p)
			n.meet(p.address(), p)
			for _, alias := range p.aliases() {
				n.meet(alias, p)
			}
		}
	}
}
