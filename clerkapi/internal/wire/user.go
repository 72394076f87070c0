package wire

import "errors"

// Users is the answer of GET /users: a bare array, without a count.
type Users []User

// Check reports an answer that is no list of users.
func (w *Users) Check() error {
	if *w == nil {
		return errors.New("not a list of users")
	}
	return checkAll(*w)
}

// Count is the answer of GET /users/count.
type Count struct {
	Total *int64 `json:"total_count"`
}

// Check reports an answer without a count.
func (w *Count) Check() error {
	if w.Total == nil {
		return errors.New("total_count is missing")
	}
	return nil
}

// User is User of the contract.
type User struct {
	ID            string `json:"id"`
	ExternalID    string `json:"external_id"`
	Username      string `json:"username"`
	FirstName     string `json:"first_name"`
	LastName      string `json:"last_name"`
	Banned        bool   `json:"banned"`
	Deprovisioned bool   `json:"deprovisioned"`
	Locked        bool   `json:"locked"`
	LockEndsIn    int64  `json:"lockout_expires_in_seconds"`
	LastSignInAt  int64  `json:"last_sign_in_at"`
	LastActiveAt  int64  `json:"last_active_at"`
	Emails        []struct {
		Address      string `json:"email_address"`
		Reserved     bool   `json:"reserved"`
		Verification *struct {
			Status string `json:"status"`
		} `json:"verification"`
	} `json:"email_addresses"`
}

// Check reports a user without its id.
func (w *User) Check() error {
	if w.ID == "" {
		return errors.New("a user has no id")
	}
	return nil
}
