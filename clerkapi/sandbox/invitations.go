package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// defaultExpiry is how long an invitation lasts: 30 days, in milliseconds.
const defaultExpiry = 30 * dayMillis

const dayMillis = 24 * 60 * 60 * 1000

// maxBulk is how many invitations one bulk request takes.
const maxBulk = 10

var invitationFields = []string{
	"email_address", "inviter_user_id", "role", "public_metadata", "private_metadata",
	"redirect_url", "expires_in_days", "notify",
}

// createInvitation answers POST /organizations/{organization_id}/invitations.
func createInvitation(c *call) *failure {
	org, f := c.organization()
	if f != nil {
		return f
	}
	form, f := c.form(invitationFields...)
	if f != nil {
		return f
	}
	i, f := c.invite(org, form)
	if f != nil {
		return f
	}
	if org.full(1, c.now) {
		return quotaExceeded(org)
	}
	c.send(i)
	c.out = c.appendInvitation(c.out, i)
	return nil
}

// createInvitations answers POST …/invitations/bulk: all of them or none.
// Whether Clerk is so strict is not documented; its one error envelope for
// all of them suggests it.
func createInvitations(c *call) *failure {
	org, f := c.organization()
	if f != nil {
		return f
	}
	var bodies []json.RawMessage
	if err := json.Unmarshal(c.body, &bodies); err != nil || len(bodies) == 0 {
		return refuse(http.StatusBadRequest, "request_body_invalid", "the body is not an array of invitations")
	}
	if len(bodies) > maxBulk {
		return refuse(http.StatusBadRequest, "bulk_size_exceeded", "one request takes no more than "+strconv.Itoa(maxBulk))
	}
	rows, f := c.inviteAll(org, bodies)
	if f != nil {
		return f
	}
	if org.full(len(rows), c.now) {
		return quotaExceeded(org)
	}
	places := make([]int, len(rows))
	for i, row := range rows {
		c.send(row)
		places[i] = i
	}
	c.out = appendRows(append(c.out, `{"data":`...), listing[*invitation]{rows: rows}, places, c.appendInvitation)
	c.out = number(c.out, `,"total_count":`, int64(len(rows)))
	c.out = append(c.out, '}')
	return nil
}

func (c *call) inviteAll(org *organization, bodies []json.RawMessage) ([]*invitation, *failure) {
	var rows []*invitation
	seen := map[string]bool{}
	for _, body := range bodies {
		form, f := parseForm(body, invitationFields)
		if f != nil {
			return nil, f
		}
		i, f := c.invite(org, form)
		if f != nil {
			return nil, f
		}
		if seen[i.Email] {
			return nil, notUnique()
		}
		seen[i.Email] = true
		rows = append(rows, i)
	}
	return rows, nil
}

// invite judges one invitation without storing it.
func (c *call) invite(org *organization, form *form) (*invitation, *failure) {
	if c.instance.EmailsOff {
		return nil, refuse(http.StatusBadRequest, "invitations_not_supported", "the instance has no e-mail addresses")
	}
	days := form.integer("expires_in_days", 1, 365, 30)
	form.text("redirect_url")
	form.boolean("notify")
	i := &invitation{org: org, Invitation: Invitation{
		OrganizationID: org.ID, Email: form.email("email_address"), Role: form.required("role"), Status: statusPending,
		InviterID:      form.text("inviter_user_id"),
		PublicMetadata: orEmpty(form.metadata("public_metadata", true)), PrivateMetadata: orEmpty(form.metadata("private_metadata", true)),
		CreatedAt: c.now, UpdatedAt: c.now, ExpiresAt: c.now + int64(days)*dayMillis,
	}}
	if f := form.bad(); f != nil {
		return nil, f
	}
	if i.role = org.role(i.Role); i.role == nil {
		return nil, noRole()
	}
	if f := c.mayInvite(org, i.InviterID); f != nil {
		return nil, f
	}
	return i, c.invited(org, i.Email)
}

// mayInvite judges the inviter (or revoker), who has to manage memberships.
func (c *call) mayInvite(org *organization, id string) *failure {
	if id == "" {
		return nil
	}
	u := c.userByID[id]
	if u == nil {
		return notFound("user", id)
	}
	m := c.member(org, u)
	if m == nil {
		return refuse(http.StatusForbidden, "not_a_member_in_organization", "the inviter is not a member")
	}
	if !m.role.sufficient() {
		return refuse(http.StatusForbidden, "authorization_invalid", "the inviter is not an administrator")
	}
	return nil
}

// invited refuses addresses that need no invitation (any more).
func (c *call) invited(org *organization, email string) *failure {
	for _, u := range c.byEmail[email] {
		for _, e := range u.EmailAddresses {
			if e.Verified() && foldEmail(e.Address) == email && c.member(org, u) != nil {
				return alreadyMember(email)
			}
		}
	}
	for _, i := range org.invites {
		if foldEmail(i.Email) == email && i.status(c.now) == statusPending {
			return notUnique()
		}
	}
	return nil
}

func notUnique() *failure {
	return refuse(http.StatusBadRequest, "organization_invitation_not_unique", "the address has a pending invitation")
}

// send stores an invitation and gives it the link that a mail would carry.
func (c *call) send(i *invitation) {
	c.addInvitation(i)
	i.URL = "https://sandbox.accounts.dev/v1/tickets/accept?ticket=" + i.ID
}

// revokeInvitation answers POST …/invitations/{invitation_id}/revoke.
func revokeInvitation(c *call) *failure {
	i, f := c.invitation()
	if f != nil {
		return f
	}
	form, f := c.form("requesting_user_id")
	if f != nil {
		return f
	}
	by := form.text("requesting_user_id")
	if f := form.bad(); f != nil {
		return f
	}
	if f := c.mayInvite(i.org, by); f != nil {
		return f
	}
	if i.status(c.now) != statusPending {
		return refuse(http.StatusNotFound, "organization_invitation_not_pending", "the invitation is not pending")
	}
	i.Status, i.UpdatedAt = statusRevoked, c.now
	c.out = c.appendInvitation(c.out, i)
	return nil
}

// invitation finds the one that the path names.
func (c *call) invitation() (*invitation, *failure) {
	org, f := c.organization()
	if f != nil {
		return nil, f
	}
	id := c.path("invitation_id")
	if i := c.invitationID[id]; i != nil && i.org == org {
		return i, nil
	}
	return nil, notFound("invitation", id)
}
