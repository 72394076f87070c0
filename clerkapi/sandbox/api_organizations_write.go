package sandbox

import "strings"

// createOrganization answers POST /organizations.
func createOrganization(c *call) *failure {
	form, f := c.form("name", "created_by", "private_metadata", "public_metadata", "slug",
		"max_allowed_memberships", "created_at", "role_set_key")
	if f != nil {
		return f
	}
	o := &organization{Organization: Organization{
		Name: form.required("name"), CreatedBy: form.text("created_by"),
		MaxMemberships: form.integer("max_allowed_memberships", 0, 1<<31, c.seats()),
		PublicMetadata: objectOrEmpty(form.metadata("public_metadata", true)), PrivateMetadata: objectOrEmpty(form.metadata("private_metadata", true)),
		CreatedAt: form.time("created_at", c.now), UpdatedAt: c.now, RoleSet: form.text("role_set_key"),
	}}
	form.note(badName(o.Name))
	edit := organizationForm{form, c, o}
	edit.setSlug(form.text("slug"))
	edit.setRoleSet()
	var creator *user
	if o.CreatedBy != "" {
		if creator = c.userByID[o.CreatedBy]; creator == nil {
			form.note(notFound("user", o.CreatedBy))
		}
	}
	if f := form.failure(); f != nil {
		return f
	}
	o.ID = makeID("org_", c.nextNumber())
	c.addOrganization(o)
	if creator != nil {
		m := &membership{org: o, user: creator, role: o.creatorRole(), public: emptyObject, private: emptyObject, created: c.now, updated: c.now}
		c.addMembership(m)
	}
	return c.answerOrganization(o)
}

// creatorRole is the creator role of the role set, or its first role.
func (o *organization) creatorRole() *role {
	if r := o.role(o.set.CreatorRole); r != nil {
		return r
	}
	return o.set.roles[0]
}

// seats is the member limit of organizations made by POST: 5 in a fresh
// instance.
func (s *state) seats() int {
	if s.instance.MaxMemberships != nil {
		return *s.instance.MaxMemberships
	}
	return 5
}

func badName(s string) *failure {
	if len(s) > 256 || strings.ContainsAny(s, "<>") || strings.Contains(s, "://") {
		return badValue("name", "a name that is too long, or holds a URL or markup")
	}
	return nil
}

// organizationForm applies a form to an organization that is not stored yet, or
// to a copy of one that is.
type organizationForm struct {
	*form
	call *call
	next *organization
}

// setSlug checks a slug and that no other organization has it.
func (e *organizationForm) setSlug(slug string) {
	if slug == "" {
		return
	}
	if e.call.instance.SlugsOff {
		e.note(refuseParam("form_param_unknown", "slug", "the instance has slugs turned off"))
		return
	}
	if strings.Trim(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		e.note(refuseParam("form_param_format_invalid", "slug", "a slug has lower-case letters, digits and dashes only"))
		return
	}
	if other := e.call.orgBySlug[slug]; other != nil && other.ID != e.next.ID {
		e.note(refuseParam("form_identifier_exists", "slug", "another organization has this slug"))
		return
	}
	e.next.Slug = slug
}

func (e *organizationForm) setRoleSet() {
	e.next.set = e.call.roleSet(e.next.RoleSet)
	if e.next.set == nil {
		e.note(notFound("role set", e.next.RoleSet))
	}
}

// deleteOrganization answers DELETE /organizations/{organization_id}.
func deleteOrganization(c *call) *failure {
	o, f := c.organization()
	if f != nil {
		return f
	}
	c.dropOrganization(o, c.now)
	return c.answer(struct {
		Object  string `json:"object"`
		ID      string `json:"id"`
		Slug    string `json:"slug"`
		Deleted bool   `json:"deleted"`
	}{"organization", o.ID, o.Slug, true})
}

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
	edit := organizationForm{form, c, &next}
	edit.apply()
	if f := form.failure(); f != nil {
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
	return c.answerOrganization(o)
}

// apply applies the form to the organization. Null leaves a field as it is.
func (e *organizationForm) apply() {
	if !e.null("name") {
		e.next.Name = e.required("name")
		e.note(badName(e.next.Name))
	}
	if slug := e.text("slug"); slug != e.next.Slug {
		e.setSlug(slug)
	}
	e.next.MaxMemberships = e.integer("max_allowed_memberships", 0, 1<<31, e.next.MaxMemberships)
	if !e.null("admin_delete_enabled") {
		b := e.boolean("admin_delete_enabled")
		e.next.AdminDelete = &b
	}
	e.next.CreatedAt = e.time("created_at", e.next.CreatedAt)
	if !e.null("role_set_key") {
		e.next.RoleSet = e.text("role_set_key")
		e.setRoleSet()
	}
	e.next.PublicMetadata = e.mergeInto("public_metadata", e.next.PublicMetadata)
	e.next.PrivateMetadata = e.mergeInto("private_metadata", e.next.PrivateMetadata)
}

// mergeOrganizationMetadata answers PATCH /organizations/{organization_id}/metadata.
func mergeOrganizationMetadata(c *call) *failure { return c.organizationMetadata((*request).readMerge) }

// replaceOrganizationMetadata answers PUT /organizations/{organization_id}/metadata.
func replaceOrganizationMetadata(c *call) *failure {
	return c.organizationMetadata((*request).readReplacement)
}

func (c *call) organizationMetadata(read readMetadata) *failure {
	o, f := c.organization()
	if f != nil {
		return f
	}
	public, private, f := read(&c.request, o.PublicMetadata, o.PrivateMetadata)
	if f != nil {
		return f
	}
	o.PublicMetadata, o.PrivateMetadata, o.UpdatedAt = public, private, c.now
	return c.answerOrganization(o)
}
