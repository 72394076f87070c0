package wire

import (
	"errors"
	"strings"
)

// OrganizationPrefix begins the id of every organization.
const OrganizationPrefix = "org_"

// Organization is Organization of the contract.
type Organization struct {
	ID      string `json:"id"`
	Slug    string `json:"slug"`
	Name    string `json:"name"`
	Members *int   `json:"members_count"`
	Pending int    `json:"pending_invitations_count"`
	Max     int    `json:"max_allowed_memberships"`
	RoleSet string `json:"role_set_key"`
}

// Check reports an organization without its id.
func (w *Organization) Check() error {
	if !strings.HasPrefix(w.ID, OrganizationPrefix) {
		return errors.New("an organization has no id")
	}
	return nil
}
