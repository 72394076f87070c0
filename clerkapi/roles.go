package clerkapi

import (
	"context"

	"rollcall/clerkapi/internal/wire"
)

// roles are the calls that concern roles.
type roles struct{ sender *sender }

// Roles lists the organization roles of the instance with their permissions (GET
// /organization_roles). The role set of an organization says which of them it
// may assign.
func (c *roles) Roles(ctx context.Context) ([]Role, error) {
	return roleList().all(ctx, c.sender)
}

func roleList() *pager[wire.Role, Role] {
	return &pager[wire.Role, Role]{
		what: "roles", path: "/organization_roles", order: oldestFirst,
		id: func(r *Role) string { return r.Key },
		convert: func(rows []wire.Role) ([]Role, error) {
			return convertRows(rows, roleOf), nil
		},
	}
}

// RoleSets lists the role sets of the instance (GET /role_sets).
func (c *roles) RoleSets(ctx context.Context) ([]RoleSet, error) {
	l := &pager[wire.RoleSet, RoleSet]{
		what: "role sets", path: "/role_sets", order: oldestFirst,
		id: func(s *RoleSet) string { return s.Key },
		convert: func(rows []wire.RoleSet) ([]RoleSet, error) {
			return convertRows(rows, roleSetOf), nil
		},
	}
	return l.all(ctx, c.sender)
}

func keys(items []wire.Key) []string {
	return convertRows(items, func(k *wire.Key) string { return k.Key })
}

func roleOf(w *wire.Role) Role {
	return Role{Key: w.Key, Name: w.Name, Permissions: keys(w.Permissions)}
}

func roleSetOf(w *wire.RoleSet) RoleSet {
	return RoleSet{Key: w.Key, Name: w.Name, Type: w.Type, Roles: keys(w.Roles)}
}
