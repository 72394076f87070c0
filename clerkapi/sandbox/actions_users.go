package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// The methods below are changes that people make outside the API, in the
// dashboard or in the product. They count against no limit and are not listed as
// requests. They check what is possible, and none of Clerk's rules: a test says
// what has happened.

// AddUser adds a user, as a sign-up does. It generates the id when there is
// none, and returns it.
func (s *store) AddUser(u User) (string, error) {
	row := &user{User: u}
	err := s.change(func(st *state, now int64) error {
		row.CreatedAt, row.UpdatedAt = cmp.Or(u.CreatedAt, now), cmp.Or(u.UpdatedAt, now)
		row.ID = cmp.Or(row.ID, makeID("user_", st.nextNumber()))
		if st.userByID[row.ID] != nil {
			return fmt.Errorf("add user %s: the id is taken", row.ID)
		}
		if err := st.completeUser(row); err != nil {
			return fmt.Errorf("add user %s: %w", row.ID, err)
		}
		for _, e := range row.EmailAddresses {
			if (e.Verified() || e.Reserved) && st.heldByOther(e.Address, row) {
				return fmt.Errorf("add user %s: another user has one of the addresses", row.ID)
			}
		}
		if st.byExternal[row.ExternalID] != nil || st.byUsername[row.Username] != nil {
			return fmt.Errorf("add user %s: the external id or user name is taken", row.ID)
		}
		st.registerUser(row)
		return nil
	})
	return row.ID, err
}

// DeleteUser deletes a user with all memberships.
func (s *store) DeleteUser(id string) error {
	return s.change(func(st *state, now int64) error {
		u := st.userByID[id]
		if u == nil {
			return fmt.Errorf("delete user %s: there is no such user", id)
		}
		st.dropUser(u, now)
		return nil
	})
}

// Flags are the flags of a user; nil leaves one as it is.
type Flags struct {
	Banned        *bool `json:"banned,omitempty"`
	Locked        *bool `json:"locked,omitempty"`
	Deprovisioned *bool `json:"deprovisioned,omitempty"`
	SCIM          *bool `json:"managed_by_scim,omitempty"`
}

// SetFlags sets flags of a user. A ban ends the sessions, and so does a directory
// that removes the account.
func (s *store) SetFlags(userID string, f Flags) error {
	return s.changeUser(userID, func(_ *state, u *user) error {
		for _, m := range []struct {
			from *bool
			to   *bool
		}{{f.Banned, &u.Banned}, {f.Locked, &u.Locked}, {f.Deprovisioned, &u.Deprovisioned}, {f.SCIM, &u.SCIM}} {
			if m.from != nil {
				*m.to = *m.from
			}
		}
		if u.Banned || u.Deprovisioned {
			u.endSessions(u.UpdatedAt)
		}
		return nil
	})
}

// AddEmail adds an address to a user; primary makes it the primary one. If the
// address is verified, other users lose it where they have not verified it.
func (s *store) AddEmail(userID string, e EmailAddress, primary bool) error {
	return s.changeUser(userID, func(st *state, u *user) error {
		if !looksLikeEmail(e.Address) {
			return fmt.Errorf("add address to %s: %q is not a valid email address", userID, e.Address)
		}
		e.Verification.Status = cmp.Or(e.Verification.Status, statusVerified)
		if (e.Verified() || e.Reserved) && st.heldByOther(e.Address, u) {
			return fmt.Errorf("add address to %s: another user has it", userID)
		}
		e.ID = cmp.Or(e.ID, makeID("idn_", st.nextNumber()))
		u.EmailAddresses = append(u.EmailAddresses, e)
		st.indexEmail(u, e.Address)
		if primary || u.PrimaryEmailAddressID == "" {
			u.PrimaryEmailAddressID = e.ID
		}
		if e.Verified() {
			st.dropOtherClaims(u, e.Address)
		}
		return nil
	})
}

// RemoveEmail removes an address from a user.
func (s *store) RemoveEmail(userID, address string) error {
	return s.changeUser(userID, func(st *state, u *user) error {
		if u.address(address) == nil {
			return fmt.Errorf("remove address of %s: the user does not have it", userID)
		}
		st.dropAddress(u, foldEmail(address))
		return nil
	})
}

// VerifyEmail marks an address of a user as verified. Other users, who have not
// verified it, lose it.
func (s *store) VerifyEmail(userID, address string) error {
	return s.changeUser(userID, func(st *state, u *user) error {
		e := u.address(address)
		if e == nil {
			return fmt.Errorf("verify address of %s: the user does not have it", userID)
		}
		if st.heldByOther(address, u) {
			return fmt.Errorf("verify address of %s: another user has it", userID)
		}
		e.Reserved, e.Verification.Status = false, statusVerified
		st.dropOtherClaims(u, address)
		return nil
	})
}

// ChangeEmail replaces an address of a user by a new one, which is verified.
func (s *store) ChangeEmail(userID, from, to string) error {
	return s.changeUser(userID, func(st *state, u *user) error {
		e := u.address(from)
		if e == nil {
			return fmt.Errorf("change address of %s: the user does not have it", userID)
		}
		if !looksLikeEmail(to) || st.heldByOther(to, u) {
			return fmt.Errorf("change address of %s: the new one is not a valid address, or another user has it", userID)
		}
		st.unindexEmail(u, from)
		e.Address, e.Reserved, e.Verification.Status = to, false, statusVerified
		st.indexEmail(u, to)
		st.dropOtherClaims(u, to)
		return nil
	})
}

// address is the user's address, or nil.
func (u *user) address(address string) *EmailAddress {
	at := slices.IndexFunc(u.EmailAddresses, func(e EmailAddress) bool { return foldEmail(e.Address) == foldEmail(address) })
	if at < 0 {
		return nil
	}
	return &u.EmailAddresses[at]
}

var errNoMember = errors.New("the user is not a member")
