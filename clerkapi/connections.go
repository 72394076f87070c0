package clerkapi

import (
	"context"
	"net/url"

	"rollcall/clerkapi/internal/wire"
)

// ActiveConnections lists the enterprise connections that people can sign in
// through, whole or an error (GET /enterprise_connections). An instance whose
// plan has none answers 402 or 403.
func (c *instance) ActiveConnections(ctx context.Context) ([]Connection, error) {
	l := &pager[wire.Connection, Connection]{
		what: "enterprise connections", path: "/enterprise_connections", // Clerk takes no order here
		query: url.Values{"active": {"true"}},
		id:    func(c *Connection) string { return c.ID },
		convert: func(rows []wire.Connection) ([]Connection, error) {
			return convertRows(rows, func(w *wire.Connection) Connection { return Connection(*w) }), nil
		},
	}
	return l.all(ctx, c.sender)
}

// Connection is an enterprise connection: SAML or OpenID Connect.
type Connection struct {
	ID   string
	Name string
	// OrganizationID is empty for a connection of the whole instance.
	OrganizationID string
	Domains        []string
	// NoJIT says that a sign-in makes no account. Users who have an account sign
	// in as before, and Clerk does not document whether that makes them members
	// of the connection's organization: false and true differ for accounts only.
	NoJIT bool
}
