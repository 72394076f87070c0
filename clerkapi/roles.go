package clerkapi

import (
	"context"
	"errors"
	"slices"
)

const roleSetsPath = "/role_sets"

// Roles lists the organization roles of the instance with their permissions
// (GET /organization_roles). Which of them an organization may assign is said
// by its role set.
func (c *Client) Roles(ctx context.Context) ([]Role, error) {
	l := &pager[wireRole, Role]{
		what: "roles", path: "/organization_roles", order: byAge,
		id: func(r *Role) string { return r.Key },
		convert: func(rows []wireRole) ([]Role, error) {
			return convert(rows, (*wireRole).role), nil
		},
	}
	return l.whole(ctx, c)
}

// RoleSets lists the role sets of the instance (GET /role_sets).
func (c *Client) RoleSets(ctx context.Context) ([]RoleSet, error) {
	l := &pager[wireRoleSet, RoleSet]{
		what: "role sets", path: roleSetsPath, order: byAge,
		id: func(s *RoleSet) string { return s.Key },
		convert: func(rows []wireRoleSet) ([]RoleSet, error) {
			return convert(rows, (*wireRoleSet).roleSet), nil
		},
	}
	return l.whole(ctx, c)
}

// RoleSet reads one role set by key or id.
func (c *Client) RoleSet(ctx context.Context, key string) (RoleSet, error) {
	if err := checking("RoleSet").id("key", key).err(); err != nil {
		return RoleSet{}, err
	}
	var out wireRoleSet
	err := c.do(ctx, &call{
		method: "GET", path: roleSetsPath + "/{role_set_key_or_id}", args: []string{key}, out: &out, repeat: always,
	})
	return out.roleSet(), err
}

type keyed struct {
	Key string `json:"key"`
}

func keys(items []keyed) []string { return convert(items, func(k *keyed) string { return k.Key }) }

type wireRole struct {
	Key         string  `json:"key"`
	Name        string  `json:"name"`
	Permissions []keyed `json:"permissions"`
}

func (w *wireRole) check() error {
	if w.Key == "" {
		return errors.New("a role lacks its key")
	}
	// Who is an admin is read from them: absent is unknown, not none (S17).
	if w.Permissions == nil || slices.Contains(w.Permissions, keyed{}) {
		return errors.New("a role lacks its permissions")
	}
	return nil
}

func (w *wireRole) role() Role {
	return Role{Key: w.Key, Name: w.Name, Permissions: keys(w.Permissions)}
}

type wireRoleSet struct {
	Key   string  `json:"key"`
	Name  string  `json:"name"`
	Type  string  `json:"type"`
	Roles []keyed `json:"roles"`
}

func (w *wireRoleSet) check() error {
	if w.Key == "" {
		return errors.New("a role set lacks its key")
	}
	return nil
}

func (w *wireRoleSet) roleSet() RoleSet {
	return RoleSet{Key: w.Key, Name: w.Name, Type: w.Type, Roles: keys(w.Roles)}
}
