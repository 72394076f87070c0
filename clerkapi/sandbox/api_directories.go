package sandbox

import "net/http"

// listDirectories answers GET /directories, which has no order_by.
func listDirectories(c *call) *failure {
	if f := noDirectories(c); f != nil {
		return f
	}
	return list(c, listing[*Directory]{rows: c.directories}, renderer((*Directory).object))
}

// noDirectories refuses the feature. Clerk's contract names the status; the code
// is that of its description of a 403, which a wrong key gets too.
func noDirectories(c *call) *failure {
	if c.instance.DirectoriesDisabled {
		return refuse(http.StatusForbidden, "authorization_invalid", "the instance has no directory sync")
	}
	return nil
}

// listGroupRoleMappings answers GET
// /directories/{directory_id}/group_role_mappings: all of them, in their
// precedence. Clerk documents no paging.
func listGroupRoleMappings(c *call) *failure {
	if f := noDirectories(c); f != nil {
		return f
	}
	d := c.directory(c.path("directory_id"))
	if d == nil {
		return notFound("directory", c.path("directory_id"))
	}
	return c.answer(struct {
		Data  []mappingObject `json:"data"`
		Total int             `json:"total_count"`
	}{objects(d.Mappings, func(m GroupRoleMapping) mappingObject { return d.mappingObject(m, c.role(m.Role)) }), len(d.Mappings)})
}

type directoryObject struct {
	Object       string   `json:"object"`
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	ConnectionID *string  `json:"enterprise_connection_id"`
	EndpointURL  string   `json:"endpoint_url"`
	Provider     string   `json:"provider"`
	Enabled      bool     `json:"enabled"`
	MapsRoles    bool     `json:"group_role_mapping_enabled"`
	Attributes   struct{} `json:"attribute_mapping"`
	timestamps
}

func (d *Directory) object() directoryObject {
	return directoryObject{
		Object: "directory", ID: d.ID, Name: d.Name, ConnectionID: nullable(d.ConnectionID), Provider: d.Provider,
		EndpointURL: "https://sandbox.accounts.dev/v1/directories/" + d.ID, Enabled: d.Enabled, MapsRoles: d.MapsRoles,
		timestamps: timestamps{d.CreatedAt, d.UpdatedAt},
	}
}

// mappingObject has both names of each field, the present and the legacy one.
type mappingObject struct {
	Object      string      `json:"object"`
	ID          string      `json:"id"`
	DirectoryID string      `json:"directory_id"`
	LegacyID    string      `json:"scim_directory_id"`
	GroupID     string      `json:"directory_group_id"`
	LegacyGroup string      `json:"scim_group_id"`
	GroupName   string      `json:"directory_group_display_name"`
	LegacyName  string      `json:"scim_group_display_name"`
	Role        *roleObject `json:"role,omitempty"`
	Precedence  int         `json:"precedence"`
	timestamps
}

func (d *Directory) mappingObject(m GroupRoleMapping, r *role) mappingObject {
	o := mappingObject{
		Object: "directory_group_role_mapping", ID: m.ID, DirectoryID: d.ID, LegacyID: d.ID, GroupID: m.GroupID, LegacyGroup: m.GroupID,
		Precedence: m.Precedence, timestamps: timestamps{m.CreatedAt, m.UpdatedAt},
	}
	if g := d.group(m.GroupID); g != nil {
		o.GroupName, o.LegacyName = g.Name, g.Name
	}
	if r != nil {
		object := r.object()
		o.Role = &object
	}
	return o
}

type roleMigrationObject struct {
	Object         string     `json:"object"`
	ID             string     `json:"id"`
	OrganizationID *string    `json:"organization_id"`
	InstanceID     string     `json:"instance_id"`
	Source         string     `json:"source_role_set_id"`
	Destination    *string    `json:"dest_role_set_id"`
	Trigger        string     `json:"trigger_type"`
	Status         string     `json:"status"`
	Migrated       int        `json:"migrated_members"`
	Mappings       alwaysNull `json:"mappings"`
	StartedAt      alwaysNull `json:"started_at"`
	CompletedAt    alwaysNull `json:"completed_at"`
	timestamps
}

// migrationOf is the migration that a role set shows: one that runs, or nil.
func migrationOf(c *call, s *roleSet) *roleMigrationObject {
	m := s.Migration
	for _, o := range c.organizations {
		if m == nil && o.RoleMigration && o.set == s {
			m = &RoleMigration{OrganizationID: o.ID}
		}
	}
	if !m.running() {
		return nil
	}
	object := &roleMigrationObject{
		Object: "role_set_migration", ID: "rsmig_" + s.ID, OrganizationID: nullable(m.OrganizationID), InstanceID: c.instance.ID,
		Source: s.ID, Trigger: "role_removal", Status: m.Status, timestamps: timestamps{s.CreatedAt, s.UpdatedAt},
	}
	if object.Status == "" {
		object.Status = "in_progress"
	}
	if to := c.roleSet(m.Destination); m.Destination != "" && to != nil {
		object.Destination = &to.ID
	}
	return object
}
