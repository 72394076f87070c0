package identity

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"rollcall/clerkapi"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/exception"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// excepted decides about people whom exceptions name.
type excepted struct{ *Resolver }

func (v *Resolver) excepted() excepted { return excepted{v} }

// joinAccounts joins the people whom only a grant names to the accounts that it names.
// No address decides about them. An account that carries the marker of an entry is that
// entry, or its leaver, and gets nothing by a grant for the account (S01).
func (v excepted) joinAccounts(ctx context.Context) error {
	var ids []string
	for _, p := range v.People {
		if p.Account() != "" {
			ids = append(ids, p.Account())
		}
	}
	if err := v.Load(ctx, ids, "read the accounts that exceptions name"); err != nil {
		return err
	}
	for _, p := range v.People {
		user := p.Account()
		if user == "" {
			continue
		}
		u := v.Users[user]
		if u == nil {
			p.Problem = &directory.Problem{Rule: "S06", Text: fmt.Sprintf("%s: the account %s of a grant does not exist any more", p.Label(), user)}
			continue
		}
		if other, marked := v.entryOf(u); marked {
			p.Problem = &directory.Problem{Rule: "S06", Text: fmt.Sprintf(
				"%s: account %s is marked as %s of source %s; a grant of the account gives nothing as long as that membership is there", p.Label(), user, other.ID, other.Source)}
			continue
		}
		p.UserID, p.MatchedBy = user, directory.ByException
	}
	return nil
}

// entryOf is the entry of a source that a marker names for an account; not ok if there
// is none. A marker whose id is an address that the account has verified names the
// account itself: a row of a source without ids, which anybody may have written, takes
// no grant from it (S01). Nor does an entry of which an admin has said that it is the
// account's person.
func (v excepted) entryOf(u *clerkapi.User) (id plan.DirectoryID, ok bool) {
	verified := roster.VerifiedAddresses(u)
	for _, id := range v.Have.Markers.DirectoryIDs(u.ID, nil) {
		if id.Source != exception.Source && !slices.Contains(verified, id.ID) && !v.claims().decided(id, accountID(u.ID), u.ID) {
			return id, true
		}
	}
	return id, false
}

// accountID is the id in the marker of an account that only a grant leads to.
func accountID(user string) plan.DirectoryID {
	return plan.DirectoryID{Source: exception.Source, ID: user}
}

// takeDenied takes the entitlements of those whom an exception keeps out, and of
// accounts that a grant cannot give anything: those that are banned (S08), gone, or
// somebody else's. While it is unclear who somebody in a source is, nothing is taken
// from anybody (S02, S06).
func (v excepted) takeDenied(a *assign.Assignments) {
	if a.Exceptions().None() {
		return
	}
	var notes []plan.Note
	v.linkDenied(a)
	for o, list := range v.Wants {
		v.Wants[o] = slices.DeleteFunc(list, func(w assign.Entitlement) bool {
			why := v.whyNothing(a, o, &w)
			if why != "" {
				notes = append(notes, plan.Note{Organization: o.ID, Email: w.Person.Email, Users: usersOf(w.Person), Text: why})
			}
			return why != ""
		})
	}
	slices.SortFunc(notes, func(a, b plan.Note) int {
		return cmp.Or(cmp.Compare(a.Organization, b.Organization), plan.CompareNotes(a, b))
	})
	v.Notes = append(v.Notes, notes...)
}

// whyNothing says why somebody gets nothing in an organization, whatever the rules or a
// grant say; empty if nothing keeps them out.
func (v excepted) whyNothing(a *assign.Assignments, o *roster.Organization, w *assign.Entitlement) string {
	p := w.Person
	account := p.Account() != ""
	switch e := a.Exceptions().DeniedIn(o.ID, claimOf(p), p.DirectoryIDs()...); {
	case p.Problem != nil && account:
		return p.Problem.Text
	case p.Problem != nil:
		return ""
	case e != nil:
		return fmt.Sprintf("%s: gets nothing in %s: %s (exception %d); otherwise %s: %s", p.Label(), cmp.Or(o.Slug, o.ID), e.Text(), e.ID, w.Role, w.Because())
	case account && v.Have.Banned[p.UserID]:
		return fmt.Sprintf("%s: account %s is banned or deprovisioned, so a grant gives it nothing (S08)", p.Label(), p.UserID)
	}
	return ""
}

// linkDenied notes which account, or without one which address, the entries have that a
// deny names: an entry of another source with the same one is the same person. Otherwise
// a row of a source without ids would lead around the deny. An address counts only if
// the deny was made for it: people may write their own, and would take the access of
// somebody else (S01).
func (v excepted) linkDenied(a *assign.Assignments) {
	for _, p := range v.People {
		ids := p.DirectoryIDs()
		if e := a.Exceptions().DenyOf(ids...); e != nil && (p.MatchedBy.ByID() || p.Email == e.Address) {
			a.Exceptions().LinkDenied(claimOf(p), ids)
		}
	}
}

func usersOf(p *directory.Person) []string {
	if p.Account() != "" {
		return []string{p.Account()}
	}
	if p.UserID == "" {
		return nil
	}
	return []string{p.UserID}
}
