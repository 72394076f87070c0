package sandbox

import "strings"

// newRole renders the fields that every membership with the role repeats.
func newRole(r Role) *role {
	return &role{Role: r, fragment: appendFields(nil, struct {
		Role        string   `json:"role"`
		Name        string   `json:"role_name"`
		Permissions []string `json:"permissions"`
	}{r.Key, r.Name, notNil(r.Permissions)})}
}

type roleObject struct {
	Object          string             `json:"object"`
	ID              string             `json:"id"`
	Name            string             `json:"name"`
	Key             string             `json:"key"`
	Description     *string            `json:"description"`
	CreatorEligible bool               `json:"is_creator_eligible"`
	Permissions     []permissionObject `json:"permissions"`
	timestamps
}

func (r *role) object() roleObject {
	o := roleObject{
		Object: "role", ID: r.ID, Name: r.Name, Key: r.Key, Description: nullable(r.Description),
		CreatorEligible: r.CreatorEligible, timestamps: r.times(),
	}
	o.Permissions = objects(r.Permissions, func(key string) permissionObject { return newPermission(key, r) })
	return o
}

func (r *role) times() timestamps { return timestamps{r.CreatedAt, r.UpdatedAt} }

type permissionObject struct {
	Object      string `json:"object"`
	ID          string `json:"id"`
	Name        string `json:"name"`
	Key         string `json:"key"`
	Description string `json:"description"`
	Type        string `json:"type"`
	timestamps
}

func newPermission(key string, r *role) permissionObject {
	p := permissionObject{
		Object: "permission", ID: "perm_" + strings.ReplaceAll(key, ":", "_"), Name: key, Key: key, Type: "user",
		timestamps: r.times(),
	}
	if strings.HasPrefix(key, "org:sys_") {
		p.Type = "system"
	}
	return p
}

type roleSetObject struct {
	Object      string               `json:"object"`
	ID          string               `json:"id"`
	Name        string               `json:"name"`
	Key         string               `json:"key"`
	Description *string              `json:"description"`
	Type        string               `json:"type"`
	Roles       []roleSetItem        `json:"roles"`
	CreatorRole *roleSetItem         `json:"creator_role,omitempty"`
	DefaultRole *roleSetItem         `json:"default_role,omitempty"`
	Migration   *roleMigrationObject `json:"role_set_migration,omitempty"`
	timestamps
}

func (c *call) roleSetObject(s *roleSet) roleSetObject {
	o := roleSetObject{
		Object: "role_set", ID: s.ID, Name: s.Name, Key: s.Key, Description: nullable(s.Description), Type: s.Type,
		Roles: objects(s.roles, (*role).item), Migration: migrationOf(c, s), timestamps: timestamps{s.CreatedAt, s.UpdatedAt},
	}
	for i := range o.Roles {
		if o.Roles[i].Key == s.CreatorRole {
			o.CreatorRole = &o.Roles[i]
		}
		if o.Roles[i].Key == s.DefaultRole {
			o.DefaultRole = &o.Roles[i]
		}
	}
	return o
}

type roleSetItem struct {
	Object      string     `json:"object"`
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Key         string     `json:"key"`
	Description *string    `json:"description"`
	Members     alwaysNull `json:"members_count"`
	HasMembers  alwaysNull `json:"has_members"`
	timestamps
}

func (r *role) item() roleSetItem {
	return roleSetItem{
		Object: "role_set_item", ID: r.ID, Name: r.Name, Key: r.Key, Description: nullable(r.Description), timestamps: r.times(),
	}
}

// listRoles answers GET /organization_roles, which version 2021-02-05 does not
// have.
func listRoles(c *call) *failure {
	if c.version == versions[0] {
		return noEndpoint(c)
	}
	o, f := c.order("created_at", "name", "key")
	if f != nil {
		return f
	}
	part := c.query.Get("query")
	rows := filterRows(c.roles, func(r *role) bool {
		return part == "" || r.ID == part || containsFold(r.Name, part) || containsFold(r.Key, part)
	})
	return list(c, sorted(rows, o, func(r *role) string {
		if o.key == "name" {
			return r.Name
		}
		return r.Key
	}), renderer((*role).object))
}

// listRoleSets answers GET /role_sets.
func listRoleSets(c *call) *failure {
	o, f := c.order("created_at", "name", "key")
	if f != nil {
		return f
	}
	part := c.query.Get("query")
	rows := filterRows(c.roleSets, func(s *roleSet) bool {
		return part == "" || s.ID == part || containsFold(s.Name, part) || containsFold(s.Key, part)
	})
	return list(c, sorted(rows, o, func(s *roleSet) string {
		if o.key == "name" {
			return s.Name
		}
		return s.Key
	}), renderer(c.roleSetObject))
}

// getRoleSet answers GET /role_sets/{role_set_key_or_id}.
func getRoleSet(c *call) *failure {
	key := c.path("role_set_key_or_id")
	set := c.roleSet(key)
	if set == nil || key == "" {
		return notFound("role set", key)
	}
	return c.answer(c.roleSetObject(set))
}
