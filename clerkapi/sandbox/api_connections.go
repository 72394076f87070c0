package sandbox

// listConnections answers GET /enterprise_connections, which has no order_by.
func listConnections(c *call) *failure {
	active, set, f := c.boolean("active")
	if f != nil {
		return f
	}
	org := c.query.Get("organization_id")
	rows := filterRows(c.connections, func(n Connection) bool {
		return (org == "" || n.OrganizationID == org) && (!set || n.Active == active)
	})
	return list(c, listing[Connection]{rows: rows}, renderer(Connection.object))
}

type connectionObject struct {
	Object          string   `json:"object"`
	ID              string   `json:"id"`
	Name            string   `json:"name"`
	Provider        string   `json:"provider"`
	Active          bool     `json:"active"`
	Domains         []string `json:"domains"`
	OrganizationID  *string  `json:"organization_id"`
	NoJIT           bool     `json:"disable_jit_provisioning"`
	Authenticatable bool     `json:"authenticatable"`
	timestamps
}

func (n Connection) object() connectionObject {
	return connectionObject{
		Object: "enterprise_connection", ID: n.ID, Name: n.Name, Provider: n.Provider, Active: n.Active,
		Domains: notNil(n.Domains), OrganizationID: nullable(n.OrganizationID), NoJIT: n.NoJIT, Authenticatable: true,
		timestamps: timestamps{n.CreatedAt, n.UpdatedAt},
	}
}
