package sandbox

import "strings"

// newRole renders what every membership with the role repeats.
func newRole(r Role) *role {
	b := field(nil, `"role":`, r.Key)
	b = field(b, `,"role_name":`, r.Name)
	b = append(b, `,"permissions":[`...)
	for i, p := range r.Permissions {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, p)
	}
	b = append(b, ']')
	return &role{Role: r, fragment: b}
}

// appendRole appends the object Role.
func appendRole(b []byte, r *role) []byte {
	b = field(b, `{"object":"role","id":`, r.ID)
	b = field(b, `,"name":`, r.Name)
	b = field(b, `,"key":`, r.Key)
	b = orNull(b, `,"description":`, r.Description)
	b = flag(b, `,"is_creator_eligible":`, r.CreatorEligible)
	b = append(b, `,"permissions":[`...)
	for i, p := range r.Permissions {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendPermission(b, p, r)
	}
	return appendTimes(append(b, ']'), r.CreatedAt, r.UpdatedAt)
}

func appendPermission(b []byte, key string, r *role) []byte {
	kind := "user"
	if strings.HasPrefix(key, "org:sys_") {
		kind = "system"
	}
	b = field(b, `{"object":"permission","id":`, "perm_"+strings.ReplaceAll(key, ":", "_"))
	b = field(b, `,"name":`, key)
	b = field(b, `,"key":`, key)
	b = field(b, `,"description":"","type":`, kind)
	return appendTimes(b, r.CreatedAt, r.UpdatedAt)
}

// appendTimes appends both times and the end of the object.
func appendTimes(b []byte, created, updated int64) []byte {
	b = number(b, `,"created_at":`, created)
	b = number(b, `,"updated_at":`, updated)
	return append(b, '}')
}

// appendRoleSet appends the object RoleSet.
func appendRoleSet(b []byte, set *roleSet) []byte {
	b = field(b, `{"object":"role_set","id":`, set.ID)
	b = field(b, `,"name":`, set.Name)
	b = field(b, `,"key":`, set.Key)
	b = orNull(b, `,"description":`, set.Description)
	b = field(b, `,"type":`, set.Type)
	b = append(b, `,"roles":[`...)
	for i, r := range set.roles {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRoleSetItem(b, r)
	}
	b = append(b, ']')
	for _, r := range set.roles {
		if r.Key == set.DefaultRole {
			b = appendRoleSetItem(append(b, `,"default_role":`...), r)
		}
		if r.Key == set.CreatorRole {
			b = appendRoleSetItem(append(b, `,"creator_role":`...), r)
		}
	}
	return appendTimes(b, set.CreatedAt, set.UpdatedAt)
}

func appendRoleSetItem(b []byte, r *role) []byte {
	b = field(b, `{"object":"role_set_item","id":`, r.ID)
	b = field(b, `,"name":`, r.Name)
	b = field(b, `,"key":`, r.Key)
	b = orNull(b, `,"description":`, r.Description)
	b = append(b, `,"members_count":null,"has_members":null`...)
	return appendTimes(b, r.CreatedAt, r.UpdatedAt)
}

// listRoles answers GET /organization_roles, which 2021-02-05 lacks.
func listRoles(c *call) *failure {
	if c.version == versions[0] {
		return noEndpoint(c)
	}
	o, f := c.order("created_at", "name", "key")
	if f != nil {
		return f
	}
	part := c.query.Get("query")
	rows := where(c.roles, func(r *role) bool {
		return part == "" || r.ID == part || containsFold(r.Name, part) || containsFold(r.Key, part)
	})
	return list(c, sorted(rows, o, func(r *role) string {
		if o.key == "name" {
			return r.Name
		}
		return r.Key
	}), appendRole)
}

// listRoleSets answers GET /role_sets.
func listRoleSets(c *call) *failure {
	o, f := c.order("created_at", "name", "key")
	if f != nil {
		return f
	}
	part := c.query.Get("query")
	rows := where(c.roleSets, func(s *roleSet) bool {
		return part == "" || s.ID == part || containsFold(s.Name, part) || containsFold(s.Key, part)
	})
	return list(c, sorted(rows, o, func(s *roleSet) string {
		if o.key == "name" {
			return s.Name
		}
		return s.Key
	}), appendRoleSet)
}

// getRoleSet answers GET /role_sets/{role_set_key_or_id}.
func getRoleSet(c *call) *failure {
	key := c.path("role_set_key_or_id")
	set := c.roleSet(key)
	if set == nil || key == "" {
		return notFound("role set", key)
	}
	c.out = appendRoleSet(c.out, set)
	return nil
}
