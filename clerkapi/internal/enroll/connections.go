package enroll

import (
	"context"
	"net/url"

	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/wire"
)

// ActiveConnections lists the enterprise connections that people can sign in
// through, whole or an error (GET /enterprise_connections). An instance whose
// plan has none answers 402 or 403.
func (c *Calls) ActiveConnections(ctx context.Context) ([]Connection, error) {
	l := &calls.Pager[wire.Connection, Connection]{
		What: "enterprise connections", Path: "/enterprise_connections", Limits: enquiry, // Clerk takes no order here
		Query: url.Values{"active": {"true"}},
		ID:    func(c *Connection) string { return c.ID },
		Convert: func(rows []wire.Connection) ([]Connection, error) {
			return calls.Rows(rows, func(w *wire.Connection) Connection { return Connection(*w) }), nil
		},
	}
	return l.All(ctx, c.Sender)
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
