package directory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"rollcall/source"
	"rollcall/sync/plan"
)

// Person is somebody in one or several sources, with the result of the search
// for their Clerk user.
type Person struct {
	*source.Person
	From   *source.Snapshot
	UserID string
	// Exceptions is nil for most: there may be a million people.
	Exceptions *Exceptions
	Problem    *Problem
	MatchedBy  MatchedBy
	// Wanted says that a rule wants the person, Listed that identity has them in
	// its list.
	Wanted, Listed bool
	// Ended says that only the end date makes the person disabled.
	Ended bool
	// loginIDs says that ids of the source look like addresses; see AddressID.
	loginIDs bool
}

// Exceptions are what only few people have.
type Exceptions struct {
	// Aliases are further ids that a marker may have: those of the same person
	// in sources lower in the list. See AddressID too.
	Aliases []plan.DirectoryID
	// NotUser is a user that has the address and is somebody else, as the admin
	// has decided (id_changed: new).
	NotUser string
	Was     plan.DirectoryID // the person of that user
	// Account is the user of somebody in no source, whom a grant names.
	Account string
	// Unclear is why nobody knows whether the person counts in a source (S10).
	Unclear string
}

// MatchedBy is how a person was joined to a user.
type MatchedBy uint8

// The ways of joining.
const (
	Unmatched    MatchedBy = iota // no user, or not looked for
	ByMarker                      // our marker (S01)
	ByExternalID                  // external_id
	ByEmail                       // a verified address (S03)
	ByIdentifier                  // the identifier of a member who is already as wanted (S04)
	ByCreation                    // a run has created the user for the id, with a reserved address
	ByException                   // the account that a grant names
)

// ByID reports whether an id joins the person, and not only an address.
func (j MatchedBy) ByID() bool { return j == ByMarker || j == ByExternalID || j == ByCreation }

// String is the word in JSON.
func (j MatchedBy) String() string {
	return [...]string{Unmatched: "", ByMarker: "marker", ByExternalID: "external_id", ByEmail: "email", ByIdentifier: "identifier", ByCreation: "creation", ByException: "exception"}[j]
}

// Problem is why a person cannot be joined to a user.
type Problem struct {
	Rule string // S02, S06, S10
	Text string
	// Users keep what they have as long as the problem exists.
	Users []string
	// Hold makes it a hold (exit 3); otherwise it is a skip.
	Hold bool
	// Conflict is what an admin can decide; nil if only the data can (S02).
	Conflict *plan.Conflict
	// Noted says that the source has a note about all such people.
	Noted bool
}

// Aliases are further ids that a marker of the person may have.
func (p *Person) Aliases() []plan.DirectoryID {
	if p.Exceptions == nil {
		return nil
	}
	return p.Exceptions.Aliases
}

// NotUser is a user with the address who is somebody else; see Exceptions.
func (p *Person) NotUser() string {
	if p.Exceptions == nil {
		return ""
	}
	return p.Exceptions.NotUser
}

// Account is the user of somebody in no source, whom a grant names; empty for others.
func (p *Person) Account() string {
	if p.Exceptions == nil {
		return ""
	}
	return p.Exceptions.Account
}

// Unclear is why nobody knows whether the person counts; empty for others.
func (p *Person) Unclear() string {
	if p.Exceptions == nil {
		return ""
	}
	return p.Exceptions.Unclear
}

// EnsureExceptions returns the exceptions of a person, ready for writing.
func (p *Person) EnsureExceptions() *Exceptions {
	if p.Exceptions == nil {
		p.Exceptions = &Exceptions{}
	}
	return p.Exceptions
}

// DirectoryID is the id in a new marker of the person.
func (p *Person) DirectoryID() plan.DirectoryID {
	if p.ID != "" {
		return plan.DirectoryID{Source: p.From.Source, ID: p.ID}
	}
	return plan.DirectoryID{Source: p.From.Source, ID: p.Email}
}

// DirectoryIDs are the id and the aliases.
func (p *Person) DirectoryIDs() []plan.DirectoryID {
	return append([]plan.DirectoryID{p.DirectoryID()}, p.Aliases()...)
}

// Subject is the user of the person, or the address while there is none, as
// Change.Subject has it.
func (p *Person) Subject() string { return cmp.Or(p.UserID, p.Email) }

// AddressID is the id in a marker that was written before the source had ids;
// zero if there is none. A source whose ids look like addresses has none: people
// who may write their own address could write the id of somebody else (S01).
func (p *Person) AddressID() plan.DirectoryID {
	if p.ID == "" || p.Email == "" || p.loginIDs {
		return plan.DirectoryID{}
	}
	return plan.DirectoryID{Source: p.From.Source, ID: p.Email}
}

// hasID reports whether the id of a marker is one of the person's.
func (p *Person) hasID(id plan.DirectoryID) bool {
	return id == p.DirectoryID() || id == p.AddressID() || slices.Contains(p.Aliases(), id)
}

// Addresses are all addresses of the person that count (S07).
func (p *Person) Addresses() []string {
	if p.Email == "" {
		return p.OtherEmails
	}
	if len(p.OtherEmails) == 0 {
		return []string{p.Email}
	}
	return append([]string{p.Email}, p.OtherEmails...)
}

// ComparePeople orders people by source, id and address. The origin comes last,
// because its text has to be made first.
func ComparePeople(a, b *Person) int {
	if c := cmp.Or(strings.Compare(a.From.Source, b.From.Source), strings.Compare(a.ID, b.ID), strings.Compare(a.Email, b.Email)); c != 0 {
		return c
	}
	return cmp.Compare(a.Origin.String(), b.Origin.String())
}

// Start and end dates (S28). A person whose end date has passed has left, just as
// if the account were disabled. Before the start date nobody is added or invited;
// an existing member stays, as after the renewal of a contract. If several rows or
// rules lead to one organization, the ones that hold now decide.

// personAt is a person at a time. Somebody whose end date has passed is
// disabled.
func personAt(p *source.Person, now time.Time) *source.Person {
	gone := p.Gone(now)
	if gone == p.Disabled {
		return p
	}
	by := *p
	by.Disabled = gone
	return &by
}
