package clerkapi

import (
	"context"
	"errors"
	"net/url"
)

// ActiveConnections lists the enterprise connections through which people
// sign in today, whole or an error (GET /enterprise_connections). An instance
// whose plan lacks them answers 402 or 403.
func (c *Client) ActiveConnections(ctx context.Context) ([]Connection, error) {
	l := &pager[wireConnection, Connection]{
		what: "enterprise connections", path: "/enterprise_connections", // Clerk takes no order here
		query: url.Values{"active": {"true"}},
		id:    func(c *Connection) string { return c.ID },
		convert: func(rows []wireConnection) ([]Connection, error) {
			return convert(rows, func(w *wireConnection) Connection { return Connection(*w) }), nil
		},
	}
	return l.whole(ctx, c)
}

// Connection is an enterprise connection: SAML or OpenID Connect.
type Connection struct {
	ID   string
	Name string
	// OrganizationID is empty for a connection of the whole instance.
	OrganizationID string
	Domains        []string
	// NoJIT says that a sign-in makes nobody's account or membership.
	NoJIT bool
}

type wireConnection struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	OrganizationID string   `json:"organization_id"`
	Domains        []string `json:"domains"`
	NoJIT          bool     `json:"disable_jit_provisioning"`
}

func (w *wireConnection) check() error {
	if w.ID == "" {
		return errors.New("an enterprise connection lacks its id")
	}
	return nil
}
