package clerkapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
)

const (
	invitationsPath = "/organizations/{organization_id}/invitations"
	pending         = "pending"
)

// InvitationQuery filters the invitations of one organization.
type InvitationQuery struct {
	// Status is pending, accepted, revoked or expired; empty is any.
	Status string
	// Email is one whole address; empty is any.
	Email string
}

// Invitations lists the invitations of an organization, whole or an error,
// oldest first.
func (c *Client) Invitations(ctx context.Context, organization string, q InvitationQuery) ([]Invitation, error) {
	a := checking("Invitations").organization(organization).oneOf("status", q.Status, "", pending, "accepted", "revoked", "expired")
	if q.Email != "" {
		a.email(q.Email)
	}
	if err := a.err(); err != nil {
		return nil, err
	}
	l := invitationList()
	l.organization, l.path, l.args = organization, invitationsPath, []string{organization}
	if q.Status != "" {
		l.query.Set("status", q.Status)
	}
	if q.Email != "" {
		l.query.Set("email_address", q.Email)
	}
	return l.whole(ctx, c)
}

// PendingInvitations lists the pending invitations of the whole instance.
func (c *Client) PendingInvitations(ctx context.Context) ([]Invitation, error) {
	return c.InstanceInvitations(ctx, pending)
}

// InstanceInvitations lists the invitations of all organizations with a
// status, any when it is empty (GET /organization_invitations).
func (c *Client) InstanceInvitations(ctx context.Context, status string) ([]Invitation, error) {
	if err := checking("InstanceInvitations").oneOf("status", status, "", pending, "accepted", "revoked", "expired").err(); err != nil {
		return nil, err
	}
	l := invitationList()
	if status != "" {
		l.query.Set("status", status)
	}
	return l.whole(ctx, c)
}

// CreateInvitation invites an address. It is not repeated when its answer is
// lost, see [OutcomeUnknown]: list the pending ones to learn what happened.
// Clerk allows 250 an hour.
func (c *Client) CreateInvitation(ctx context.Context, organization string, inv NewInvitation) (Invitation, error) {
	a := checking("CreateInvitation").organization(organization)
	inv.check(a)
	if err := a.err(); err != nil {
		return Invitation{}, err
	}
	var out wireInvitation
	err := c.do(ctx, &call{
		method: "POST", path: invitationsPath, args: []string{organization},
		in: inv.wire(), out: &out, route: invitations,
	})
	return out.of(organization), err
}

// CreateInvitations invites 1 to 10 addresses in one request. Clerk allows 50
// such requests an hour, beside the single ones. Whether a refusal concerns
// one or all is not documented: read the pending ones after an error.
func (c *Client) CreateInvitations(ctx context.Context, organization string, invs []NewInvitation) ([]Invitation, error) {
	a := checking("CreateInvitations").organization(organization)
	if len(invs) < 1 || len(invs) > maxBulk {
		a.refuse("invitations", "%d of them, 1 to %d are allowed", len(invs), maxBulk)
	}
	for i := range invs {
		invs[i].check(a)
	}
	if err := a.err(); err != nil {
		return nil, err
	}
	var out wirePage[wireInvitation]
	err := c.do(ctx, &call{
		method: "POST", path: invitationsPath + "/bulk", args: []string{organization},
		in: convert(invs, (*NewInvitation).wire), out: &out, route: bulkInvitations,
	})
	if err != nil {
		return nil, err
	}
	return convert(out.Data, func(w *wireInvitation) Invitation { return w.of(organization) }), nil
}

// RevokeInvitation revokes a pending invitation. One that is not pending is
// [ErrNotPending]; with Error.Attempts over 1 that may be our own doing.
func (c *Client) RevokeInvitation(ctx context.Context, organization, invitation string) (Invitation, error) {
	if err := checking("RevokeInvitation").organization(organization).id("invitation", invitation).err(); err != nil {
		return Invitation{}, err
	}
	var out wireInvitation
	err := c.do(ctx, &call{
		method: "POST", path: invitationsPath + "/{invitation_id}/revoke", args: []string{organization, invitation},
		in: struct{}{}, out: &out, repeat: always,
	})
	return out.of(organization), err
}

func (n *NewInvitation) check(a *arguments) {
	a.email(n.Email).role(n.Role).metadata("public", n.Public).metadata("private", n.Private)
	if n.InviterUserID != "" {
		a.id("inviter", n.InviterUserID)
	}
	if n.ExpiresInDays < 0 || n.ExpiresInDays > maxExpiryDays {
		a.refuse("expires_in_days", "%d is not between 1 and %d", n.ExpiresInDays, maxExpiryDays)
	}
}

type wireNewInvitation struct {
	Email       string          `json:"email_address"`
	Role        string          `json:"role"`
	Inviter     string          `json:"inviter_user_id,omitempty"`
	Public      json.RawMessage `json:"public_metadata,omitempty"`
	Private     json.RawMessage `json:"private_metadata,omitempty"`
	RedirectURL string          `json:"redirect_url,omitempty"`
	Expires     int             `json:"expires_in_days,omitempty"`
	Notify      *bool           `json:"notify,omitempty"`
}

func (n *NewInvitation) wire() wireNewInvitation {
	return wireNewInvitation{
		Email: n.Email, Role: n.Role, Inviter: n.InviterUserID, Public: n.Public, Private: n.Private,
		RedirectURL: n.RedirectURL, Expires: n.ExpiresInDays, Notify: n.Notify,
	}
}

func invitationList() *pager[wireInvitation, Invitation] {
	return &pager[wireInvitation, Invitation]{
		what: "invitations", path: "/organization_invitations", order: byAge, query: url.Values{},
		id: func(i *Invitation) string { return i.ID },
		convert: func(rows []wireInvitation) ([]Invitation, error) {
			return convert(rows, func(w *wireInvitation) Invitation { return w.of(w.Organization) }), nil
		},
	}
}

type wireInvitation struct {
	ID           string          `json:"id"`
	Organization string          `json:"organization_id"`
	Email        string          `json:"email_address"`
	Role         string          `json:"role"`
	Status       string          `json:"status"`
	Public       json.RawMessage `json:"public_metadata"`
	Private      json.RawMessage `json:"private_metadata"`
	CreatedAt    int64           `json:"created_at"`
	ExpiresAt    int64           `json:"expires_at"`
}

func (w *wireInvitation) check() error {
	if w.ID == "" || w.Email == "" {
		return errors.New("an invitation lacks its id or address")
	}
	return nil
}

func (w *wireInvitation) of(organization string) Invitation {
	return Invitation{
		ID: w.ID, OrganizationID: organization, Email: w.Email, Role: w.Role, Status: w.Status,
		Public: present(w.Public), Private: present(w.Private), CreatedAt: w.CreatedAt, ExpiresAt: w.ExpiresAt,
	}
}
