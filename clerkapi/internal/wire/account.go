package wire

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Session is Session of the contract, without where somebody signed in.
type Session struct {
	ID             string `json:"id"`
	UserID         string `json:"user_id"`
	Status         string `json:"status"`
	OrganizationID string `json:"last_active_organization_id"`
	CreatedAt      int64  `json:"created_at"`
	LastActiveAt   int64  `json:"last_active_at"`
	ExpiresAt      int64  `json:"expire_at"`
}

// Check reports a session that cannot be named or judged.
func (w *Session) Check() error {
	if w.ID == "" || w.UserID == "" || w.Status == "" {
		return errors.New("a session has no id, user or status")
	}
	return nil
}

// Sessions is the answer of GET /sessions. Clerk's description says that it is a
// bare array. Its own clients send paginated=true and read a page. Both are
// accepted; an array has no Total.
type Sessions struct {
	Page[Session]
	array bool
}

// UnmarshalJSON reads both forms.
func (w *Sessions) UnmarshalJSON(body []byte) error {
	if w.array = bytes.HasPrefix(body, []byte("[")); w.array {
		return json.Unmarshal(body, &w.Data)
	}
	return json.Unmarshal(body, &w.Page)
}

// Check reports an answer that is no list of sessions.
func (w *Sessions) Check() error {
	if w.array {
		return checkAll(w.Data)
	}
	return w.Page.Check()
}

// APIKey is the API key of the contract, without its secret and its claims.
// Numbers are float64 because the contract has no integers here.
type APIKey struct {
	ID         string  `json:"id"`
	Subject    string  `json:"subject"`
	Name       string  `json:"name"`
	Revoked    bool    `json:"revoked"`
	Expired    bool    `json:"expired"`
	CreatedAt  float64 `json:"created_at"`
	ExpiresAt  float64 `json:"expiration"`
	LastUsedAt float64 `json:"last_used_at"`
}

// Check reports a key that cannot be named or matched.
func (w *APIKey) Check() error {
	if w.ID == "" || w.Subject == "" {
		return errors.New("an API key has no id or no subject")
	}
	return nil
}
