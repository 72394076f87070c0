package wire

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// Membership is OrganizationMembership of the contract. Every row repeats
// its organization with up to 16 KB of metadata; only the id of the organization
// is decoded.
type Membership struct {
	ID           string `json:"id"`
	Role         string `json:"role"`
	Organization struct {
		ID string `json:"id"`
	} `json:"organization"`
	User struct {
		UserID        string       `json:"user_id"`
		Identifier    string       `json:"identifier"`
		FirstName     string       `json:"first_name"`
		LastName      string       `json:"last_name"`
		Banned        OptionalBool `json:"banned"`
		Deprovisioned OptionalBool `json:"deprovisioned"`
	} `json:"public_user_data"`
	Public    json.RawMessage `json:"public_metadata"`
	Private   json.RawMessage `json:"private_metadata"`
	CreatedAt Moment          `json:"created_at"`
}

// Moment is a time in Unix milliseconds. It is 0 if the answer has none, or writes it in
// another way: no list is unreadable because of a time.
type Moment int64

// UnmarshalJSON accepts everything.
func (m *Moment) UnmarshalJSON(data []byte) error {
	n, err := strconv.ParseInt(string(data), 10, 64)
	if err != nil {
		n = 0
	}
	*m = Moment(n)
	return nil
}

// OptionalBool is a truth value that an answer may leave out.
type OptionalBool uint8

// The values of an [OptionalBool].
const (
	Absent OptionalBool = iota // absent or null
	False
	True
)

// UnmarshalJSON accepts true, false and null.
func (s *OptionalBool) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true":
		*s = True
	case "false":
		*s = False
	case "null":
		*s = Absent
	default:
		return errors.New("not true or false")
	}
	return nil
}

// Check reports a membership without its id or role. The contract does not
// require public_user_data: one membership without it must not make the whole
// list unreadable. Then the id must be that of a membership, because no other
// field tells it from another kind of record.
func (w *Membership) Check() error {
	if w.ID == "" || w.Role == "" {
		return errors.New("a membership has no id or no role")
	}
	if w.User.UserID == "" && !strings.HasPrefix(w.ID, "orgmem_") {
		return errors.New("a membership has no user, and its id is not that of a membership")
	}
	if !objectOrNull(w.Public) || !objectOrNull(w.Private) {
		return errors.New("the metadata of a membership is not an object")
	}
	return nil
}

func objectOrNull(raw json.RawMessage) bool {
	return raw == nil || string(raw) == "null" || raw[0] == '{'
}

// NullToNil turns null into nil: unknown, not empty.
func NullToNil(raw json.RawMessage) json.RawMessage {
	if string(raw) == "null" {
		return nil
	}
	return raw
}
