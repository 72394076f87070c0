package sandbox

import (
	"cmp"
	"slices"
)

// Snapshot returns everything that the instance holds now. Each list is sorted
// by id (memberships by organization and user), so that equal instances give
// equal bytes. New accepts a snapshot as a seed.
func (s *store) Snapshot() *Seed {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return snapshot(s.state)
}

func snapshot(st *state) *Seed {
	seed := &Seed{Version: SeedVersion, Instance: st.instance}
	for _, r := range st.roles {
		seed.Roles = append(seed.Roles, r.Role)
	}
	for _, set := range st.roleSets {
		seed.RoleSets = append(seed.RoleSets, set.RoleSet)
	}
	for _, u := range st.users {
		row := u.User
		row.EmailAddresses = slices.Clone(u.EmailAddresses)
		seed.Users = append(seed.Users, row)
	}
	for _, o := range st.organizations {
		seed.Organizations = append(seed.Organizations, o.Organization)
	}
	for _, m := range st.memberships {
		seed.Memberships = append(seed.Memberships, m.snapshot())
	}
	for _, i := range st.invitations {
		seed.Invitations = append(seed.Invitations, i.Invitation)
	}
	seed.Domains, seed.Connections = slices.Clone(st.domains), slices.Clone(st.connections)
	for _, d := range st.directories {
		seed.Directories = append(seed.Directories, d.clone())
	}
	for _, n := range st.sessions {
		seed.Sessions = append(seed.Sessions, n.Session)
	}
	for _, k := range st.keys {
		seed.APIKeys = append(seed.APIKeys, k.APIKey)
	}
	seed.sort()
	return seed
}

func (m *membership) snapshot() Membership {
	return Membership{
		ID: m.id, OrganizationID: m.org.ID, UserID: m.user.ID, Role: m.role.Key,
		PublicMetadata: m.public, PrivateMetadata: m.private, SCIM: m.scim,
		CreatedAt: m.created, UpdatedAt: m.updated,
	}
}

func (s *Seed) sort() {
	slices.SortFunc(s.Roles, func(a, b Role) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(s.RoleSets, func(a, b RoleSet) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(s.Users, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Organizations, func(a, b Organization) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Memberships, func(a, b Membership) int {
		return cmp.Or(cmp.Compare(a.OrganizationID, b.OrganizationID), cmp.Compare(a.UserID, b.UserID))
	})
	slices.SortFunc(s.Directories, func(a, b Directory) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Sessions, func(a, b Session) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.APIKeys, func(a, b APIKey) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Invitations, func(a, b Invitation) int {
		return cmp.Or(cmp.Compare(a.OrganizationID, b.OrganizationID), cmp.Compare(a.Email, b.Email), cmp.Compare(a.ID, b.ID))
	})
}
