package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// defaultExpiry is the lifetime of an invitation: 30 days, in milliseconds.
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
	i, f := invitationCall{c, org}.newInvitation(form)
	if f != nil {
		return f
	}
	if f := c.checkRoom(org, 1); f != nil {
		return f
	}
	c.storeInvitation(i)
	return c.answer(c.invitationObject(i))
}

// createInvitations answers POST …/invitations/bulk: all of them or none. Clerk
// does not document this; the single error envelope for all invitations suggests
// it.
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
		return refuse(http.StatusBadRequest, "bulk_size_exceeded", "one request accepts no more than "+strconv.Itoa(maxBulk))
	}
	rows, f := invitationCall{c, org}.newInvitations(bodies)
	if f != nil {
		return f
	}
	if f := c.checkRoom(org, len(rows)); f != nil {
		return f
	}
	for _, row := range rows {
		c.storeInvitation(row)
	}
	return c.answer(struct {
		Data  []invitationObject `json:"data"`
		Total int                `json:"total_count"`
	}{objects(rows, c.invitationObject), len(rows)})
}

// invitationCall is a call that concerns the invitations of one organization.
type invitationCall struct {
	*call
	org *organization
}

func (c invitationCall) newInvitations(bodies []json.RawMessage) ([]*invitation, *failure) {
	var rows []*invitation
	seen := map[string]bool{}
	for _, body := range bodies {
		form, f := parseForm(body, invitationFields)
		if f != nil {
			return nil, f
		}
		i, f := c.newInvitation(form)
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

// newInvitation checks one invitation and makes it, without storing it.
func (c invitationCall) newInvitation(form *form) (*invitation, *failure) {
	if c.instance.EmailsOff {
		return nil, refuse(http.StatusBadRequest, "invitations_not_supported", "the instance has no email addresses")
	}
	days := form.integer("expires_in_days", 1, 365, 30)
	form.text("redirect_url")
	form.boolean("notify")
	i := &invitation{org: c.org, Invitation: Invitation{
		OrganizationID: c.org.ID, Email: form.email("email_address"), Role: form.required("role"), Status: statusPending,
		InviterID:      form.text("inviter_user_id"),
		PublicMetadata: objectOrEmpty(form.metadata("public_metadata", true)), PrivateMetadata: objectOrEmpty(form.metadata("private_metadata", true)),
		CreatedAt: c.now, UpdatedAt: c.now, ExpiresAt: c.now + int64(days)*dayMillis,
	}}
	if f := form.failure(); f != nil {
		return nil, f
	}
	if i.role = c.org.role(i.Role); i.role == nil {
		return nil, noRole()
	}
	if f := c.checkInviter(i.InviterID); f != nil {
		return nil, f
	}
	return i, c.checkInvitable(i.Email)
}

// checkInviter checks the user who invites or revokes: that user must be able to
// manage memberships.
func (c invitationCall) checkInviter(id string) *failure {
	if id == "" {
		return nil
	}
	u := c.userByID[id]
	if u == nil {
		return notFound("user", id)
	}
	m := c.member(c.org, u)
	if m == nil {
		return refuse(http.StatusForbidden, "not_a_member_in_organization", "the inviter is not a member")
	}
	if !m.role.hasMinimumPermissions() {
		return refuse(http.StatusForbidden, "authorization_invalid", "the inviter is not an administrator")
	}
	return nil
}

// checkInvitable refuses the address of a member, and an address that has a
// pending invitation.
func (c invitationCall) checkInvitable(email string) *failure {
	for _, u := range c.byEmail[email] {
		for _, e := range u.EmailAddresses {
			if e.Verified() && foldEmail(e.Address) == email && c.member(c.org, u) != nil {
				return alreadyMember(email)
			}
		}
	}
	for _, i := range c.org.invites {
		if foldEmail(i.Email) == email && i.status(c.now) == statusPending {
			return notUnique()
		}
	}
	return nil
}

func notUnique() *failure {
	return refuse(http.StatusBadRequest, "organization_invitation_not_unique", "the address has a pending invitation")
}

// storeInvitation stores an invitation and gives it the link that a mail would
// contain.
func (s *state) storeInvitation(i *invitation) {
	s.addInvitation(i)
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
	if f := form.failure(); f != nil {
		return f
	}
	if f := (invitationCall{c, i.org}).checkInviter(by); f != nil {
		return f
	}
	if i.status(c.now) != statusPending {
		return refuse(http.StatusNotFound, "organization_invitation_not_pending", "the invitation is not pending")
	}
	i.Status, i.UpdatedAt = statusRevoked, c.now
	return c.answer(c.invitationObject(i))
}

// invitation finds the invitation in the path.
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
