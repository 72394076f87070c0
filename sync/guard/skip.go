package guard

import (
	"rollcall/sync/directory"
	"rollcall/sync/identity"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// A change that cannot or must not be made is skipped with its reason. It holds
// no other change (S08, S19).

// Exclusions are the users and people that the lists protect and deny mean.
type Exclusions struct {
	Protect, deny policy.List
	users         *identity.Resolver
	// people are the desired people by user: the lists may mean them by a value
	// that only the directory has.
	people map[string]*directory.Person
	// newcomers are those without a user, by address.
	newcomers map[string]*directory.Person
}

// NewExclusions reads the two lists of the configuration.
func NewExclusions(config policy.Config, v *identity.Resolver) *Exclusions {
	s := &Exclusions{Protect: policy.NewList(config.Protect), deny: policy.NewList(config.Deny), users: v, people: map[string]*directory.Person{}, newcomers: map[string]*directory.Person{}}
	for _, p := range v.People {
		if p.UserID != "" {
			s.people[p.UserID] = p
		} else {
			s.newcomers[p.Email] = p
		}
	}
	return s
}

// protected people keep what they have; an add takes nothing from anybody (S19).
func protected(o *organization, c *plan.Change) ([]any, bool) {
	return nil, c.Action != plan.Add && o.exclusions.Protect.Has(o.exclusions.ProvenNames(c)...)
}

// banned and deprovisioned users get nothing (S08). An undo may take our own ban back
// first.
func banned(o *organization, c *plan.Change) ([]any, bool) {
	return nil, c.Grants() && !c.Action.OpensAccount() && o.compared.People.Have.Banned[c.UserID] && !o.isUnbanned(c.UserID)
}

// denied people get nothing (S08).
func denied(o *organization, c *plan.Change) ([]any, bool) {
	return nil, c.Grants() && o.exclusions.deny.Has(o.exclusions.allNames(c)...)
}

// managedByClerk are the changes of memberships of Clerk's own directory sync that
// it refused in an earlier run, and no others: a role that it manages keeps nobody
// from being removed (S19, S39).
func managedByClerk(o *organization, c *plan.Change) ([]any, bool) {
	m := o.compared.Memory
	return nil, m != nil && m.Managed[plan.MembershipKey(c)].Refuses(c.Action)
}

// roleNotInSet is a role that Clerk knows and the organization may not use
// (S19). An unknown role is held instead. In an undo it is skipped, because
// nobody can correct its name.
func roleNotInSet(o *organization, c *plan.Change) ([]any, bool) {
	outside := c.SetsRole() && !o.proposal.Organization.Assignable[c.To]
	return []any{c.To}, outside && (o.asked.Undoing || !o.givesUnknownRole(c))
}

// oversize refuses metadata that Clerk would refuse, before anything is sent.
func oversize(o *organization, c *plan.Change) ([]any, bool) {
	n := metadataSize(c, o.proposal.Organization)
	return []any{n, plan.MaxMetadata}, n > plan.MaxMetadata
}

// metadataSize is the size in bytes of the larger of the two metadata objects
// that a change leaves behind; 0 when it writes none.
func metadataSize(c *plan.Change, o *roster.Organization) int {
	if c.Public == "" && c.Private == "" {
		return 0
	}
	var public, private map[string]any
	if m := o.Member(c.UserID); m != nil {
		public, private = plan.Decode(m.Public), m.PrivateMetadata()
	}
	return max(
		len(plan.Canonical(plan.Patched(public, plan.Decode([]byte(c.Public))))),
		len(plan.Canonical(plan.Patched(private, plan.Decode([]byte(c.Private))))))
}

// allNames are all values by which deny may mean the change's user, from Clerk
// and from the directory.
func (s *Exclusions) allNames(c *plan.Change) []string {
	values := append(s.ProvenNames(c), c.Email)
	p := s.people[c.UserID]
	if c.UserID == "" {
		p = s.newcomers[c.Email]
	}
	if p != nil {
		values = append(append(values, p.ExternalID), p.Addresses()...)
	}
	return values
}

// ProvenNames are the values by which protect may mean the change's user: the
// id, the external_id and the verified addresses (S04). Values of the directory
// do not count, because many directories let people write their own address.
// Neither does the identifier in Clerk, which may be an address that nobody has
// verified, or a user name that looks like somebody's id.
func (s *Exclusions) ProvenNames(c *plan.Change) []string {
	values := []string{c.UserID}
	if u := s.users.Users[c.UserID]; u != nil {
		values = append(append(values, u.ExternalID), roster.VerifiedAddresses(u)...)
	}
	return values
}
