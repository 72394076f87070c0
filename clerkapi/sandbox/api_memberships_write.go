package sandbox

import (
	"net/http"
	"slices"
	"strconv"
)

// createMembership answers POST /organizations/{organization_id}/memberships.
func createMembership(c *call) *failure {
	org, f := c.organization()
	if f != nil {
		return f
	}
	form, f := c.form("user_id", "role", "public_metadata", "private_metadata")
	if f != nil {
		return f
	}
	id, key := form.required("user_id"), form.required("role")
	public, private := form.metadata("public_metadata", true), form.metadata("private_metadata", true)
	if f := form.failure(); f != nil {
		return f
	}
	u := c.userByID[id]
	if u == nil {
		return notFound("user", id)
	}
	r := org.role(key)
	if r == nil {
		return noRole()
	}
	if f := c.checkJoin(org, u); f != nil {
		return f
	}
	m := &membership{
		org: org, user: u, role: r, public: objectOrEmpty(public), private: objectOrEmpty(private),
		created: c.now, updated: c.now,
	}
	c.addMembership(m)
	c.out = c.appendMembership(c.out, m)
	return nil
}

// checkJoin checks whether a user can become a member now.
func (c *call) checkJoin(org *organization, u *user) *failure {
	if c.member(org, u) != nil {
		return alreadyMember(u.ID)
	}
	if c.exclusive(org, u) {
		return refuse(http.StatusUnprocessableEntity, "exclusive_organization_membership",
			"the user belongs to another organization, and memberships are exclusive")
	}
	return c.checkRoom(org, 1)
}

// checkRoom checks whether an organization takes n more members or invitations.
func (c *call) checkRoom(org *organization, n int) *failure {
	switch {
	case c.migrating(org):
		return refuseMigrating()
	case org.isFull(n, c.now):
		return quotaExceeded(org)
	case org.lacksSeats(n, c.now):
		f := refuse(http.StatusPaymentRequired, "insufficient_seats", "the subscription has no seat left")
		f.problems[0].Meta = map[string]any{"seats_quantity": len(org.members) + org.pending(c.now) + n}
		return f
	}
	return nil
}

func refuseMigrating() *failure {
	return refuse(http.StatusConflict, "role_migration_in_progress", "the roles of the organization are being migrated")
}

// exclusive reports whether a membership in another organization forbids this
// one, by the setting of the instance or of one of the organizations.
func (s *state) exclusive(org *organization, u *user) bool {
	for _, m := range u.memberships {
		if s.instance.Exclusive || org.Exclusive || m.org.Exclusive {
			return true
		}
	}
	return false
}

func alreadyMember(who string) *failure {
	return refuse(http.StatusBadRequest, "already_a_member_in_organization", who+" is a member already")
}

func quotaExceeded(org *organization) *failure {
	return refuse(http.StatusForbidden, "organization_membership_quota_exceeded",
		"all "+strconv.Itoa(org.MaxMemberships)+" seats are taken; pending invitations count")
}

// membership finds the membership in the path. Neither code nor status tells a
// missing organization from a missing member; Clerk answers so.
func (c *call) membership() (*membership, *failure) {
	org, f := c.organization()
	if f != nil {
		return nil, f
	}
	u := c.userByID[c.path("user_id")]
	if u == nil {
		return nil, notFound("membership of user", c.path("user_id"))
	}
	if m := c.member(org, u); m != nil {
		return m, nil
	}
	return nil, notFound("membership of user", u.ID)
}

// updateRole answers PATCH /organizations/{organization_id}/memberships/{user_id}.
func updateRole(c *call) *failure {
	m, f := c.membership()
	if f != nil {
		return f
	}
	form, f := c.form("role")
	if f != nil {
		return f
	}
	key := form.required("role")
	if f := form.failure(); f != nil {
		return f
	}
	r := m.org.role(key)
	if r == nil {
		return noRole()
	}
	if c.migrating(m.org) {
		return refuseMigrating()
	}
	if c.mappedRole(m.org, m.user) != nil {
		return managedByDirectory()
	}
	if f := m.checkRoleLoss(r); f != nil {
		return f
	}
	m.role, m.updated = r, c.now
	c.out = c.appendMembership(c.out, m)
	return nil
}

// deleteMembership answers DELETE …/memberships/{user_id} with the removed
// membership.
func deleteMembership(c *call) *failure {
	m, f := c.membership()
	if f != nil {
		return f
	}
	if f := m.checkRoleLoss(nil); f != nil {
		return f
	}
	c.out = c.appendMembership(c.out, m)
	c.dropMembership(m, c.now)
	return nil
}

// checkRoleLoss checks a role change of the membership, or its removal when next
// is nil.
func (m *membership) checkRoleLoss(next *role) *failure {
	if m.scim {
		return managedByDirectory()
	}
	if !m.role.hasMinimumPermissions() || next.hasMinimumPermissions() {
		return nil
	}
	for _, other := range m.org.members {
		if other != m && other.role.hasMinimumPermissions() {
			return nil
		}
	}
	return refuse(http.StatusBadRequest, "organization_minimum_permissions_needed",
		"the organization would be left without a member who may manage it")
}

func managedByDirectory() *failure {
	return refuse(http.StatusConflict, "organization_membership_managed_by_scim", "a directory manages this membership")
}

// hasMinimumPermissions reports whether the role has the permissions of which
// every organization needs one holder.
func (r *role) hasMinimumPermissions() bool {
	if r == nil {
		return false
	}
	for _, p := range minimumPermissions {
		if !slices.Contains(r.Permissions, p) {
			return false
		}
	}
	return true
}

// mergeMembershipMetadata answers PATCH …/memberships/{user_id}/metadata.
func mergeMembershipMetadata(c *call) *failure {
	m, f := c.membership()
	if f != nil {
		return f
	}
	public, private, f := c.readMerge(m.public, m.private)
	if f != nil {
		return f
	}
	m.public, m.private, m.updated = public, private, c.now
	c.out = c.appendMembership(c.out, m)
	return nil
}
