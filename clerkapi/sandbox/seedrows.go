package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
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
	c.prefix(before, path)
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

// prefix completes the paths of the problems since before; building a path
// for each of a million rows would cost more than checking them.
func (c *checker) prefix(before int, path func() string) {
	for i := before; i < len(c.problems); i++ {
		c.problems[i] = path() + "." + c.problems[i]
	}
}

// address judges an address: proven and reserved ones belong to one user.
func (c *checker) address(path, user string, e EmailAddress) {
	if !plausible(e.Address) {
		c.note(path, fmt.Sprintf("%q is no e-mail address", e.Address))
	}
	status := e.Verification.Status
	if !slices.Contains(addressStatuses, status) {
		c.note(path+".verification.status", "has to be verified, unverified, failed, expired or transferable")
	}
	if !e.Reserved && status != "" && status != statusVerified {
		return
	}
	key := foldEmail(e.Address)
	if holder, ok := c.held[key]; ok {
		c.note(path, fmt.Sprintf("%s holds this address already; only unverified ones may be on two users", holder))
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
		c.note("max_allowed_memberships", "is negative")
	}
	c.prefix(before, path)
	if o.Slug != "" {
		c.once(path()+".slug", "slug", o.Slug)
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
	// A role outside the role set can exist from before; one of no role cannot.
	if role := orElse(m.Role, memberRole); !slices.Contains(c.roleKeys, role) {
		c.note("role", "there is no role "+role)
	}
	key := [2]string{m.OrganizationID, m.UserID}
	if c.members[key] {
		c.note("user_id", "the user is a member already")
	}
	c.members[key] = true
	c.prefix(before, path)
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
	if !plausible(in.Email) {
		c.note("email_address", fmt.Sprintf("%q is no e-mail address", in.Email))
	}
	if role := orElse(in.Role, memberRole); !slices.Contains(c.roleKeys, role) {
		c.note("role", "there is no role "+role)
	}
	if in.Status != "" && !slices.Contains(invitationStatuses, in.Status) {
		c.note("status", "has to be pending, accepted, revoked or expired")
	}
	if in.InviterID != "" && !c.users[in.InviterID] {
		c.note("inviter_id", fmt.Sprintf("there is no user %q", in.InviterID))
	}
	c.prefix(before, path)
	if in.ID != "" {
		c.optionalID(path()+".id", in.ID, "orginv_")
	}
	c.bothMetadata(path, in.PublicMetadata, in.PrivateMetadata)
}
