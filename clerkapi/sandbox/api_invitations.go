package sandbox

import (
	"encoding/json"
	"slices"
)

var invitationStatuses = []string{statusPending, statusAccepted, statusRevoked, statusExpired}

// getInvitation answers GET …/invitations/{invitation_id}.
func getInvitation(c *call) *failure {
	i, f := c.invitation()
	if f != nil {
		return f
	}
	return c.answer(c.invitationObject(i))
}

// listInvitations answers GET /organizations/{organization_id}/invitations.
func listInvitations(c *call) *failure {
	org, f := c.organization()
	if f != nil {
		return f
	}
	email := foldEmail(c.query.Get("email_address"))
	return c.answerInvitations(org.invites, c.invitationObject, func(i *invitation) bool {
		return email == "" || foldEmail(i.Email) == email
	})
}

// listAllInvitations answers GET /organization_invitations. Its items have
// public_organization_data too.
func listAllInvitations(c *call) *failure {
	part := c.query.Get("query")
	return c.answerInvitations(c.invitations, c.instanceInvitationObject, func(i *invitation) bool {
		return part == "" || containsFold(i.Email, part)
	})
}

func (c *call) answerInvitations(rows []*invitation, object func(*invitation) invitationObject, ok func(*invitation) bool) *failure {
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
	rows = filterRows(rows, func(i *invitation) bool {
		return ok(i) && (len(statuses) == 0 || slices.Contains(statuses, i.status(c.now)))
	})
	return list(c, sorted(rows, o, func(i *invitation) string { return foldEmail(i.Email) }), renderer(object))
}

// invitationObject is OrganizationInvitation of the contract.
type invitationObject struct {
	Object         string          `json:"object"`
	ID             string          `json:"id"`
	Email          string          `json:"email_address"`
	Role           string          `json:"role"`
	RoleName       string          `json:"role_name"`
	OrganizationID string          `json:"organization_id"`
	InviterID      *string         `json:"inviter_id"`
	Inviter        *inviterObject  `json:"public_inviter_data"`
	Status         string          `json:"status"`
	Public         json.RawMessage `json:"public_metadata"`
	Private        json.RawMessage `json:"private_metadata"`
	URL            *string         `json:"url"`
	ExpiresAt      *int64          `json:"expires_at"`
	timestamps
	// Organization is part of the list of the whole instance only.
	Organization *publicOrganization `json:"public_organization_data,omitempty"`
}

type inviterObject struct {
	UserID    string  `json:"user_id"`
	FirstName *string `json:"first_name"`
	LastName  *string `json:"last_name"`
	image
	Identifier string `json:"identifier"`
}

type publicOrganization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
	image
}

func (c *call) invitationObject(i *invitation) invitationObject {
	o := invitationObject{
		Object: "organization_invitation", ID: i.ID, Email: i.Email, Role: i.role.Key, RoleName: i.role.Name,
		OrganizationID: i.org.ID, InviterID: nullable(i.InviterID), Status: i.status(c.now),
		Public: i.PublicMetadata, Private: i.PrivateMetadata, URL: nullable(i.URL), ExpiresAt: nullable(i.ExpiresAt),
		timestamps: timestamps{i.CreatedAt, i.UpdatedAt},
	}
	if u := c.userByID[i.InviterID]; u != nil {
		o.Inviter = &inviterObject{u.ID, nullable(u.FirstName), nullable(u.LastName), image{URL: imageURL}, u.identifier()}
	}
	return o
}

func (c *call) instanceInvitationObject(i *invitation) invitationObject {
	o := c.invitationObject(i)
	o.Organization = &publicOrganization{i.org.ID, i.org.Name, i.org.Slug, image{URL: imageURL}}
	return o
}
