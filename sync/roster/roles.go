package roster

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
)

// Roles is what the roles of the instance allow.
type Roles struct {
	Permissions map[string]map[string]bool
	Admin       map[string]bool
	// declared says that the configuration names the admin roles.
	declared bool
}

// NewRoles takes the admin roles from the configuration, or from the permissions
// if the configuration names none.
func NewRoles(roles []clerkapi.Role, adminRoles []string) Roles {
	b := Roles{Permissions: map[string]map[string]bool{}, Admin: map[string]bool{}, declared: len(adminRoles) > 0}
	for _, r := range roles {
		set := map[string]bool{}
		for _, p := range r.Permissions {
			set[p] = true
		}
		b.Permissions[r.Key] = set
		if !b.declared && set[manageMemberships] {
			b.Admin[r.Key] = true
		}
	}
	for _, key := range adminRoles {
		b.Admin[key] = true
	}
	return b
}

// manageMemberships is the permission that makes a role an admin role.
const manageMemberships = "org:sys_memberships:manage"

// errNoAdminRole: without an admin role no guard could tell admins from other
// members (S17, S19).
var errNoAdminRole = errors.New("no role has the permission " + manageMemberships + ", so rollcall cannot tell who is an admin: list the admin roles in sync.admin_roles")

// AtLeast reports whether role a allows everything that the other role allows.
func (b Roles) AtLeast(a, role string) bool {
	if a == role {
		return true
	}
	have, known := b.Permissions[a]
	want, alsoKnown := b.Permissions[role]
	if !known || !alsoKnown || b.Admin[role] && !b.Admin[a] {
		return false
	}
	for p := range want {
		if !have[p] {
			return false
		}
	}
	return true
}

// Effect is what a change of role does to the right to manage memberships. The
// empty role is no membership.
func (b Roles) Effect(from, to string) plan.AdminEffect {
	switch {
	case b.Admin[to] && !b.Admin[from]:
		return plan.AdminGained
	case b.MayBeAdmin(from) && !b.Admin[to]:
		return plan.AdminLost
	}
	return ""
}

// MayBeAdmin reports whether a member with the role may be an admin. That
// includes a role that Clerk does not list, since its permissions are unknown.
func (b Roles) MayBeAdmin(role string) bool {
	_, known := b.Permissions[role]
	return b.Admin[role] || role != "" && !known && !b.declared
}

// assignable are the roles of the role set of an organization. An organization
// without one is taken to use the initial set. That is documented for new
// organizations only; for an older one a wrong guess skips a role that Clerk would
// take, and sends nothing that Clerk would not judge itself. A role whose
// permissions Clerk does not list is not assignable.
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

// migrating reports whether Clerk migrates the roles of an organization now (GET
// /role_sets: role_set_migration). A migration concerns the organizations of its
// source, or the one of them that it names. The source is taken to be the set that
// shows the migration, if it names none. The organization that it names may have
// the destination already.
func migrating(o *clerkapi.Organization, sets []clerkapi.RoleSet) bool {
	i := slices.IndexFunc(sets, func(s clerkapi.RoleSet) bool { return s.Key == o.RoleSet || o.RoleSet == "" && s.Type == "initial" })
	if i < 0 {
		return false
	}
	own := sets[i].ID
	return slices.ContainsFunc(sets, func(s clerkapi.RoleSet) bool {
		m := s.Migration
		switch {
		case !m.Running() || m.OrganizationID != "" && m.OrganizationID != o.ID:
			return false
		case m.OrganizationID != "" && m.Destination != "" && m.Destination == own:
			return true
		}
		return own == cmp.Or(m.Source, s.ID)
	})
}
