package forget

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// Person is everything that the journal calls a person.
type Person struct {
	// Asked is how somebody named them.
	Asked string
	// Users are account ids, Emails folded addresses, IDs those of sources.
	Users, Emails, Names []string
	IDs                  []plan.DirectoryID
	// Shared are addresses that the journal knows of others too. They stay.
	Shared []string

	changes []journal.Change
	same    Same
	// waited are the changes that waited, of everybody.
	waited []journal.Change
}

// Same names an id as all sources do that share it, and a source as today.
type Same func(id plan.DirectoryID) plan.DirectoryID

// ErrSeveral says that a name stands for several people, ErrUnknown that it stands for
// nobody.
var (
	ErrSeveral = errors.New("the history knows several people by this name")
	ErrUnknown = errors.New("the history knows nobody by this id; name the person by an address, an account (user_…) or an id in a source")
)

// Find finds the changes of a person, by an address, an account id, or an id in a
// source, and what they call the person. A name that had several people, one after the
// other, names none of them. An id that nobody has is an error: it may be a typing error
// for anything.
func Find(ctx context.Context, history Journal, asked string, same Same) (*Person, error) {
	p := &Person{Asked: strings.TrimSpace(asked), same: same}
	email, err := source.FoldEmail(p.Asked)
	if err != nil {
		email = ""
	}
	if p.waited, err = waitedChanges(ctx, history); err != nil {
		return nil, err
	}
	named, err := p.matching(ctx, history, journal.Filter{Users: []string{p.Asked}, Emails: nonEmpty(email), People: []journal.PersonID{{ID: p.Asked}}})
	if err != nil {
		return nil, err
	}
	exact := slices.DeleteFunc(slices.Clone(named), func(c journal.Change) bool { return c.UserID != p.Asked && c.PersonID != p.Asked })
	switch {
	case len(exact) > 0:
		named = exact
	case len(named) == 0 && email != "":
		p.Emails = []string{email}
		if err := p.findInFacts(ctx, history); !errors.Is(err, ErrUnknown) { // people without an id are their address
			return p, err
		}
		return p, nil
	case len(named) == 0 && strings.HasPrefix(p.Asked, "user_"):
		p.Users = []string{p.Asked}
		return p, nil
	case len(named) == 0:
		return p, p.findInFacts(ctx, history)
	}
	p.add(&named[0])
	if err := p.grow(ctx, history, email); err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(named, func(c journal.Change) bool { return !p.has(&c) }); i >= 0 {
		other := &Person{}
		other.add(&named[i])
		return nil, fmt.Errorf("%w: %s and %s; name one of them by an account or an id", ErrSeveral, p.ids(), other.ids())
	}
	return p, p.share(ctx, history)
}

// findInFacts finds a person whom no change names, by an id in what runs remember.
func (p *Person) findInFacts(ctx context.Context, history Journal) error {
	facts, err := history.Facts(ctx)
	if err != nil {
		return err
	}
	groups := memory.Identities(facts, p.Asked)
	for range groups {
		for _, ids := range groups {
			if len(p.IDs) == 0 || slices.ContainsFunc(ids, p.IsID) {
				p.addIDs(ids...)
			}
		}
	}
	for _, ids := range groups {
		if !slices.ContainsFunc(ids, p.IsID) {
			return fmt.Errorf("%w, in the sources %s and %s", ErrSeveral, p.IDs[0].Source, ids[0].Source)
		}
	}
	if len(groups) == 0 {
		return ErrUnknown
	}
	return nil
}

func (p *Person) addIDs(ids ...plan.DirectoryID) {
	for _, id := range ids {
		if id.ID != "" && !slices.Contains(p.IDs, id) {
			p.IDs = append(p.IDs, id)
		}
	}
}

// add takes in what a change calls the person.
func (p *Person) add(c *journal.Change) {
	p.Users = union(p.Users, c.UserID)
	p.Emails = union(p.Emails, c.Email)
	p.Names = union(p.Names, c.Name)
	p.addIDs(plan.DirectoryID{Source: c.Source, ID: c.PersonID})
}

// grow finds the changes that name the person by an account or an id, until they name
// no further ones; then those that have nothing but an address of the person.
func (p *Person) grow(ctx context.Context, history Journal, email string) error {
	for known := -1; known != len(p.Users)+len(p.IDs); {
		known = len(p.Users) + len(p.IDs)
		changes, err := p.matching(ctx, history, p.filter())
		if err != nil {
			return err
		}
		changes = slices.DeleteFunc(changes, func(c journal.Change) bool { return !p.has(&c) })
		p.changes = slices.DeleteFunc(slices.Clone(changes), onlyWaited)
		for i := range changes {
			p.add(&changes[i])
		}
	}
	if p.Emails = union(p.Emails, email); len(p.Users)+len(p.IDs) == 0 {
		p.changes = nil
	}
	alone, err := p.matching(ctx, history, journal.Filter{Emails: p.Emails})
	if err != nil {
		return err
	}
	for i := range alone {
		if c := &alone[i]; c.UserID == "" && c.PersonID == "" {
			p.add(c)
			if !onlyWaited(*c) {
				p.changes = append(p.changes, *c)
			}
		}
	}
	return nil
}

// filter selects the changes by accounts and ids; it is never empty.
func (p *Person) filter() journal.Filter {
	f := journal.Filter{Users: p.Users}
	for _, id := range p.IDs {
		f.People = append(f.People, journal.PersonID{ID: id.ID}) // of any source: two may share their ids
	}
	if len(f.Users)+len(f.People) == 0 {
		f.Emails = p.Emails
	}
	return f
}

// share sets those addresses apart that the journal knows of others too: of somebody
// who has inherited one, say.
func (p *Person) share(ctx context.Context, history Journal) error {
	all, err := p.matching(ctx, history, journal.Filter{Emails: p.Emails})
	if err != nil {
		return err
	}
	for i := range all {
		if c := &all[i]; !p.has(c) {
			p.keep(c.Email)
		}
	}
	return nil
}

// has reports whether a change is the person's.
func (p *Person) has(c *journal.Change) bool {
	if c.UserID == "" && c.PersonID == "" {
		return slices.Contains(p.Emails, c.Email)
	}
	return slices.Contains(p.Users, c.UserID) && c.UserID != "" || p.IsID(plan.DirectoryID{Source: c.Source, ID: c.PersonID})
}

// IsSubject reports whether an account id, or an address, is the person's.
func (p *Person) IsSubject(subject string) bool {
	return slices.Contains(p.Users, subject) || slices.ContainsFunc(p.Emails, func(e string) bool { return lower(e) == lower(subject) })
}

// IsID reports whether an id of a source is the person's.
func (p *Person) IsID(id plan.DirectoryID) bool {
	return id.ID != "" && slices.ContainsFunc(p.IDs, func(own plan.DirectoryID) bool {
		return own.ID == id.ID && (own.Source == id.Source || p.same(own) == p.same(id))
	})
}

// Subjects are what an explanation of the person is asked about: all accounts, ids and
// addresses. An id that came back may have another account, and none yet.
func (p *Person) Subjects() []string {
	subjects := slices.Clone(p.Users)
	for _, id := range p.IDs {
		subjects = union(subjects, id.ID)
	}
	for _, email := range p.Emails {
		subjects = union(subjects, email)
	}
	return subjects
}

// ReleaseEntry reports whether an entry of a source, which an explanation found, is
// somebody else: who has the same id in another source, or has inherited an address of
// the person. It leaves such an address to them.
func (p *Person) ReleaseEntry(id plan.DirectoryID, user string, emails ...string) bool {
	if p.IsID(id) || slices.Contains(p.Users, user) || id.ID == "" || len(p.IDs) == 0 {
		return false
	}
	for _, email := range emails {
		if p.IsSubject(email) {
			p.keep(email)
		}
	}
	return true
}

// keep leaves an address to somebody else, and the changes that have nothing else: nobody
// can tell whose they are.
func (p *Person) keep(email string) {
	p.Shared = union(p.Shared, email)
	p.Emails = slices.DeleteFunc(p.Emails, func(own string) bool { return lower(own) == lower(email) })
	p.changes = slices.DeleteFunc(p.changes, func(c journal.Change) bool {
		return c.UserID == "" && c.PersonID == "" && lower(c.Email) == lower(email)
	})
}

// ClaimChange reports whether a change of a plan is the person's. An address whose owner
// has another id has passed to somebody else, and is left to them.
func (p *Person) ClaimChange(c *plan.Change) bool {
	id := plan.DirectoryID{Source: c.Source, ID: c.ID}
	if slices.Contains(p.Users, c.UserID) || p.IsID(id) {
		return true
	}
	if !p.IsSubject(c.Email) {
		return false
	}
	if c.ID != "" && len(p.IDs) > 0 {
		p.keep(c.Email)
		return false
	}
	return true
}

// owns reports whether a change that waited, or was approved, is the person's.
func (p *Person) owns(c *journal.Change) bool {
	switch {
	case slices.Contains(p.Users, c.UserID) || p.IsID(plan.DirectoryID{Source: c.Source, ID: c.PersonID}):
		return true
	case c.Email == "" || !p.IsSubject(c.Email):
		return false
	}
	return (c.PersonID == "" || len(p.IDs) == 0) && (c.UserID == "" || len(p.Users) == 0)
}

// Changes are the person's.
func (p *Person) Changes() []journal.Change { return p.changes }

// ids are the accounts and the ids as a text.
func (p *Person) ids() string {
	words := slices.Clone(p.Users)
	for _, id := range p.IDs {
		words = append(words, id.ID)
	}
	if len(words) == 0 {
		return "somebody without an id"
	}
	return strings.Join(words, ", ")
}

// union adds a text to a list, unless it is empty or there.
func union(list []string, text string) []string {
	if text == "" || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

func nonEmpty(text string) []string { return union(nil, text) }
