package sandbox

type instanceObject struct {
	Object         string      `json:"object"`
	ID             string      `json:"id"`
	Environment    string      `json:"environment_type"`
	AllowedOrigins alwaysEmpty `json:"allowed_origins"`
	WorkspaceID    alwaysNull  `json:"workspace_id"`
}

// getInstance answers GET /instance.
func getInstance(c *call) *failure {
	return c.answer(instanceObject{Object: "instance", ID: c.instance.ID, Environment: c.instance.Environment})
}

type organizationSettings struct {
	Object             string      `json:"object"`
	Enabled            bool        `json:"enabled"`
	MaxMemberships     int         `json:"max_allowed_memberships"`
	MaxRoles           int         `json:"max_allowed_roles"`
	MaxRoleSets        int         `json:"max_role_sets_allowed"`
	MaxDomains         int         `json:"max_allowed_domains"`
	MaxPermissions     int         `json:"max_allowed_permissions"`
	CreatorRole        string      `json:"creator_role"`
	AdminDelete        bool        `json:"admin_delete_enabled"`
	DomainsEnabled     bool        `json:"domains_enabled"`
	SlugDisabled       bool        `json:"slug_disabled"`
	EnrollmentModes    alwaysEmpty `json:"domains_enrollment_modes"`
	DomainsDefaultRole string      `json:"domains_default_role"`
	InitialRoleSet     string      `json:"initial_role_set_key"`
}

// getOrganizationSettings answers GET /instance/organization_settings, also
// while organizations are turned off.
func getOrganizationSettings(c *call) *failure {
	initial := c.roleSet("")
	return c.answer(organizationSettings{
		Object: "organization_settings", Enabled: !c.instance.OrganizationsDisabled, MaxMemberships: c.seats(),
		MaxRoles: 10, MaxRoleSets: 10, MaxPermissions: 50, CreatorRole: initial.CreatorRole, AdminDelete: true,
		SlugDisabled: c.instance.SlugsOff, DomainsDefaultRole: initial.DefaultRole, InitialRoleSet: initial.Key,
	})
}
