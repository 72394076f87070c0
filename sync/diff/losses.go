package diff

import (
	"cmp"
	"fmt"
	"strings"

	"rollcall/sync/plan"
)

// Under removals: none nobody loses anything (S26). The comparison proposes what
// removals: managed would do, and this file takes the losses out again. Every
// change of a proposal passes here, so no new kind of change can forget the rule.
//
// A change of role is a loss if it takes the rights of an admin. The renewal of an
// invitation is none: the person has a new one afterwards.

// omission is what the proposal of one organization does not take.
type omission struct {
	plan.LossCount
	// members, invitations and keyHolders are the people of each kind, for the notes.
	members, invitations, keyHolders []string
	// keyUsers are the users of keyHolders. Nothing else tells them.
	keyUsers []string
}

// omitLosses takes the losses out of the proposal, counts them and notes them.
// failed are the sources that could not be read.
func (d *Proposal) omitLosses(failed map[string]bool) {
	var x omission
	rest := d.Changes[:0]
	for _, c := range d.Changes {
		if c.Replaced || !c.Destroys() {
			rest = append(rest, c)
			continue
		}
		if !d.unproven(&c, failed) {
			x.count(&c, d.Findings)
		}
		if c.Nulls > 0 && c.KeepKeys() {
			rest = append(rest, c)
		}
	}
	d.Changes = rest
	x.note(d.Findings)
	if x.LossCount != (plan.LossCount{}) {
		d.Omitted = &x.LossCount
	}
}

// unproven reports whether the data would hold a loss anyway, because the read was
// not whole: then nobody knows whether removals: managed would take it.
func (d *Proposal) unproven(c *plan.Change, failed map[string]bool) bool {
	if failed[c.Source] || c.Nulls > 0 && len(failed) > 0 || len(d.Findings.Unusable) > 0 {
		return true
	}
	for _, b := range d.Blocks {
		if b.Scope.Covers(c) {
			return true
		}
	}
	return false
}

// count counts a loss. A member who stays admin gets a note of their own, because
// the rules want another role.
func (x *omission) count(c *plan.Change, f *Findings) {
	who := cmp.Or(c.Email, c.UserID)
	switch {
	case c.Action == plan.Remove:
		x.members = append(x.members, who)
		x.Memberships++
	case c.Action == plan.RevokeInvitation:
		x.invitations = append(x.invitations, who)
		x.Invitations++
	case c.Nulls > 0:
		x.keyHolders, x.keyUsers = append(x.keyHolders, who), append(x.keyUsers, c.UserID)
		x.MetadataKeys += c.Nulls
	default:
		x.AdminRoles++
		f.Note("S26", c.Email, fmt.Sprintf("%s: keeps %s because of removals: none; should be %s by %s", who, c.From, c.To, c.Because), c.UserID)
	}
}

// note says what was counted, one note for each kind.
func (x *omission) note(f *Findings) {
	for _, kind := range []struct {
		n          int
		what, verb string
		who, users []string
	}{
		{x.Memberships, "member", "removed", x.members, nil},
		{x.Invitations, "invitation", "revoked", x.invitations, nil},
		{x.MetadataKeys, "metadata key", "removed", x.keyHolders, x.keyUsers},
	} {
		is := "are"
		if kind.n == 1 {
			is = "is"
		}
		if kind.n > 0 {
			f.Note("S26", "", fmt.Sprintf("because of removals: none, %s %s not %s: %s", plan.Count(kind.n, kind.what), is, kind.verb, firstNames(kind.who)), kind.users...)
		}
	}
}

// firstNames lists the first of many people.
func firstNames(who []string) string {
	if len(who) <= namedMembers {
		return strings.Join(who, ", ")
	}
	return strings.Join(who[:namedMembers], ", ") + ", …"
}
