package wire

import (
	"encoding/json"
	"errors"
)

// NewInvitation is the body of POST /organizations/{organization_id}/invitations.
type NewInvitation struct {
	Email       string          `json:"email_address"`
	Role        string          `json:"role"`
	Inviter     string          `json:"inviter_user_id,omitempty"`
	Public      json.RawMessage `json:"public_metadata,omitempty"`
	Private     json.RawMessage `json:"private_metadata,omitempty"`
	RedirectURL string          `json:"redirect_url,omitempty"`
	Expires     int             `json:"expires_in_days,omitempty"`
	Notify      *bool           `json:"notify,omitempty"`
}

// Invitation is OrganizationInvitation of the contract.
type Invitation struct {
	ID           string          `json:"id"`
	Organization string          `json:"organization_id"`
	Email        string          `json:"email_address"`
	Role         string          `json:"role"`
	Status       string          `json:"status"`
	Public       json.RawMessage `json:"public_metadata"`
	Private      json.RawMessage `json:"private_metadata"`
	URL          string          `json:"url"`
	CreatedAt    int64           `json:"created_at"`
	ExpiresAt    int64           `json:"expires_at"`
}

// Check reports an invitation that cannot be named or matched.
func (w *Invitation) Check() error {
	if w.ID == "" || w.Email == "" {
		return errors.New("an invitation has no id or no address")
	}
	return nil
}
