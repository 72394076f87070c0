package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
)

// listOrganizations answers GET /organizations.
func listOrganizations(c *call) *failure {
	o, f := c.order("name", "created_at", "members_count")
	if f != nil {
		return f
	}
	ids, f := c.signedValues("organization_id")
	if f != nil {
		return f
	}
	users, f := c.signedValues("user_id")
	if f != nil {
		return f
	}
	object, f := c.organizationObjects()
	if f != nil {
		return f
	}
	part := c.query.Get("query")
	rows := c.organizations
	if !ids.empty() || !users.empty() || part != "" {
		rows = filterRows(rows, func(o *organization) bool {
			return ids.allows(o.ID) && o.matches(part) && (users.empty() || users.allows(o.userIDs()...))
		})
	}
	if o.key == "members_count" {
		return list(c, sortedBySize(rows, o.descending), renderer(object))
	}
	return list(c, sorted(rows, o, func(o *organization) string { return strings.ToLower(o.Name) }), renderer(object))
}

func sortedBySize(rows []*organization, descending bool) listing[*organization] {
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

// organizationObject is the object Organization. Its counts are sent on request
// only.
type organizationObject struct {
	organizationFields
	Members        *int  `json:"members_count,omitempty"`
	MissingManager *bool `json:"missing_member_with_elevated_permissions,omitempty"`
	Pending        int   `json:"pending_invitations_count"`
}

type organizationFields struct {
	Object string `json:"object"`
	ID     string `json:"id"`
	Name   string `json:"name"`
	Slug   string `json:"slug"`
	image
	MaxMemberships int             `json:"max_allowed_memberships"`
	AdminDelete    bool            `json:"admin_delete_enabled"`
	Public         json.RawMessage `json:"public_metadata"`
	Private        json.RawMessage `json:"private_metadata"`
	CreatedBy      string          `json:"created_by,omitempty"`
	timestamps
	RoleSet *string `json:"role_set_key"`
}

func (o *organization) fields() organizationFields {
	return organizationFields{
		Object: "organization", ID: o.ID, Name: o.Name, Slug: o.Slug, image: image{URL: imageURL},
		MaxMemberships: o.MaxMemberships, AdminDelete: o.AdminDelete == nil || *o.AdminDelete,
		Public: o.PublicMetadata, Private: o.PrivateMetadata, CreatedBy: o.CreatedBy,
		timestamps: timestamps{o.CreatedAt, o.UpdatedAt}, RoleSet: nullable(o.RoleSet),
	}
}

// organizationObjects reads the two parameters that ask for counts.
func (c *call) organizationObjects() (func(*organization) organizationObject, *failure) {
	members, _, f := c.boolean("include_members_count")
	if f != nil {
		return nil, f
	}
	missing, _, f := c.boolean("include_missing_member_with_elevated_permissions")
	if f != nil {
		return nil, f
	}
	return func(o *organization) organizationObject {
		out := organizationObject{organizationFields: o.fields(), Pending: o.pending(c.now)}
		if members {
			out.Members = new(len(o.members))
		}
		if missing {
			out.MissingManager = new(!slices.ContainsFunc(o.members, func(m *membership) bool { return m.role.hasMinimumPermissions() }))
		}
		return out
	}, nil
}

// getOrganization answers GET /organizations/{organization_id}, the only
// operation that documents slugs.
func getOrganization(c *call) *failure {
	object, f := c.organizationObjects()
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
	return c.answer(object(o))
}

// answerOrganization answers a change with the organization, without counts.
func (c *call) answerOrganization(o *organization) *failure {
	o.renderFragment()
	return c.answer(organizationObject{organizationFields: o.fields(), Pending: o.pending(c.now)})
}
