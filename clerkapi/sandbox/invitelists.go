package sandbox

import "slices"

var invitationStatuses = []string{statusPending, statusAccepted, statusRevoked, statusExpired}

// getInvitation answers GET …/invitations/{invitation_id}.
func getInvitation(c *call) *failure {
	i, f := c.invitation()
	if f != nil {
		return f
	}
	c.out = c.appendInvitation(c.out, i)
	return nil
}

// listInvitations answers GET /organizations/{organization_id}/invitations.
func listInvitations(c *call) *failure {
	org, f := c.organization()
	if f != nil {
		return f
	}
	email := foldEmail(c.query.Get("email_address"))
	return c.answerInvitations(org.invites, c.appendInvitation, func(i *invitation) bool {
		return email == "" || foldEmail(i.Email) == email
	})
}

// listAllInvitations answers GET /organization_invitations, whose items carry
// public_organization_data as well.
func listAllInvitations(c *call) *failure {
	part := c.query.Get("query")
	return c.answerInvitations(c.invitations, c.appendInstanceInvitation, func(i *invitation) bool {
		return part == "" || containsFold(i.Email, part)
	})
}

func (c *call) answerInvitations(rows []*invitation, render func([]byte, *invitation) []byte, ok func(*invitation) bool) *failure {
	o, f := c.order("created_at", "email_address")
	if f != nil {
		return f
	}
	statuses := c.query["status"]
	for _, s := range statuses {
		if !slices.Contains(invitationStatuses, s) {
			return badValue("status", s)
		}
	}
	rows = where(rows, func(i *invitation) bool {
		return ok(i) && (len(statuses) == 0 || slices.Contains(statuses, i.status(c.now)))
	})
	return list(c, sorted(rows, o, func(i *invitation) string { return foldEmail(i.Email) }), render)
}

// appendInvitation appends the object OrganizationInvitation.
func (c *call) appendInvitation(b []byte, i *invitation) []byte {
	return append(c.appendInvitationFields(b, i), '}')
}

func (c *call) appendInstanceInvitation(b []byte, i *invitation) []byte {
	b = c.appendInvitationFields(b, i)
	b = field(b, `,"public_organization_data":{"id":`, i.org.ID)
	b = field(b, `,"name":`, i.org.Name)
	b = field(b, `,"slug":`, i.org.Slug)
	return append(b, imageField+`}}`...)
}

func (c *call) appendInvitationFields(b []byte, i *invitation) []byte {
	b = field(b, `{"object":"organization_invitation","id":`, i.ID)
	b = field(b, `,"email_address":`, i.Email)
	b = field(b, `,"role":`, i.role.Key)
	b = field(b, `,"role_name":`, i.role.Name)
	b = field(b, `,"organization_id":`, i.org.ID)
	b = orNull(b, `,"inviter_id":`, i.InviterID)
	b = append(b, `,"public_inviter_data":`...)
	b = c.appendInviter(b, i.InviterID)
	b = field(b, `,"status":`, i.status(c.now))
	b = raw(b, `,"public_metadata":`, i.PublicMetadata)
	b = raw(b, `,"private_metadata":`, i.PrivateMetadata)
	b = orNull(b, `,"url":`, i.URL)
	b = timeOrNull(b, `,"expires_at":`, i.ExpiresAt)
	b = number(b, `,"created_at":`, i.CreatedAt)
	return number(b, `,"updated_at":`, i.UpdatedAt)
}

func (c *call) appendInviter(b []byte, id string) []byte {
	u := c.userByID[id]
	if u == nil {
		return append(b, "null"...)
	}
	b = field(b, `{"user_id":`, u.ID)
	b = orNull(b, `,"first_name":`, u.FirstName)
	b = orNull(b, `,"last_name":`, u.LastName)
	b = field(append(b, imageField...), `,"identifier":`, u.identifier())
	return append(b, '}')
}
