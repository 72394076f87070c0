package wire

import (
	"errors"
	"slices"
)

// Key names a permission or a role inside another object.
type Key struct {
	Key string `json:"key"`
}

// Role is Role of the contract.
type Role struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	Permissions []Key  `json:"permissions"`
}

// Check reports a role that cannot be named or judged.
func (w *Role) Check() error {
	if w.Key == "" {
		return errors.New("a role has no key")
	}
	// The permissions say who is an admin: absent is unknown, not none (S17).
	if w.Permissions == nil || slices.Contains(w.Permissions, Key{}) {
		return errors.New("a role has no permissions")
	}
	return nil
}

// RoleSet is RoleSet of the contract.
type RoleSet struct {
	Key   string `json:"key"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Roles []Key  `json:"roles"`
	ID    string `json:"id"`
	// Migration is absent or null when none runs.
	Migration *RoleSetMigration `json:"role_set_migration"`
}

// RoleSetMigration is RoleSetMigration of the contract.
type RoleSetMigration struct {
	OrganizationID string `json:"organization_id"`
	Status         string `json:"status"`
	Source         string `json:"source_role_set_id"`
	Destination    string `json:"dest_role_set_id"`
}

// Check reports a role set without its key.
func (w *RoleSet) Check() error {
	if w.Key == "" {
		return errors.New("a role set has no key")
	}
	return nil
}
