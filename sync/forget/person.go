package forget

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// Person is everything that the journal calls a person.
type Person struct {
	// Asked is how somebody named them.
	Asked string
	// Users are account ids, Emails folded addresses, IDs those of sources; an id with
	// an empty source is of any.
	Users, Emails, Names []string
	IDs                  []plan.DirectoryID
	// Shared are addresses that the journal knows of others too. They stay.
	Shared []string

	changes []journal.Change
}

// ErrSeveral says that an address stands for several people.
var ErrSeveral = errors.New("the history knows several people by this address")

// Find finds the changes of a person, by an address, an account id, or an id in a
// source, and what they call the person. An address that had several people, one after
// the other, names none of them.
func Find(ctx context.Context, history Journal, asked string) (*Person, error) {
	p := &Person{Asked: strings.TrimSpace(asked)}
	email, err := source.FoldEmail(p.Asked)
	if err != nil {
		email = ""
	}
	named, err := history.Matching(ctx, journal.Filter{Users: []string{p.Asked}, Emails: nonEmpty(email), People: []journal.PersonID{{ID: p.Asked}}})
	if err != nil {
		return nil, err
	}
	exact := slices.DeleteFunc(slices.Clone(named), func(c journal.Change) bool { return c.UserID != p.Asked && c.PersonID != p.Asked })
	switch {
	case len(exact) > 0:
		named = exact
	case len(named) == 0 && email != "":
		p.Emails = []string{email}
		return p, nil
	case len(named) == 0 && strings.HasPrefix(p.Asked, "user_"):
		p.Users = []string{p.Asked}
		return p, nil
	case len(named) == 0:
		p.IDs = []plan.DirectoryID{{ID: p.Asked}}
		return p, nil
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

// add takes in what a change calls the person.
func (p *Person) add(c *journal.Change) {
	p.Users = union(p.Users, c.UserID)
	p.Emails = union(p.Emails, c.Email)
	p.Names = union(p.Names, c.Name)
	if id := (plan.DirectoryID{Source: c.Source, ID: c.PersonID}); id.ID != "" && !slices.Contains(p.IDs, id) {
		p.IDs = append(p.IDs, id)
	}
}

// grow finds the changes that name the person by an account or an id, until they name
// no further ones; then those that have nothing but an address of the person.
func (p *Person) grow(ctx context.Context, history Journal, email string) error {
	for known := -1; known != len(p.Users)+len(p.IDs); {
		known = len(p.Users) + len(p.IDs)
		changes, err := history.Matching(ctx, p.filter())
		if err != nil {
			return err
		}
		p.changes = changes
		for i := range changes {
			p.add(&changes[i])
		}
	}
	if p.Emails = union(p.Emails, email); len(p.Users)+len(p.IDs) == 0 {
		p.changes = nil
	}
	alone, err := history.Matching(ctx, journal.Filter{Emails: p.Emails})
	if err != nil {
		return err
	}
	for i := range alone {
		if c := &alone[i]; c.UserID == "" && c.PersonID == "" {
			p.add(c)
			p.changes = append(p.changes, *c)
		}
	}
	return nil
}

// filter selects the changes by accounts and ids; it is never empty.
func (p *Person) filter() journal.Filter {
	f := journal.Filter{Users: p.Users}
	for _, id := range p.IDs {
		f.People = append(f.People, journal.PersonID{Source: id.Source, ID: id.ID})
	}
	if len(f.Users)+len(f.People) == 0 {
		f.Emails = p.Emails
	}
	return f
}

// share sets those addresses apart that the journal knows of others too: of somebody
// who has inherited one, say.
func (p *Person) share(ctx context.Context, history Journal) error {
	all, err := history.Matching(ctx, journal.Filter{Emails: p.Emails})
	if err != nil {
		return err
	}
	for i := range all {
		if c := &all[i]; !p.has(c) {
			p.Shared = union(p.Shared, c.Email)
		}
	}
	p.Emails = slices.DeleteFunc(p.Emails, func(email string) bool { return slices.Contains(p.Shared, email) })
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
		return own.ID == id.ID && (own.Source == "" || own.Source == id.Source)
	})
}

// Subjects are what an explanation of the person is asked about: the accounts; without
// any, an id or an address.
func (p *Person) Subjects() []string {
	switch {
	case len(p.Users) > 0:
		return p.Users
	case len(p.IDs) > 0:
		return []string{p.IDs[0].ID}
	}
	return p.Emails
}

// Concerns reports whether a change of a plan is the person's. An address whose owner
// has another id has passed to somebody else, and stays.
func (p *Person) Concerns(c *plan.Change) bool {
	id := plan.DirectoryID{Source: c.Source, ID: c.ID}
	if slices.Contains(p.Users, c.UserID) || p.IsID(id) {
		return true
	}
	if !p.IsSubject(c.Email) {
		return false
	}
	if c.ID != "" && len(p.IDs) > 0 {
		p.Shared = union(p.Shared, c.Email)
		p.Emails = slices.DeleteFunc(p.Emails, func(email string) bool { return email == c.Email })
		return false
	}
	return true
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
