package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

var addressStatuses = []string{"", statusVerified, statusUnverified, "failed", statusExpired, "transferable"}

func (c *checker) user(i int, u *User) {
	path := func() string { return fmt.Sprintf("users[%d]", i) }
	before := len(c.problems)
	c.id("id", u.ID, "user_")
	if c.users[u.ID] {
		c.note("id", "another user has the id "+u.ID)
	}
	c.users[u.ID] = true
	if u.Email != "" {
		c.address("email", u.ID, EmailAddress{Address: u.Email})
	}
	for n, e := range u.EmailAddresses {
		c.address(fmt.Sprintf("email_addresses[%d]", n), u.ID, e)
	}
	if p := u.PrimaryEmailAddressID; p != "" && !slices.ContainsFunc(u.EmailAddresses, func(e EmailAddress) bool { return e.ID == p }) {
		c.note("primary_email_address_id", "the user has no address with this id")
	}
	c.unique("external_id", c.externalIDs, u.ExternalID, i)
	c.unique("username", c.usernames, u.Username, i)
	c.prefixPaths(before, path)
	if u.PublicMetadata != nil || u.PrivateMetadata != nil || u.UnsafeMetadata != nil {
		c.metadata(path(), map[string]json.RawMessage{
			"public_metadata": u.PublicMetadata, "private_metadata": u.PrivateMetadata, "unsafe_metadata": u.UnsafeMetadata,
		})
	}
}

// unique notes a value of a user that an earlier user has.
func (c *checker) unique(field string, seen map[string]int, value string, i int) {
	if value == "" {
		return
	}
	if earlier, ok := seen[value]; ok {
		c.note(field, fmt.Sprintf("is the same as users[%d].%s", earlier, field))
		return
	}
	seen[value] = i
}

// prefixPaths completes the paths of the problems since before. Building a path
// for each of a million rows would cost more than checking them.
func (c *checker) prefixPaths(before int, path func() string) {
	for i := before; i < len(c.problems); i++ {
		c.problems[i] = path() + "." + c.problems[i]
	}
}

// address checks an address: a verified or reserved one belongs to one user.
func (c *checker) address(path, user string, e EmailAddress) {
	if !looksLikeEmail(e.Address) {
		c.note(path, fmt.Sprintf("%q is not a valid email address", e.Address))
	}
	status := e.Verification.Status
	if !slices.Contains(addressStatuses, status) {
		c.note(path+".verification.status", "must be verified, unverified, failed, expired or transferable")
	}
	if !e.Reserved && status != "" && status != statusVerified {
		return
	}
	key := foldEmail(e.Address)
	if holder, ok := c.held[key]; ok {
		c.note(path, fmt.Sprintf("%s already has this address; only an unverified address may belong to two users", holder))
	}
	c.held[key] = user
}

func (c *checker) organization(i int, o *Organization) {
	before := len(c.problems)
	path := func() string { return fmt.Sprintf("organizations[%d]", i) }
	c.id("id", o.ID, "org_")
	if c.orgs[o.ID] != nil {
		c.note("id", "another organization has the id "+o.ID)
	}
	c.orgs[o.ID] = o
	if c.sets[o.RoleSet] == nil {
		c.note("role_set_key", "there is no role set "+o.RoleSet)
	}
	if o.MaxMemberships < 0 {
		c.note("max_allowed_memberships", "must not be negative")
	}
	if o.Seats < 0 {
		c.note("subscription_seats", "must not be negative")
	}
	c.subscription(o.Subscription)
	c.prefixPaths(before, path)
	if o.Slug != "" {
		c.noteRepeat(path()+".slug", "slug", o.Slug)
	}
	c.bothMetadata(path, o.PublicMetadata, o.PrivateMetadata)
}

func (c *checker) membership(i int, m *Membership) {
	before := len(c.problems)
	path := func() string { return fmt.Sprintf("memberships[%d]", i) }
	org := c.orgs[m.OrganizationID]
	if org == nil {
		c.note("organization_id", fmt.Sprintf("there is no organization %q", m.OrganizationID))
	}
	if !c.users[m.UserID] {
		c.note("user_id", fmt.Sprintf("there is no user %q", m.UserID))
	}
	// A role outside the role set is possible, because the set may have changed.
	// A role that does not exist is not.
	if role := cmp.Or(m.Role, memberRole); !slices.Contains(c.roleKeys, role) {
		c.note("role", "there is no role "+role)
	}
	key := [2]string{m.OrganizationID, m.UserID}
	if c.members[key] {
		c.note("user_id", "the user is a member already")
	}
	c.members[key] = true
	c.prefixPaths(before, path)
	if m.ID != "" {
		c.optionalID(path()+".id", m.ID, "orgmem_")
	}
	c.bothMetadata(path, m.PublicMetadata, m.PrivateMetadata)
}

func (c *checker) invitation(i int, in *Invitation) {
	before := len(c.problems)
	path := func() string { return fmt.Sprintf("invitations[%d]", i) }
	if c.orgs[in.OrganizationID] == nil {
		c.note("organization_id", fmt.Sprintf("there is no organization %q", in.OrganizationID))
	}
	if !looksLikeEmail(in.Email) {
		c.note("email_address", fmt.Sprintf("%q is not a valid email address", in.Email))
	}
	if role := cmp.Or(in.Role, memberRole); !slices.Contains(c.roleKeys, role) {
		c.note("role", "there is no role "+role)
	}
	if in.Status != "" && !slices.Contains(invitationStatuses, in.Status) {
		c.note("status", "must be pending, accepted, revoked or expired")
	}
	if in.InviterID != "" && !c.users[in.InviterID] {
		c.note("inviter_id", fmt.Sprintf("there is no user %q", in.InviterID))
	}
	c.prefixPaths(before, path)
	if in.ID != "" {
		c.optionalID(path()+".id", in.ID, "orginv_")
	}
	c.bothMetadata(path, in.PublicMetadata, in.PrivateMetadata)
}

func (c *checker) domain(i int, d *Domain) {
	path := fmt.Sprintf("organization_domains[%d]", i)
	c.optionalID(path+".id", d.ID, "orgdmn_")
	if c.orgs[d.OrganizationID] == nil {
		c.note(path+".organization_id", fmt.Sprintf("there is no organization %q", d.OrganizationID))
	}
	if d.Name == "" {
		c.note(path+".name", "is missing")
	}
	if d.Mode != "" && !slices.Contains(enrollmentModes(), d.Mode) {
		c.note(path+".enrollment_mode", "must be one of "+strings.Join(enrollmentModes(), ", "))
	}
}

func (c *checker) connection(i int, n *Connection) {
	path := fmt.Sprintf("enterprise_connections[%d]", i)
	c.optionalID(path+".id", n.ID, "entconn_")
	c.links[cmp.Or(n.ID, makeID("entconn_", int64(i+1)))] = true
	if n.OrganizationID != "" && c.orgs[n.OrganizationID] == nil {
		c.note(path+".organization_id", fmt.Sprintf("there is no organization %q", n.OrganizationID))
	}
	if n.Name == "" {
		c.note(path+".name", "is missing")
	}
}
