package clerkapi

import (
	"context"
	"net/url"

	"rollcall/clerkapi/internal/wire"
)

// EnrollingDomains lists the verified domains of the whole instance that enroll
// people: Clerk invites the owners of such addresses, or suggests the
// organization to them. The list is whole or an error (GET
// /organization_domains).
func (c *instance) EnrollingDomains(ctx context.Context) ([]Domain, error) {
	l := &pager[wire.Domain, Domain]{
		what: "organization domains", path: "/organization_domains", order: oldestFirst,
		query: url.Values{"verified": {"true"}, "enrollment_mode": {"automatic_invitation,automatic_suggestion"}},
		id:    func(d *Domain) string { return d.ID },
		convert: func(rows []wire.Domain) ([]Domain, error) {
			return convertRows(rows, func(w *wire.Domain) Domain { return Domain(*w) }), nil
		},
	}
	return l.all(ctx, c.sender)
}

// Domain is an e-mail domain of an organization.
type Domain struct {
	ID             string
	OrganizationID string
	Name           string // corp.example
	// Mode is manual_invitation, automatic_invitation, automatic_suggestion
	// or enterprise_sso.
	Mode string
}
