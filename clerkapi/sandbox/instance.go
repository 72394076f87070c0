package sandbox

// getInstance answers GET /instance.
func getInstance(c *call) *failure {
	b := field(c.out, `{"object":"instance","id":`, c.instance.ID)
	b = field(b, `,"environment_type":`, c.instance.Environment)
	c.out = append(b, `,"allowed_origins":[],"workspace_id":null}`...)
	return nil
}

// getOrganizationSettings answers GET /instance/organization_settings, also
// while organizations are turned off.
func getOrganizationSettings(c *call) *failure {
	initial := c.roleSet("")
	b := flag(c.out, `{"object":"organization_settings","enabled":`, !c.instance.OrganizationsDisabled)
	b = number(b, `,"max_allowed_memberships":`, int64(c.seats()))
	b = append(b, `,"max_allowed_roles":10,"max_role_sets_allowed":10,"max_allowed_domains":0,"max_allowed_permissions":50`...)
	b = field(b, `,"creator_role":`, initial.CreatorRole)
	b = append(b, `,"admin_delete_enabled":true,"domains_enabled":false`...)
	b = flag(b, `,"slug_disabled":`, c.instance.SlugsOff)
	b = field(b, `,"domains_enrollment_modes":[],"domains_default_role":`, initial.DefaultRole)
	b = field(b, `,"initial_role_set_key":`, initial.Key)
	c.out = append(b, '}')
	return nil
}
