package sandbox

import "encoding/json"

// SeedVersion is the version of the seed format that this package reads and
// writes.
const SeedVersion = 1

// Seed is everything that an instance holds. New starts from a seed, and
// Snapshot returns one. The JSON uses the names of the API objects; the package
// documentation lists short forms and defaults. Times are Unix milliseconds.
type Seed struct {
	// Version must be SeedVersion.
	Version       int            `json:"version"`
	Instance      Instance       `json:"instance,omitzero"`
	Roles         []Role         `json:"roles,omitempty"`
	RoleSets      []RoleSet      `json:"role_sets,omitempty"`
	Users         []User         `json:"users,omitempty"`
	Organizations []Organization `json:"organizations,omitempty"`
	Memberships   []Membership   `json:"memberships,omitempty"`
	Invitations   []Invitation   `json:"invitations,omitempty"`
	Domains       []Domain       `json:"organization_domains,omitempty"`
	Connections   []Connection   `json:"enterprise_connections,omitempty"`
	Directories   []Directory    `json:"directories,omitempty"`
	Sessions      []Session      `json:"sessions,omitempty"`
	APIKeys       []APIKey       `json:"api_keys,omitempty"`
}

// Instance is the instance and its organization settings.
type Instance struct {
	// ID defaults to ins_sandbox_ and a digest of the ids of the seed's
	// organizations and users, so that another seed is another instance.
	ID string `json:"id,omitempty"`
	// Environment is development or production; empty follows the prefix of
	// the secret key.
	Environment string `json:"environment_type,omitempty"`
	// OrganizationsDisabled turns the feature off: every operation on
	// organizations answers 403.
	OrganizationsDisabled bool `json:"organizations_disabled,omitempty"`
	// MaxMemberships is the member limit of organizations made by POST; nil is
	// Clerk's default of 5, 0 is no limit.
	MaxMemberships *int `json:"max_allowed_memberships,omitempty"`
	// MaxUsers is the quota of users; 0 is none.
	MaxUsers int `json:"max_allowed_users,omitempty"`
	// Exclusive refuses a membership in a second organization.
	Exclusive bool `json:"exclusive_membership,omitempty"`
	// EmailsOff refuses invitations (400 invitations_not_supported).
	EmailsOff bool `json:"emails_off,omitempty"`
	// SlugsOff leaves slugs empty.
	SlugsOff bool `json:"slug_disabled,omitempty"`
	// DirectoriesDisabled is an instance without directory sync: the operations on
	// directories answer 403.
	DirectoriesDisabled bool `json:"directories_disabled,omitempty"`
	// APIKeysDisabled is an instance without API keys: their operations answer 422
	// api_keys_not_enabled.
	APIKeysDisabled bool `json:"api_keys_disabled,omitempty"`
}

// User is a user. Only ID is required. Email is the short form for one verified,
// primary address.
type User struct {
	ID         string `json:"id"`
	ExternalID string `json:"external_id,omitempty"`
	Username   string `json:"username,omitempty"`
	FirstName  string `json:"first_name,omitempty"`
	LastName   string `json:"last_name,omitempty"`
	// Email is read, never written: it becomes the first of EmailAddresses.
	Email          string         `json:"email,omitempty"`
	EmailAddresses []EmailAddress `json:"email_addresses,omitempty"`
	// PrimaryEmailAddressID defaults to the first address.
	PrimaryEmailAddressID string   `json:"primary_email_address_id,omitempty"`
	PhoneNumbers          []string `json:"phone_numbers,omitempty"`
	Web3Wallets           []string `json:"web3_wallets,omitempty"`
	Banned                bool     `json:"banned,omitempty"`
	Locked                bool     `json:"locked,omitempty"`
	// Deprovisioned says that a directory removed the account.
	Deprovisioned bool `json:"deprovisioned,omitempty"`
	// SCIM says that a directory manages the user: deleting answers 409.
	SCIM            bool            `json:"managed_by_scim,omitempty"`
	PublicMetadata  json.RawMessage `json:"public_metadata,omitempty"`
	PrivateMetadata json.RawMessage `json:"private_metadata,omitempty"`
	UnsafeMetadata  json.RawMessage `json:"unsafe_metadata,omitempty"`
	CreatedAt       int64           `json:"created_at,omitempty"`
	UpdatedAt       int64           `json:"updated_at,omitempty"`
	LastActiveAt    int64           `json:"last_active_at,omitempty"`
	LastSignInAt    int64           `json:"last_sign_in_at,omitempty"`
}

// EmailAddress is an address of a user. In JSON a bare string is a verified
// address.
type EmailAddress struct {
	ID      string `json:"id,omitempty"`
	Address string `json:"email_address" short:"true"`
	// Reserved is set by a backend: the address is not verified, but no other
	// user may have it.
	Reserved     bool         `json:"reserved,omitempty"`
	Verification Verification `json:"verification,omitzero"`
}

// UnmarshalJSON takes the object and the short form, a string.
func (e *EmailAddress) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*e = EmailAddress{}
		return json.Unmarshal(b, &e.Address)
	}
	type plain EmailAddress
	return json.Unmarshal(b, (*plain)(e))
}

// Verified reports whether the user has verified the address.
func (e EmailAddress) Verified() bool { return e.Verification.Status == statusVerified }

// Verification is the state of the proof of an address.
type Verification struct {
	// Status is verified, unverified, failed, expired or transferable; empty
	// is verified, for a reserved address unverified.
	Status string `json:"status,omitempty"`
}

// Organization is an organization.
type Organization struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"` // defaults to the slug, then the id
	Slug string `json:"slug,omitempty"`
	// MaxMemberships is max_allowed_memberships; 0 is no limit.
	MaxMemberships int `json:"max_allowed_memberships,omitempty"`
	// Seats is the short form of a subscription with one active item that has this
	// many seats; 0 is none.
	Seats int `json:"subscription_seats,omitempty"`
	// Subscription is the organization's subscription. More members and pending
	// invitations than it has seats answer 402 insufficient_seats.
	Subscription *Subscription `json:"subscription,omitempty"`
	// RoleMigration is the short form of a migration of the organization's role set
	// that concerns this organization only.
	RoleMigration bool `json:"role_migration_in_progress,omitempty"`
	// AdminDelete is admin_delete_enabled; nil is true.
	AdminDelete *bool `json:"admin_delete_enabled,omitempty"`
	// Exclusive refuses people who belong to another organization, and keeps
	// members from joining another one.
	Exclusive       bool            `json:"exclusive_membership,omitempty"`
	RoleSet         string          `json:"role_set_key,omitempty"` // empty: the initial one
	CreatedBy       string          `json:"created_by,omitempty"`
	PublicMetadata  json.RawMessage `json:"public_metadata,omitempty"`
	PrivateMetadata json.RawMessage `json:"private_metadata,omitempty"`
	CreatedAt       int64           `json:"created_at,omitempty"`
	UpdatedAt       int64           `json:"updated_at,omitempty"`
}

// Membership is the membership of a user in an organization.
type Membership struct {
	ID              string          `json:"id,omitempty"` // generated when absent
	OrganizationID  string          `json:"organization_id"`
	UserID          string          `json:"user_id"`
	Role            string          `json:"role,omitempty"` // org:member when absent
	PublicMetadata  json.RawMessage `json:"public_metadata,omitempty"`
	PrivateMetadata json.RawMessage `json:"private_metadata,omitempty"`
	// SCIM says that a directory manages the membership: role changes and
	// removals answer 409.
	SCIM      bool  `json:"managed_by_scim,omitempty"`
	CreatedAt int64 `json:"created_at,omitempty"`
	UpdatedAt int64 `json:"updated_at,omitempty"`
}

// Role is a role of the instance.
type Role struct {
	ID              string   `json:"id,omitempty"`
	Key             string   `json:"key"`
	Name            string   `json:"name,omitempty"`
	Description     string   `json:"description,omitempty"`
	CreatorEligible bool     `json:"is_creator_eligible,omitempty"`
	Permissions     []string `json:"permissions,omitempty"`
	CreatedAt       int64    `json:"created_at,omitempty"`
	UpdatedAt       int64    `json:"updated_at,omitempty"`
}

// RoleSet names the roles that an organization may assign.
type RoleSet struct {
	ID          string   `json:"id,omitempty"`
	Key         string   `json:"key"`
	Name        string   `json:"name,omitempty"`
	Description string   `json:"description,omitempty"`
	Type        string   `json:"type,omitempty"` // initial or custom
	Roles       []string `json:"roles,omitempty"`
	DefaultRole string   `json:"default_role,omitempty"`
	CreatorRole string   `json:"creator_role,omitempty"`
	// Migration is a migration of the set's members to other roles. While it is
	// enqueued or in progress, what gives or changes a role in the organizations
	// concerned answers 409 role_migration_in_progress.
	Migration *RoleMigration `json:"role_set_migration,omitempty"`
	CreatedAt int64          `json:"created_at,omitempty"`
	UpdatedAt int64          `json:"updated_at,omitempty"`
}

// Invitation is an invitation to an organization.
type Invitation struct {
	ID              string          `json:"id,omitempty"`
	OrganizationID  string          `json:"organization_id"`
	Email           string          `json:"email_address"`
	Role            string          `json:"role,omitempty"`   // org:member when absent
	Status          string          `json:"status,omitempty"` // pending when absent
	InviterID       string          `json:"inviter_id,omitempty"`
	URL             string          `json:"url,omitempty"`
	PublicMetadata  json.RawMessage `json:"public_metadata,omitempty"`
	PrivateMetadata json.RawMessage `json:"private_metadata,omitempty"`
	ExpiresAt       int64           `json:"expires_at,omitempty"` // 30 days after CreatedAt when absent
	CreatedAt       int64           `json:"created_at,omitempty"`
	UpdatedAt       int64           `json:"updated_at,omitempty"`
}

// Domain is an e-mail domain of an organization.
type Domain struct {
	ID             string `json:"id,omitempty"` // generated when absent
	OrganizationID string `json:"organization_id"`
	Name           string `json:"name"`
	Mode           string `json:"enrollment_mode,omitempty"` // manual_invitation when absent
	Unverified     bool   `json:"unverified,omitempty"`
	CreatedAt      int64  `json:"created_at,omitempty"`
	UpdatedAt      int64  `json:"updated_at,omitempty"`
}

// Connection is an enterprise connection.
type Connection struct {
	ID             string   `json:"id,omitempty"` // generated when absent
	Name           string   `json:"name"`
	Provider       string   `json:"provider,omitempty"` // saml_custom when absent
	OrganizationID string   `json:"organization_id,omitempty"`
	Domains        []string `json:"domains,omitempty"`
	Active         bool     `json:"active,omitempty"`
	NoJIT          bool     `json:"disable_jit_provisioning,omitempty"`
	CreatedAt      int64    `json:"created_at,omitempty"`
	UpdatedAt      int64    `json:"updated_at,omitempty"`
}
