package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// listOrganizations answers GET /organizations.
func listOrganizations(c *call) *failure {
	o, f := c.order("name", "created_at", "members_count")
	if f != nil {
		return f
	}
	ids, f := c.signed("organization_id")
	if f != nil {
		return f
	}
	users, f := c.signed("user_id")
	if f != nil {
		return f
	}
	render, f := c.organizationRenderer()
	if f != nil {
		return f
	}
	part := c.query.Get("query")
	rows := c.organizations
	if !ids.empty() || !users.empty() || part != "" {
		rows = where(rows, func(o *organization) bool {
			return ids.allows(o.ID) && o.matches(part) && (users.empty() || users.allows(o.userIDs()...))
		})
	}
	if o.key == "members_count" {
		return list(c, bySize(rows, o.descending), render)
	}
	return list(c, sorted(rows, o, func(o *organization) string { return strings.ToLower(o.Name) }), render)
}

func bySize(rows []*organization, descending bool) listing[*organization] {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b *organization) int { return len(a.members) - len(b.members) })
	return listing[*organization]{rows, descending}
}

func (o *organization) matches(part string) bool {
	return part == "" || o.ID == part || containsFold(o.Name, part) || containsFold(o.Slug, part)
}

func (o *organization) userIDs() []string {
	ids := make([]string, len(o.members))
	for i, m := range o.members {
		ids[i] = m.user.ID
	}
	return ids
}

// organizationRenderer reads the two flags that ask for more fields.
func (c *call) organizationRenderer() (func([]byte, *organization) []byte, *failure) {
	members, _, f := c.boolean("include_members_count")
	if f != nil {
		return nil, f
	}
	missing, _, f := c.boolean("include_missing_member_with_elevated_permissions")
	if f != nil {
		return nil, f
	}
	return func(b []byte, o *organization) []byte {
		asked := counts{members: noMembers, missing: noPermission}
		if members {
			asked.members = len(o.members)
		}
		if missing {
			asked.missing = 0
			if !slices.ContainsFunc(o.members, func(m *membership) bool { return m.role.sufficient() }) {
				asked.missing = 1
			}
		}
		return appendOrganization(b, o, asked, c.now)
	}, nil
}

// getOrganization answers GET /organizations/{organization_id}, the one place
// that documents slugs.
func getOrganization(c *call) *failure {
	render, f := c.organizationRenderer()
	if f != nil {
		return f
	}
	key := c.path("organization_id")
	o := c.orgByID[key]
	if o == nil {
		o = c.orgBySlug[key]
	}
	if o == nil {
		return noOrganization()
	}
	c.out = render(c.out, o)
	return nil
}

func (c *call) answerOrganization(o *organization) {
	o.settle()
	c.out = appendOrganization(c.out, o, counts{members: noMembers, missing: noPermission}, c.now)
}

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
		PublicMetadata: orEmpty(form.metadata("public_metadata", true)), PrivateMetadata: orEmpty(form.metadata("private_metadata", true)),
		CreatedAt: form.time("created_at", c.now), UpdatedAt: c.now, RoleSet: form.text("role_set_key"),
	}}
	form.note(badName(o.Name))
	c.setSlug(form, o, form.text("slug"))
	c.setRoleSet(form, o)
	var creator *user
	if o.CreatedBy != "" {
		if creator = c.userByID[o.CreatedBy]; creator == nil {
			form.note(notFound("user", o.CreatedBy))
		}
	}
	if f := form.bad(); f != nil {
		return f
	}
	o.ID = name("org_", c.tick())
	c.addOrganization(o)
	if creator != nil {
		m := &membership{org: o, user: creator, role: o.creatorRole(), public: emptyObject, private: emptyObject, created: c.now, updated: c.now}
		c.addMembership(m)
	}
	c.answerOrganization(o)
	return nil
}

// creatorRole is the role set's, or its first.
func (o *organization) creatorRole() *role {
	if r := o.role(o.set.CreatorRole); r != nil {
		return r
	}
	return o.set.roles[0]
}

// seats is the limit of organizations made by POST: 5 in a fresh instance.
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

// setSlug judges a slug and its uniqueness.
func (c *call) setSlug(form *form, o *organization, slug string) {
	if slug == "" {
		return
	}
	if c.instance.SlugsOff {
		form.note(refuseParam("form_param_unknown", "slug", "the instance has slugs turned off"))
		return
	}
	if strings.Trim(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		form.note(refuseParam("form_param_format_invalid", "slug", "a slug has lower-case letters, digits and dashes only"))
		return
	}
	if other := c.orgBySlug[slug]; other != nil && other.ID != o.ID {
		form.note(refuseParam("form_identifier_exists", "slug", "another organization has this slug"))
		return
	}
	o.Slug = slug
}

func (c *call) setRoleSet(form *form, o *organization) {
	o.set = c.roleSet(o.RoleSet)
	if o.set == nil {
		form.note(notFound("role set", o.RoleSet))
	}
}

// deleteOrganization answers DELETE /organizations/{organization_id}.
func deleteOrganization(c *call) *failure {
	o, f := c.organization()
	if f != nil {
		return f
	}
	c.dropOrganization(o, c.now)
	b := field(c.out, `{"object":"organization","id":`, o.ID)
	b = field(b, `,"slug":`, o.Slug)
	c.out = append(b, `,"deleted":true}`...)
	return nil
}

// noEndpoint answers what the sandbox does not serve.
func noEndpoint(c *call) *failure {
	return refuse(http.StatusNotFound, "resource_not_found", "the sandbox does not serve "+c.r.Method+" "+c.r.URL.Path)
}
