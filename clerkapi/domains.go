package clerkapi

import (
	"context"
	"errors"
	"net/url"
	"strings"
)

// EnrollingDomains lists the verified domains of the whole instance whose
// holders Clerk invites or lets ask to join by itself, whole or an error
// (GET /organization_domains).
func (c *Client) EnrollingDomains(ctx context.Context) ([]Domain, error) {
	l := &pager[wireDomain, Domain]{
		what: "organization domains", path: "/organization_domains", order: byAge,
		query: url.Values{"verified": {"true"}, "enrollment_mode": {"automatic_invitation,automatic_suggestion"}},
		id:    func(d *Domain) string { return d.ID },
		convert: func(rows []wireDomain) ([]Domain, error) {
			return convert(rows, func(w *wireDomain) Domain { return Domain(*w) }), nil
		},
	}
	return l.whole(ctx, c)
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

type wireDomain struct {
	ID             string `json:"id"`
	OrganizationID string `json:"organization_id"`
	Name           string `json:"name"`
	Mode           string `json:"enrollment_mode"`
}

func (w *wireDomain) check() error {
	if w.ID == "" || w.Name == "" || w.Mode == "" || !strings.HasPrefix(w.OrganizationID, organizationID) {
		return errors.New("a domain lacks its id, name, mode or organization")
	}
	return nil
}
