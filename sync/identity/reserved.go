package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/clerkapi"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// A run may create an account whose address is only reserved (create.address). The
// address proves nothing (S03), but the account goes to whoever proves it first. So two
// things have to agree before anybody gets something: the id for which the account was
// made, and the address that is reserved for it. Otherwise a mistyped address that was
// corrected since, or an address that another colleague has now, would give the rights
// of one person to another. Such a contradiction is a conflict (S02), and an admin
// decides it with rollcall rebind.
//
//	the account with a reserved address of p        | p
//	------------------------------------------------+--------------------------
//	carries the marker of another id                | conflict
//	was created for p, and nothing contradicts      | has the account
//	was created for p, and something contradicts    | conflict
//	was created for another id, which is there today| conflict
//	anything else                                   | has no account, and a note

// reservations decides about accounts whose address is only reserved.
type reservations struct{ *Resolver }

func (v *Resolver) reservations() reservations { return reservations{v} }

// join decides about the accounts that have an address of the person reserved.
// The membership that would carry the marker may be missing: the run was cut off, say,
// or was undone.
func (v reservations) join(p *directory.Person) {
	for _, email := range p.Addresses() {
		u := v.Users[v.Reserved[email]]
		if u == nil || v.Memory.DecisionOn(p.DirectoryID(), u.ID).New {
			continue
		}
		if v.joinHolder(p, u); p.UserID != "" || p.Problem != nil {
			return
		}
	}
}

// joinHolder joins a person to an account with a reserved address of theirs, or
// records the conflict, or does nothing.
func (v reservations) joinHolder(p *directory.Person, u *clerkapi.User) {
	if other, marked := v.markedAsAnother(p, u); marked {
		if v.Config.IDChanged != policy.IDChangedNew && !v.isForeignClaim(p, other) {
			v.joinTo(p, u, directory.ByCreation) // the conflict, unless it is decided
		}
		return
	}
	id, created := v.createdFor(u.ID)
	decided := v.Memory.DecisionOn(p.DirectoryID(), u.ID)
	switch {
	case !created || v.isForeignClaim(p, id):
	case directory.HasID(v.Directory.Same, p, id):
		v.joinCreated(p, u)
	case decided.Covers(id):
		v.joinTo(p, u, directory.ByCreation)
	case v.Config.IDChanged == policy.IDChangedNew || !v.isPresent(id):
	case v.Config.IDChanged == policy.IDChangedSame:
		v.joinTo(p, u, directory.ByCreation)
	default:
		v.conflictWith(p, u, id, fmt.Sprintf("%s (%s): same address, other id: the directory says %s, but rollcall created account %s, which has the address reserved, for the id %s of source %s",
			p.Label(), p.Origin, p.DirectoryID().ID, u.ID, id.ID, id.Source))
		if v.claims().foreignID(p, id) {
			p.Problem.Users = nil // a claim of another source takes nothing from them (S01)
		}
	}
}

// joinCreated joins a person to the account that a run has created for their id.
func (v reservations) joinCreated(p *directory.Person, u *clerkapi.User) {
	value, mismatch := roster.ReservationMismatch(u, p.Addresses(), p.ExternalID)
	was := plan.DirectoryID{Source: p.From.Source, ID: value}
	decided := v.Memory.DecisionOn(p.DirectoryID(), u.ID)
	switch {
	case p.ID == "": // the address is the id, and proves nothing
	case mismatch == "" || decided.Covers(was):
		v.joinTo(p, u, directory.ByCreation)
	default:
		v.conflictWith(p, u, was, fmt.Sprintf("%s (%s): rollcall created account %s for the id %s, but %s", p.Label(), p.Origin, u.ID, p.ID, mismatch))
	}
}

// conflictWith records a conflict that an admin can decide.
func (v reservations) conflictWith(p *directory.Person, u *clerkapi.User, was plan.DirectoryID, text string) {
	v.conflict(p, []string{u.ID}, text)
	if p.Email != "" {
		p.Problem.Conflict = v.conflictOf(p, u.ID, was)
	}
}

// markedAsAnother is an id that our markers give the account of, and that is none of the
// person's.
func (v reservations) markedAsAnother(p *directory.Person, u *clerkapi.User) (plan.DirectoryID, bool) {
	for _, other := range v.Have.Markers.DirectoryIDs(u.ID, nil) {
		if !directory.HasID(v.Directory.Same, p, other) {
			return other, true
		}
	}
	return plan.DirectoryID{}, false
}

// isForeignClaim reports whether the person is only an address, and the id is one of
// another source: the account may well be theirs, and is once they have proven it.
func (v reservations) isForeignClaim(p *directory.Person, id plan.DirectoryID) bool {
	return p.ID == "" && v.claims().foreignID(p, id)
}

// createdFor is the id of the person for whom a run has created an account.
func (v reservations) createdFor(user string) (id plan.DirectoryID, created bool) {
	if v.Memory == nil {
		return plan.DirectoryID{}, false
	}
	id, created = v.Memory.CreatedFor[user]
	return id, created
}

// isPresent reports whether the person for whom an account was created is in the
// directory today.
func (v reservations) isPresent(id plan.DirectoryID) bool {
	if v.creators == nil {
		v.creators = make(map[plan.DirectoryID]*directory.Person, len(v.Memory.CreatedFor))
		for _, of := range v.Memory.CreatedFor {
			v.creators[of] = nil
		}
		v.Directory.FindPeople(v.creators)
	}
	p := v.creators[id]
	return p != nil && p.Disabled == ""
}

// check looks at the accounts of people who are joined by an id and would get a membership
// or an admin role, or whose account a run has created. If nobody has verified an address
// of the account, and those that are reserved are none of the person's, it waits (S02):
// whoever proves such an address would get what this person is meant to have.
func (v reservations) check(ctx context.Context, wanted Wanted) error {
	doubtful := v.withoutTheirAddress(v.granted(wanted))
	ids := make([]string, len(doubtful))
	for i, p := range doubtful {
		ids[i] = p.UserID
	}
	if err := v.Load(ctx, ids, "read the accounts of people who would get access"); err != nil {
		return err
	}
	for _, p := range doubtful {
		u := v.Users[p.UserID]
		if u == nil {
			continue
		}
		reserved := roster.ReservedAddresses(u)
		if len(reserved) == 0 || slices.ContainsFunc(reserved, func(e string) bool { return slices.Contains(p.Addresses(), e) }) {
			continue
		}
		was, decided := plan.DirectoryID{Source: p.From.Source, ID: reserved[0]}, v.Memory.DecisionOn(p.DirectoryID(), u.ID)
		if decided.Covers(was) {
			continue
		}
		v.conflictWith(p, u, was, fmt.Sprintf("%s (%s): account %s has the %s of this person, but nobody has verified an address of it, and it has only %s reserved; whoever proves that address gets the account",
			p.Label(), p.Origin, u.ID, p.MatchedBy, strings.Join(reserved, ", ")))
		p.Problem.Text += fmt.Sprintf("; rebind with --same-person only if %s is this person's too, and with --new-person if it was wrong: this person then gets another account", reserved[0])
		p.UserID, p.MatchedBy = "", directory.Unmatched
	}
	return nil
}

// granted lists the people, joined by a marker or an external_id, who would get a
// membership or an admin role somewhere, or have got it with a reserved
// address. An exception names the account itself, so no address is compared.
func (v reservations) granted(wanted Wanted) []*directory.Person {
	gains := map[*directory.Person]bool{}
	for o, list := range wanted {
		for i := range list {
			w := &list[i]
			p := w.Person
			if o.Err == nil && p.UserID != "" && p.Account() == "" && p.Problem == nil && (p.MatchedBy == directory.ByMarker || p.MatchedBy == directory.ByExternalID) &&
				!w.StartsLater() && (v.hasReserved(p) || v.grants(w, o.Member(p.UserID))) {
				gains[p] = true
			}
		}
	}
	if len(gains) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(v.People), func(p *directory.Person) bool { return !gains[p] })
}

// hasReserved reports whether a run may have created the person's account with a
// reserved address: if the source has corrected it since, the membership is already with
// the wrong one.
func (v reservations) hasReserved(p *directory.Person) bool {
	_, created := v.createdFor(p.UserID)
	return created && v.Config.Create.Address == policy.AddressReserved
}

// grants reports whether an entitlement adds somebody, or makes them admin.
func (v reservations) grants(w *assign.Entitlement, m *roster.Member) bool {
	return m == nil || w.Mode != policy.RolesOnAdd && v.Have.Roles.Effect(m.Role, w.Role) == plan.AdminGained
}

// withoutTheirAddress leaves out the people whose account Clerk lists under one of their
// addresses. They need no request: a reserved address that is listed is their own.
func (v reservations) withoutTheirAddress(people []*directory.Person) []*directory.Person {
	if len(people) == 0 {
		return nil
	}
	listed := make(map[string][]string, len(people))
	for _, p := range people {
		listed[p.UserID] = nil
	}
	for _, o := range v.Have.Organizations {
		for i := range o.Members {
			m := &o.Members[i]
			if _, asked := listed[m.UserID]; asked {
				listed[m.UserID] = append(listed[m.UserID], m.Email())
			}
		}
	}
	return slices.DeleteFunc(people, func(p *directory.Person) bool {
		return slices.ContainsFunc(listed[p.UserID], func(e string) bool { return slices.Contains(p.Addresses(), e) })
	})
}
