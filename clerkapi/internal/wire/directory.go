package wire

import "errors"

// Directory is Directory of the contract. Its API key is not decoded.
type Directory struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Provider     string `json:"provider"`
	ConnectionID string `json:"enterprise_connection_id"`
	Enabled      bool   `json:"enabled"`
	MapsRoles    bool   `json:"group_role_mapping_enabled"`
}

// Check reports a directory without its id.
func (w *Directory) Check() error {
	if w.ID == "" {
		return errors.New("a directory has no id")
	}
	return nil
}

// GroupRoleMapping is DirectoryGroupRoleMapping of the contract.
type GroupRoleMapping struct {
	ID         string `json:"id"`
	GroupID    string `json:"directory_group_id"`
	GroupName  string `json:"directory_group_display_name"`
	Role       Key    `json:"role"`
	Precedence int    `json:"precedence"`
}

// Check reports a mapping without its group. Its role is optional in the
// contract.
func (w *GroupRoleMapping) Check() error {
	if w.ID == "" || w.GroupID == "" {
		return errors.New("a group role mapping has no id or no group")
	}
	return nil
}
