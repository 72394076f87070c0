package sandbox

// The rows of a seed that concern what an account can do, what an organization
// pays for, and who else changes members.

// Directory is a directory of Clerk's directory sync. It provisions the people of
// its groups for the organization of its enterprise connection.
type Directory struct {
	ID           string `json:"id,omitempty"`   // generated when absent
	Name         string `json:"name,omitempty"` // the id when absent
	Provider     string `json:"provider,omitempty"`
	ConnectionID string `json:"enterprise_connection_id,omitempty"`
	Enabled      bool   `json:"enabled,omitempty"`
	// MapsRoles puts the mappings into force.
	MapsRoles bool               `json:"group_role_mapping_enabled,omitempty"`
	Groups    []DirectoryGroup   `json:"groups,omitempty"`
	Mappings  []GroupRoleMapping `json:"group_role_mappings,omitempty"`
	// Provisioned are the users whom the last sync found in a group. When absent,
	// they are those of the groups.
	Provisioned []string `json:"provisioned_users,omitzero"`
	CreatedAt   int64    `json:"created_at,omitempty"`
	UpdatedAt   int64    `json:"updated_at,omitempty"`
}

// DirectoryGroup is a group at the identity provider. Clerk's API does not show
// its members.
type DirectoryGroup struct {
	ID      string   `json:"id"`
	Name    string   `json:"display_name,omitempty"` // the id when absent
	Members []string `json:"members,omitempty"`      // ids of users
}

// GroupRoleMapping gives the members of a group a role.
type GroupRoleMapping struct {
	ID         string `json:"id,omitempty"` // generated when absent
	GroupID    string `json:"directory_group_id"`
	Role       string `json:"role"`
	Precedence int    `json:"precedence,omitempty"` // the place in the list when absent
	CreatedAt  int64  `json:"created_at,omitempty"`
	UpdatedAt  int64  `json:"updated_at,omitempty"`
}

// Session is a session of a user.
type Session struct {
	ID             string `json:"id,omitempty"` // generated when absent
	UserID         string `json:"user_id"`
	ClientID       string `json:"client_id,omitempty"`
	Status         string `json:"status,omitempty"` // active when absent
	OrganizationID string `json:"last_active_organization_id,omitempty"`
	ExpiresAt      int64  `json:"expire_at,omitempty"` // ten years after CreatedAt when absent
	LastActiveAt   int64  `json:"last_active_at,omitempty"`
	CreatedAt      int64  `json:"created_at,omitempty"`
	UpdatedAt      int64  `json:"updated_at,omitempty"`
}

// APIKey is an API key of a user or an organization. It has no secret here.
type APIKey struct {
	ID          string   `json:"id,omitempty"` // generated when absent
	Subject     string   `json:"subject"`      // user_… or org_…
	Name        string   `json:"name,omitempty"`
	Description string   `json:"description,omitempty"`
	Scopes      []string `json:"scopes,omitempty"`
	CreatedBy   string   `json:"created_by,omitempty"`
	Revoked     bool     `json:"revoked,omitempty"`
	Reason      string   `json:"revocation_reason,omitempty"`
	ExpiresAt   int64    `json:"expiration,omitempty"` // never when absent
	LastUsedAt  int64    `json:"last_used_at,omitempty"`
	CreatedAt   int64    `json:"created_at,omitempty"`
	UpdatedAt   int64    `json:"updated_at,omitempty"`
}

// Subscription is the billing subscription of an organization.
type Subscription struct {
	Status string             `json:"status,omitempty"` // active when absent
	Items  []SubscriptionItem `json:"subscription_items,omitempty"`
}

// SubscriptionItem is a plan of a subscription.
type SubscriptionItem struct {
	Status string `json:"status,omitempty"` // active when absent
	// Seats is absent for a plan that is not billed by seats.
	Seats *ItemSeats `json:"seats,omitempty"`
}

// ItemSeats are the seats of a plan; a nil quantity is unlimited.
type ItemSeats struct {
	Quantity *int `json:"quantity"`
}

// RoleMigration is a migration of the members of a role set.
type RoleMigration struct {
	// OrganizationID is empty for every organization with the set.
	OrganizationID string `json:"organization_id,omitempty"`
	Status         string `json:"status,omitempty"` // in_progress when absent
	// Destination is the key of another role set.
	Destination string `json:"dest_role_set_key,omitempty"`
}

// running reports whether the migration has not ended.
func (m *RoleMigration) running() bool { return m != nil && m.Status != "completed" }
