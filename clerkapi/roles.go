package clerkapi

import (
	"context"

	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/wire"
)

// roles are the calls that concern roles.
type roles struct{ sender *sender }

// Roles lists the organization roles of the instance with their permissions (GET
// /organization_roles). The role set of an organization says which of them it
// may assign.
func (c *roles) Roles(ctx context.Context) ([]Role, error) {
	return roleList().All(ctx, c.sender)
}

func roleList() *calls.Pager[wire.Role, Role] {
	return &calls.Pager[wire.Role, Role]{
		What: "roles", Path: "/organization_roles", Order: calls.OldestFirst,
		ID: func(r *Role) string { return r.Key },
		Convert: func(rows []wire.Role) ([]Role, error) {
			return calls.Rows(rows, roleOf), nil
		},
	}
}

// RoleSets lists the role sets of the instance (GET /role_sets).
func (c *roles) RoleSets(ctx context.Context) ([]RoleSet, error) {
	l := &calls.Pager[wire.RoleSet, RoleSet]{
		What: "role sets", Path: "/role_sets", Order: calls.OldestFirst,
		ID: func(s *RoleSet) string { return s.Key },
		Convert: func(rows []wire.RoleSet) ([]RoleSet, error) {
			return calls.Rows(rows, roleSetOf), nil
		},
	}
	return l.All(ctx, c.sender)
}

func keys(items []wire.Key) []string {
	return calls.Rows(items, func(k *wire.Key) string { return k.Key })
}

func roleOf(w *wire.Role) Role {
	return Role{Key: w.Key, Name: w.Name, Permissions: keys(w.Permissions)}
}

func roleSetOf(w *wire.RoleSet) RoleSet {
	set := RoleSet{Key: w.Key, Name: w.Name, Type: w.Type, Roles: keys(w.Roles), ID: w.ID}
	if w.Migration != nil {
		set.Migration = new(RoleMigration(*w.Migration))
	}
	return set
}
