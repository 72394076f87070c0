package enroll

import (
	"context"
	"net/url"

	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/wire"
)

// enrollingModes are the modes in which a verified domain brings people into its
// organization without an administrator: by an invitation, by a suggestion, or at
// each sign-in through an enterprise connection.
const enrollingModes = "automatic_invitation,automatic_suggestion,enterprise_sso"

// EnrollingDomains lists the verified domains of the whole instance that enroll
// people: Clerk invites the owners of such addresses, suggests the organization
// to them, or adds them when they sign in through an enterprise connection. The
// list is whole or an error (GET /organization_domains).
func (c *Calls) EnrollingDomains(ctx context.Context) ([]Domain, error) {
	l := &calls.Pager[wire.Domain, Domain]{
		What: "organization domains", Path: "/organization_domains", Order: calls.OldestFirst, Limits: enquiry,
		Query: url.Values{"verified": {"true"}, "enrollment_mode": {enrollingModes}},
		ID:    func(d *Domain) string { return d.ID },
		Convert: func(rows []wire.Domain) ([]Domain, error) {
			return calls.Rows(rows, func(w *wire.Domain) Domain { return Domain(*w) }), nil
		},
	}
	return l.All(ctx, c.Sender)
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
