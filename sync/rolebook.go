package sync

import (
	"errors"
	"maps"
	"slices"

	"rollcall/clerkapi"
)

// manageMemberships is the permission that makes a role an admin role.
const manageMemberships = "org:sys_memberships:manage"

// errNoAdminRole: no guard could tell an admin from others (S17, S19).
var errNoAdminRole = errors.New("no role has the permission " + manageMemberships + ", so nobody can tell who is an admin: name the admin roles in sync.admin_roles")

// roleBook knows what the roles of the instance may do.
type roleBook struct {
	permissions map[string]map[string]bool
	admin       map[string]bool
	// declared says that the configuration names the admin roles.
	declared bool
}

// newRoleBook takes the admin roles from the configuration, else from the permissions.
func newRoleBook(roles []clerkapi.Role, adminRoles []string) roleBook {
	b := roleBook{permissions: map[string]map[string]bool{}, admin: map[string]bool{}, declared: len(adminRoles) > 0}
	for _, r := range roles {
		set := map[string]bool{}
		for _, p := range r.Permissions {
			set[p] = true
		}
		b.permissions[r.Key] = set
		if !b.declared && set[manageMemberships] {
			b.admin[r.Key] = true
		}
	}
	for _, key := range adminRoles {
		b.admin[key] = true
	}
	return b
}

// atLeast reports whether a may do all that b may.
func (b roleBook) atLeast(a, role string) bool {
	if a == role {
		return true
	}
	have, known := b.permissions[a]
	want, alsoKnown := b.permissions[role]
	if !known || !alsoKnown || b.admin[role] && !b.admin[a] {
		return false
	}
	for p := range want {
		if !have[p] {
			return false
		}
	}
	return true
}

// effect says what a change of role does to the right to manage memberships;
// the empty role is no membership.
func (b roleBook) effect(from, to string) AdminEffect {
	switch {
	case b.admin[to] && !b.admin[from]:
		return AdminGained
	case b.mayBeAdmin(from) && !b.admin[to]:
		return AdminLost
	}
	return ""
}

// mayBeAdmin reports whether somebody with the role may be an admin: also with
// one that Clerk does not list, for nobody knows what it allows.
func (b roleBook) mayBeAdmin(role string) bool {
	_, known := b.permissions[role]
	return b.admin[role] || role != "" && !known && !b.declared
}

// assignable are the roles of the organization's role set; without a set of
// its own it uses the initial one (facts of Clerk's role sets). A role of which
// Clerk does not list what it allows is given to nobody.
func assignable(key string, roles []clerkapi.Role, sets []clerkapi.RoleSet) map[string]bool {
	out := map[string]bool{}
	for _, role := range roles {
		out[role.Key] = true
	}
	for _, s := range sets {
		if s.Key == key || key == "" && s.Type == "initial" {
			maps.DeleteFunc(out, func(role string, _ bool) bool { return !slices.Contains(s.Roles, role) })
			break
		}
	}
	return out
}

// knows reports whether Clerk has a role of that name: one that it lists, or
// that a role set names.
func (st *state) knows(role string) bool {
	_, listed := st.roles.permissions[role]
	return listed || slices.ContainsFunc(st.sets, func(s clerkapi.RoleSet) bool { return slices.Contains(s.Roles, role) })
}
