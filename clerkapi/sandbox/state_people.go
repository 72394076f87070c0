package sandbox

import "slices"

// people are the users of an instance, with the indexes by which they are found.
type people struct {
	users      []*user // ordered by creation
	userByID   map[string]*user
	byEmail    map[string][]*user // by foldEmail
	byExternal map[string]*user
	byUsername map[string]*user
}

func (p *people) indexEmail(u *user, address string) {
	key := foldEmail(address)
	if !slices.Contains(p.byEmail[key], u) {
		p.byEmail[key] = append(p.byEmail[key], u)
	}
}

func (p *people) unindexEmail(u *user, address string) {
	key := foldEmail(address)
	p.byEmail[key] = slices.DeleteFunc(p.byEmail[key], func(x *user) bool { return x == u })
	if len(p.byEmail[key]) == 0 {
		delete(p.byEmail, key)
	}
}

func (p *people) indexNames(u *user) {
	if u.ExternalID != "" {
		p.byExternal[u.ExternalID] = u
	}
	if u.Username != "" {
		p.byUsername[u.Username] = u
	}
}

// verifiedOwner is the user who has verified the address.
func (p *people) verifiedOwner(address string) *user {
	for _, u := range p.byEmail[foldEmail(address)] {
		if slices.ContainsFunc(u.EmailAddresses, func(e EmailAddress) bool {
			return e.Verified() && foldEmail(e.Address) == foldEmail(address)
		}) {
			return u
		}
	}
	return nil
}

// heldByOther reports whether another user has verified or reserved the address.
func (p *people) heldByOther(address string, by *user) bool {
	key := foldEmail(address)
	return slices.ContainsFunc(p.byEmail[key], func(u *user) bool {
		return u.ID != by.ID && slices.ContainsFunc(u.EmailAddresses, func(e EmailAddress) bool {
			return foldEmail(e.Address) == key && (e.Reserved || e.Verified())
		})
	})
}

// dropOtherClaims removes an address, which its owner has just verified, from
// all users who have not.
func (p *people) dropOtherClaims(owner *user, address string) {
	key := foldEmail(address)
	for _, u := range slices.Clone(p.byEmail[key]) {
		if u != owner {
			p.dropAddress(u, key)
		}
	}
}

// dropAddress removes an address from a user; another one becomes primary.
func (p *people) dropAddress(u *user, folded string) {
	u.EmailAddresses = slices.DeleteFunc(u.EmailAddresses, func(e EmailAddress) bool { return foldEmail(e.Address) == folded })
	p.unindexEmail(u, folded)
	if slices.ContainsFunc(u.EmailAddresses, func(e EmailAddress) bool { return e.ID == u.PrimaryEmailAddressID }) {
		return
	}
	u.PrimaryEmailAddressID = ""
	if len(u.EmailAddresses) > 0 {
		u.PrimaryEmailAddressID = u.EmailAddresses[0].ID
	}
}

// noteTaken notes identifiers that another user holds for good.
func (p *people) noteTaken(f *form, u *user) {
	for _, e := range u.EmailAddresses {
		if p.heldByOther(e.Address, u) {
			f.note(takenParam("email_address"))
		}
	}
	if other := p.byExternal[u.ExternalID]; u.ExternalID != "" && other != nil && other.ID != u.ID {
		f.note(takenParam("external_id"))
	}
	if other := p.byUsername[u.Username]; u.Username != "" && other != nil && other.ID != u.ID {
		f.note(takenParam("username"))
	}
}
