package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// What people do besides the API, in the dashboard or in the product, is
// done by the methods below. They count against no limit, appear in no
// journal and ask no rule of Clerk but those of possibility: a test says
// what has happened.

// hand runs a change under the lock.
func (s *Server) hand(change func(st *state, now int64) error) error {
	now := millis(s.now())
	s.mu.Lock()
	defer s.mu.Unlock()
	return change(s.state, now)
}

// handUser runs a change of one user.
func (s *Server) handUser(id string, change func(st *state, u *user) error) error {
	return s.hand(func(st *state, now int64) error {
		u := st.userByID[id]
		if u == nil {
			return fmt.Errorf("change user %s: there is no such user", id)
		}
		u.UpdatedAt = now
		return change(st, u)
	})
}

// AddUser signs a user up. An absent id is generated; the id is returned.
func (s *Server) AddUser(u User) (string, error) {
	row := &user{User: u}
	err := s.hand(func(st *state, now int64) error {
		row.CreatedAt, row.UpdatedAt = cmp.Or(u.CreatedAt, now), cmp.Or(u.UpdatedAt, now)
		row.ID = orElse(row.ID, name("user_", st.tick()))
		if st.userByID[row.ID] != nil {
			return fmt.Errorf("add user %s: the id is taken", row.ID)
		}
		if err := st.settleUser(row); err != nil {
			return fmt.Errorf("add user %s: %w", row.ID, err)
		}
		for _, e := range row.EmailAddresses {
			if (e.Verified() || e.Reserved) && st.held(e.Address, row) {
				return fmt.Errorf("add user %s: another user holds one of the addresses", row.ID)
			}
		}
		if st.byExternal[row.ExternalID] != nil || st.byUsername[row.Username] != nil {
			return fmt.Errorf("add user %s: the external id or user name is taken", row.ID)
		}
		st.enroll(row)
		return nil
	})
	return row.ID, err
}

// DeleteUser deletes a user with all memberships.
func (s *Server) DeleteUser(id string) error {
	return s.hand(func(st *state, now int64) error {
		u := st.userByID[id]
		if u == nil {
			return fmt.Errorf("delete user %s: there is no such user", id)
		}
		st.dropUser(u, now)
		return nil
	})
}

// Flags are the marks on a user that change by themselves; nil leaves one.
type Flags struct {
	Banned        *bool `json:"banned,omitempty"`
	Locked        *bool `json:"locked,omitempty"`
	Deprovisioned *bool `json:"deprovisioned,omitempty"`
	SCIM          *bool `json:"managed_by_scim,omitempty"`
}

// SetFlags marks a user.
func (s *Server) SetFlags(userID string, f Flags) error {
	return s.handUser(userID, func(_ *state, u *user) error {
		for _, m := range []struct {
			from *bool
			to   *bool
		}{{f.Banned, &u.Banned}, {f.Locked, &u.Locked}, {f.Deprovisioned, &u.Deprovisioned}, {f.SCIM, &u.SCIM}} {
			if m.from != nil {
				*m.to = *m.from
			}
		}
		return nil
	})
}

// AddEmail adds an address to a user; primary makes it the primary one. A
// verified one takes unverified claims away from others.
func (s *Server) AddEmail(userID string, e EmailAddress, primary bool) error {
	return s.handUser(userID, func(st *state, u *user) error {
		if !plausible(e.Address) {
			return fmt.Errorf("add address to %s: %q is no e-mail address", userID, e.Address)
		}
		e.Verification.Status = orElse(e.Verification.Status, statusVerified)
		if (e.Verified() || e.Reserved) && st.held(e.Address, u) {
			return fmt.Errorf("add address to %s: another user holds it", userID)
		}
		e.ID = orElse(e.ID, name("idn_", st.tick()))
		u.EmailAddresses = append(u.EmailAddresses, e)
		st.indexEmail(u, e.Address)
		if primary || u.PrimaryEmailAddressID == "" {
			u.PrimaryEmailAddressID = e.ID
		}
		if e.Verified() {
			st.claim(u, e.Address)
		}
		return nil
	})
}

// RemoveEmail takes an address from a user.
func (s *Server) RemoveEmail(userID, address string) error {
	return s.handUser(userID, func(st *state, u *user) error {
		if u.address(address) == nil {
			return fmt.Errorf("remove address of %s: the user does not have it", userID)
		}
		st.dropAddress(u, foldEmail(address))
		return nil
	})
}

// VerifyEmail makes a user prove an address, which takes it from everybody
// who merely claimed it.
func (s *Server) VerifyEmail(userID, address string) error {
	return s.handUser(userID, func(st *state, u *user) error {
		e := u.address(address)
		if e == nil {
			return fmt.Errorf("verify address of %s: the user does not have it", userID)
		}
		if st.held(address, u) {
			return fmt.Errorf("verify address of %s: another user holds it", userID)
		}
		e.Reserved, e.Verification.Status = false, statusVerified
		st.claim(u, address)
		return nil
	})
}

// ChangeEmail replaces an address by a verified new one, in its place.
func (s *Server) ChangeEmail(userID, from, to string) error {
	return s.handUser(userID, func(st *state, u *user) error {
		e := u.address(from)
		if e == nil {
			return fmt.Errorf("change address of %s: the user does not have it", userID)
		}
		if !plausible(to) || st.held(to, u) {
			return fmt.Errorf("change address of %s: the new one is no address, or another user's", userID)
		}
		st.unindexEmail(u, from)
		e.Address, e.Reserved, e.Verification.Status = to, false, statusVerified
		st.indexEmail(u, to)
		st.claim(u, to)
		return nil
	})
}

// address points at the user's address.
func (u *user) address(address string) *EmailAddress {
	at := slices.IndexFunc(u.EmailAddresses, func(e EmailAddress) bool { return foldEmail(e.Address) == foldEmail(address) })
	if at < 0 {
		return nil
	}
	return &u.EmailAddresses[at]
}

// MoveClock moves the server's time by an offset from its clock, the Date
// header with it.
func (s *Server) MoveClock(offset time.Duration) {
	s.gate.Lock()
	defer s.gate.Unlock()
	s.offset = offset
}

var errNoMember = errors.New("the user is no member")
