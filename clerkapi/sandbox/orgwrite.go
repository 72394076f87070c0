package sandbox

// updateOrganization answers PATCH /organizations/{organization_id}. Since
// version 2026-05-12 it takes no metadata.
func updateOrganization(c *call) *failure {
	o, f := c.organization()
	if f != nil {
		return f
	}
	known := []string{"name", "slug", "max_allowed_memberships", "admin_delete_enabled", "created_at", "role_set_key"}
	if c.version < "2026-05-12" {
		known = append(known, metadataFields...)
	}
	form, f := c.form(known...)
	if f != nil {
		return f
	}
	next := *o
	c.change(form, &next)
	if f := form.bad(); f != nil {
		return f
	}
	c.organizations = remove(c.organizations, o)
	delete(c.orgBySlug, o.Slug)
	*o = next
	o.UpdatedAt = c.now
	c.organizations = insert(c.organizations, o)
	if o.Slug != "" {
		c.orgBySlug[o.Slug] = o
	}
	c.answerOrganization(o)
	return nil
}

// change applies the form to a copy. Null leaves a field as it is.
func (c *call) change(form *form, next *organization) {
	if !form.null("name") {
		next.Name = form.required("name")
		form.note(badName(next.Name))
	}
	if slug := form.text("slug"); slug != next.Slug {
		c.setSlug(form, next, slug)
	}
	next.MaxMemberships = form.integer("max_allowed_memberships", 0, 1<<31, next.MaxMemberships)
	if !form.null("admin_delete_enabled") {
		b := form.boolean("admin_delete_enabled")
		next.AdminDelete = &b
	}
	next.CreatedAt = form.time("created_at", next.CreatedAt)
	if !form.null("role_set_key") {
		next.RoleSet = form.text("role_set_key")
		c.setRoleSet(form, next)
	}
	next.PublicMetadata = form.mergeInto("public_metadata", next.PublicMetadata)
	next.PrivateMetadata = form.mergeInto("private_metadata", next.PrivateMetadata)
}

// mergeOrganizationMetadata answers PATCH /organizations/{organization_id}/metadata.
func mergeOrganizationMetadata(c *call) *failure { return c.organizationMetadata((*call).merged) }

// replaceOrganizationMetadata answers PUT /organizations/{organization_id}/metadata.
func replaceOrganizationMetadata(c *call) *failure { return c.organizationMetadata((*call).replaced) }

func (c *call) organizationMetadata(read metadataReader) *failure {
	o, f := c.organization()
	if f != nil {
		return f
	}
	public, private, f := read(c, o.PublicMetadata, o.PrivateMetadata)
	if f != nil {
		return f
	}
	o.PublicMetadata, o.PrivateMetadata, o.UpdatedAt = public, private, c.now
	c.answerOrganization(o)
	return nil
}
