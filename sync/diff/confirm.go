package diff

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/sync/assign"
	"rollcall/sync/identity"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// readSubjects begins the error when users of changes cannot be read.
const readSubjects = "read the accounts to be changed"

// confirm reads the user of each proposed removal or demotion before any
// guard. If the user turns out to be wanted there with that role or a higher
// one, the change is dropped (S04). Users that the lists deny and protect may
// mean are read too: only the user shows the external ids and addresses in
// those lists (S04, S08).
func (r *Differ) confirm(ctx context.Context, proposals []*Proposal, v *identity.Resolver) error {
	var ids []string
	unshown := v.Have.UsersOfUnknownStanding()
	for _, d := range proposals {
		for i := range d.Changes {
			if c := &d.Changes[i]; c.UserID != "" && (r.mustRead(c) || d.becomesAdminAsAnother(c) || c.Grants() && unshown[c.UserID]) {
				ids = append(ids, c.UserID)
			}
		}
	}
	if err := v.Load(ctx, ids, readSubjects); err != nil {
		return err
	}
	for _, d := range proposals {
		d.dropRefuted(v)
		d.showUsers(v)
	}
	return nil
}

// becomesAdminAsAnother reports whether a member becomes admin whom Clerk does
// not show under the address of the source: whoever approves must see who it is
// (S43).
func (d *Proposal) becomesAdminAsAnother(c *plan.Change) bool {
	m := d.Organization.Member(c.UserID)
	return c.Admin == plan.AdminGained && m != nil && m.Email() != c.Email
}

// showUsers adds an address that the user has verified to each change whose
// address the user has not: the approver sees who it is (S43). If the user has verified
// none, it is one that is reserved: whoever proves it has the account.
func (d *Proposal) showUsers(v *identity.Resolver) {
	for i := range d.Changes {
		c := &d.Changes[i]
		u := v.Users[c.UserID]
		if u == nil || c.Email == "" {
			continue
		}
		verified, reserved := roster.VerifiedAddresses(u), roster.ReservedAddresses(u)
		switch {
		case len(verified) > 0 && !slices.Contains(verified, c.Email):
			c.UserEmail = verified[0]
		case len(reserved) > 0 && !slices.Contains(reserved, c.Email):
			c.UserReserved = reserved[0]
		}
	}
}

// ReadSubjects reads every user that would gain or lose something. The lists
// deny and protect may mean them, and so may a source (S04, S08).
func (r *Differ) ReadSubjects(ctx context.Context, proposals []*Proposal, v *identity.Resolver) error {
	var ids []string
	for _, d := range proposals {
		for i := range d.Changes {
			if c := &d.Changes[i]; c.UserID != "" && (c.Grants() || r.mustRead(c)) {
				ids = append(ids, c.UserID)
			}
		}
	}
	return v.Load(ctx, ids, readSubjects)
}

// mustRead reports whether the change's user must be read before it is judged.
func (r *Differ) mustRead(c *plan.Change) bool {
	return c.Revokes() || c.Grants() && len(r.Config.Deny) > 0 || c.Action != plan.Add && len(r.Config.Protect) > 0
}

// dropRefuted drops the changes that the users read by confirm refute, and
// notes the losses of users whose address another person has.
func (d *Proposal) dropRefuted(v *identity.Resolver) {
	wanted := d.wantedPeople()
	kept := d.Changes[:0]
	for _, c := range d.Changes {
		why, borrowed := d.whyRefuted(&c, wanted, v)
		if why != "" && !borrowed {
			d.Findings.Note("S04", c.Email, why, c.UserID)
			continue
		}
		if borrowed {
			d.setBorrowed(c.UserID, why)
		}
		kept = append(kept, c)
	}
	d.Changes = kept
}

func (d *Proposal) setBorrowed(user, why string) {
	if d.Borrowed == nil {
		d.Borrowed = map[string]string{}
	}
	d.Borrowed[user] = why
}

// wantedPeople lists the wanted people by address and by external_id. It is
// nil when nothing is taken from anybody.
func (d *Proposal) wantedPeople() map[string][]*assign.Entitlement {
	if !slices.ContainsFunc(d.Changes, func(c plan.Change) bool { return c.Revokes() }) {
		return nil
	}
	out := map[string][]*assign.Entitlement{}
	for i := range d.Wants {
		w := &d.Wants[i]
		for _, e := range w.Person.Addresses() {
			out[e] = append(out[e], w)
		}
		if w.Person.ExternalID != "" {
			key := externalKey(w.Person.ExternalID)
			out[key] = append(out[key], w)
		}
	}
	for _, sharing := range out {
		slices.SortFunc(sharing, comparePeople)
	}
	return out
}

// comparePeople orders entitlements of people who share an address, so that
// whatever names one of them names the same one in every run.
func comparePeople(a, b *assign.Entitlement) int {
	p, q := a.Person.DirectoryID(), b.Person.DirectoryID()
	return cmp.Or(cmp.Compare(p.Source, q.Source), cmp.Compare(p.ID, q.ID), cmp.Compare(a.Person.Label(), b.Person.Label()))
}

// externalKey keeps external ids apart from addresses in one map.
func externalKey(id string) string { return "\x00" + id }

// keyText says what a key of wantedPeople is.
func keyText(key string) string {
	if id, external := strings.CutPrefix(key, externalKey("")); external {
		return "the external_id " + id
	}
	return "verified the address " + key
}

// whyRefuted says why a change must not be made after all; empty when it may. A
// person who wants the place and has another user by a marker or an external_id
// has borrowed the address, or has it by right: the change waits (S04).
func (d *Proposal) whyRefuted(c *plan.Change, wanted map[string][]*assign.Entitlement, v *identity.Resolver) (why string, borrowed bool) {
	if !c.Revokes() {
		return "", false
	}
	u := v.Users[c.UserID]
	if u == nil {
		return fmt.Sprintf("account %s cannot be read, so nothing is removed from it", c.UserID), false
	}
	// An identifier may be an address that nobody verified: it spares nobody.
	keys := append(roster.VerifiedAddresses(u), externalKey(u.ExternalID)) // nobody is wanted under an empty one
	for _, key := range keys {
		for _, w := range wanted[key] {
			p := w.Person
			switch {
			case p.NotUser() == c.UserID || !v.Have.Roles.AtLeast(w.Role, c.From):
			case p.UserID != c.UserID && p.MatchedBy.ByID():
				if borrowed {
					continue // one name is enough
				}
				why, borrowed = fmt.Sprintf("account %s (%s) has %s, but so has %s (%s) in the directory, who has account %s",
					c.UserID, c.Email, keyText(key), p.Label(), p.Origin, p.UserID), true
			default:
				return fmt.Sprintf("account %s (%s) belongs to somebody who should be a member here (%s); not changed", c.UserID, c.Email, w.Role), false
			}
		}
	}
	return why, borrowed
}
