package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// Domain is an e-mail domain of an organization.
type Domain struct {
	ID             string `json:"id,omitempty"` // generated when absent
	OrganizationID string `json:"organization_id"`
	Name           string `json:"name"`
	Mode           string `json:"enrollment_mode,omitempty"` // manual_invitation when absent
	Unverified     bool   `json:"unverified,omitempty"`
	CreatedAt      int64  `json:"created_at,omitempty"`
	UpdatedAt      int64  `json:"updated_at,omitempty"`
}

// Connection is an enterprise connection.
type Connection struct {
	ID             string   `json:"id,omitempty"` // generated when absent
	Name           string   `json:"name"`
	Provider       string   `json:"provider,omitempty"` // saml_custom when absent
	OrganizationID string   `json:"organization_id,omitempty"`
	Domains        []string `json:"domains,omitempty"`
	Active         bool     `json:"active,omitempty"`
	NoJIT          bool     `json:"disable_jit_provisioning,omitempty"`
	CreatedAt      int64    `json:"created_at,omitempty"`
	UpdatedAt      int64    `json:"updated_at,omitempty"`
}

func enrollmentModes() []string {
	return []string{"manual_invitation", "automatic_invitation", "automatic_suggestion", "enterprise_sso"}
}

func (c *checker) domain(i int, d *Domain) {
	path := fmt.Sprintf("organization_domains[%d]", i)
	c.optionalID(path+".id", d.ID, "orgdmn_")
	if c.orgs[d.OrganizationID] == nil {
		c.note(path+".organization_id", fmt.Sprintf("there is no organization %q", d.OrganizationID))
	}
	if d.Name == "" {
		c.note(path+".name", "is missing")
	}
	if d.Mode != "" && !slices.Contains(enrollmentModes(), d.Mode) {
		c.note(path+".enrollment_mode", "has to be one of "+strings.Join(enrollmentModes(), ", "))
	}
}

func (c *checker) connection(i int, n *Connection) {
	path := fmt.Sprintf("enterprise_connections[%d]", i)
	c.optionalID(path+".id", n.ID, "entconn_")
	if n.OrganizationID != "" && c.orgs[n.OrganizationID] == nil {
		c.note(path+".organization_id", fmt.Sprintf("there is no organization %q", n.OrganizationID))
	}
	if n.Name == "" {
		c.note(path+".name", "is missing")
	}
}

func (s *state) loadEnrolment(seed *Seed) error {
	for i, d := range seed.Domains {
		d.ID, d.Mode = orElse(d.ID, name("orgdmn_", int64(i+1))), orElse(d.Mode, "manual_invitation")
		d.CreatedAt, d.UpdatedAt = times(d.CreatedAt, d.UpdatedAt, i)
		s.domains = append(s.domains, d)
	}
	for i, n := range seed.Connections {
		n.ID, n.Provider = orElse(n.ID, name("entconn_", int64(i+1))), orElse(n.Provider, "saml_custom")
		n.CreatedAt, n.UpdatedAt = times(n.CreatedAt, n.UpdatedAt, i)
		s.connections = append(s.connections, n)
	}
	slices.SortStableFunc(s.domains, func(a, b Domain) int { return int(a.CreatedAt - b.CreatedAt) })
	return nil
}

// listDomains answers GET /organization_domains.
func listDomains(c *call) *failure {
	o, f := c.order("created_at", "name")
	if f != nil {
		return f
	}
	verified, set, f := c.boolean("verified")
	if f != nil {
		return f
	}
	modes, f := c.modes()
	if f != nil {
		return f
	}
	org, part, names := c.query.Get("organization_id"), c.query.Get("query"), c.query["domains"]
	if c.query.Has("query") && strings.TrimSpace(part) == "" {
		return badValue("query", part)
	}
	rows := where(c.domains, func(d Domain) bool {
		return (org == "" || d.OrganizationID == org) && (!set || verified != d.Unverified) && modes(d.Mode) &&
			(part == "" || d.OrganizationID == part || !strings.HasPrefix(part, "org_") && containsFold(d.Name, part)) &&
			(len(names) == 0 || slices.Contains(names, d.Name))
	})
	return list(c, sorted(rows, o, func(d Domain) string { return d.Name }), c.appendDomain)
}

// modes reads enrollment_mode: modes with commas between, or with - to exclude.
func (c *call) modes() (func(string) bool, *failure) {
	var in, out []string
	for _, v := range c.query["enrollment_mode"] {
		for mode := range strings.SplitSeq(v, ",") {
			bare, excluded := strings.CutPrefix(mode, "-")
			if !slices.Contains(enrollmentModes(), bare) {
				return nil, badValue("enrollment_mode", mode)
			}
			if excluded {
				out = append(out, bare)
				continue
			}
			in = append(in, bare)
		}
	}
	return func(mode string) bool {
		return (len(in) == 0 || slices.Contains(in, mode)) && !slices.Contains(out, mode)
	}, nil
}

func (c *call) appendDomain(b []byte, d Domain) []byte {
	b = field(b, `{"object":"organization_domain","id":`, d.ID)
	b = field(b, `,"organization_id":`, d.OrganizationID)
	b = field(b, `,"name":`, d.Name)
	b = field(b, `,"enrollment_mode":`, d.Mode)
	b = append(b, `,"affiliation_email_address":null`...)
	status := statusVerified
	if d.Unverified {
		status = statusUnverified
	}
	for _, key := range []string{`,"affiliation_verification":`, `,"verification":`} {
		b = field(append(b, key...), `{"status":`, status)
		b = append(b, `,"strategy":"affiliation_email_code","attempts":1,"expire_at":null,"verified_at":null}`...)
	}
	b = append(b, `,"ownership_verification":null,"total_pending_invitations":0,"total_pending_suggestions":0`...)
	return appendTimes(b, d.CreatedAt, d.UpdatedAt)
}

// listConnections answers GET /enterprise_connections, which has no order_by.
func listConnections(c *call) *failure {
	active, set, f := c.boolean("active")
	if f != nil {
		return f
	}
	org := c.query.Get("organization_id")
	rows := where(c.connections, func(n Connection) bool {
		return (org == "" || n.OrganizationID == org) && (!set || n.Active == active)
	})
	return list(c, listing[Connection]{rows: rows}, appendConnection)
}

func appendConnection(b []byte, n Connection) []byte {
	b = field(b, `{"object":"enterprise_connection","id":`, n.ID)
	b = field(b, `,"name":`, n.Name)
	b = field(b, `,"provider":`, n.Provider)
	b = flag(b, `,"active":`, n.Active)
	b = append(b, `,"domains":[`...)
	for i, d := range n.Domains {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, d)
	}
	b = orNull(append(b, ']'), `,"organization_id":`, n.OrganizationID)
	b = flag(b, `,"disable_jit_provisioning":`, n.NoJIT)
	b = append(b, `,"authenticatable":true`...)
	return appendTimes(b, n.CreatedAt, n.UpdatedAt)
}
