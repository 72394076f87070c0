package clerkapi

import (
	"context"
	"net/url"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/limit"
	"rollcall/clerkapi/internal/wire"
)

const (
	maxBulk       = 10 // invitations in one bulk request
	maxExpiryDays = 365
)

const invitationsPath = "/organizations/{organization_id}/invitations"

// invitations are the calls that concern invitations.
type invitations struct{ sender *sender }

// PendingInvitations lists the pending invitations of the whole instance, whole
// or an error, oldest first.
func (c *invitations) PendingInvitations(ctx context.Context) ([]Invitation, error) {
	l := &calls.Pager[wire.Invitation, Invitation]{
		What: "invitations", Path: "/organization_invitations", Order: calls.OldestFirst, Query: url.Values{"status": {"pending"}},
		ID: func(i *Invitation) string { return i.ID },
		Convert: func(rows []wire.Invitation) ([]Invitation, error) {
			return calls.Rows(rows, func(w *wire.Invitation) Invitation { return invitationOf(w, w.Organization) }), nil
		},
	}
	return l.All(ctx, c.sender)
}

// CreateInvitation invites an address. It is not repeated when its answer is
// lost, see [OutcomeUnknown]: list the pending invitations to learn what
// happened. Clerk allows 250 an hour.
func (c *invitations) CreateInvitation(ctx context.Context, organization string, inv NewInvitation) (Invitation, error) {
	a := arguments.Of("CreateInvitation").Organization(organization)
	inv.check(a)
	if err := a.Err(); err != nil {
		return Invitation{}, err
	}
	var out wire.Invitation
	err := c.sender.Do(ctx, &calls.Call{
		Method: "POST", Path: invitationsPath, Args: []string{organization},
		In: inv.request(), Out: &out, Limits: limit.Key{Route: limit.Invitations},
	})
	return invitationOf(&out, organization), err
}

// CreateInvitations invites 1 to 10 addresses in one request. Clerk allows 50
// such requests an hour, beside the single ones. Clerk does not document whether
// a refusal concerns one invitation or all: read the pending ones after an
// error.
func (c *invitations) CreateInvitations(ctx context.Context, organization string, invs []NewInvitation) ([]Invitation, error) {
	a := arguments.Of("CreateInvitations").Organization(organization)
	if len(invs) < 1 || len(invs) > maxBulk {
		a.Refuse("invitations", "there are %d; allowed: 1 to %d", len(invs), maxBulk)
	}
	for i := range invs {
		invs[i].check(a)
	}
	if err := a.Err(); err != nil {
		return nil, err
	}
	var out wire.Page[wire.Invitation]
	err := c.sender.Do(ctx, &calls.Call{
		Method: "POST", Path: invitationsPath + "/bulk", Args: []string{organization},
		In: calls.Rows(invs, (*NewInvitation).request), Out: &out, Limits: limit.Key{Route: limit.BulkInvitations},
	})
	if err != nil {
		return nil, err
	}
	return calls.Rows(out.Data, func(w *wire.Invitation) Invitation { return invitationOf(w, organization) }), nil
}

// RevokeInvitation revokes a pending invitation. If the invitation is not
// pending, the error is [ErrNotPending]. With Error.Attempts over 1, an earlier
// attempt of this call may have revoked it.
func (c *invitations) RevokeInvitation(ctx context.Context, organization, invitation string) (Invitation, error) {
	if err := arguments.Of("RevokeInvitation").Organization(organization).ID("invitation", invitation).Err(); err != nil {
		return Invitation{}, err
	}
	var out wire.Invitation
	err := c.sender.Do(ctx, &calls.Call{
		Method: "POST", Path: invitationsPath + "/{invitation_id}/revoke", Args: []string{organization, invitation},
		In: struct{}{}, Out: &out, Repeat: calls.Always,
	})
	return invitationOf(&out, organization), err
}

func (n *NewInvitation) check(a *arguments.List) {
	a.Email(n.Email).Role(n.Role).Metadata("public", n.Public).Metadata("private", n.Private)
	if n.InviterUserID != "" {
		a.ID("inviter", n.InviterUserID)
	}
	if n.ExpiresInDays < 0 || n.ExpiresInDays > maxExpiryDays {
		a.Refuse("expires_in_days", "is %d; allowed: 1 to %d", n.ExpiresInDays, maxExpiryDays)
	}
}

func (n *NewInvitation) request() wire.NewInvitation {
	return wire.NewInvitation{
		Email: n.Email, Role: n.Role, Inviter: n.InviterUserID, Public: n.Public, Private: n.Private,
		RedirectURL: n.RedirectURL, Expires: n.ExpiresInDays, Notify: n.Notify,
	}
}

func invitationOf(w *wire.Invitation, organization string) Invitation {
	return Invitation{
		ID: w.ID, OrganizationID: organization, Email: w.Email, Role: w.Role, Status: w.Status,
		Public: wire.NullToNil(w.Public), Private: wire.NullToNil(w.Private), URL: NewSecret(w.URL), CreatedAt: w.CreatedAt, ExpiresAt: w.ExpiresAt,
	}
}
