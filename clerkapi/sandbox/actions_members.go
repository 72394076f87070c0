package sandbox

import (
	"errors"
	"fmt"
)

// AddMembership makes a user a member, beyond every limit. An existing
// membership gets the new role and metadata and keeps its id and age.
func (s *store) AddMembership(in Membership) error {
	return s.change(func(st *state, now int64) error {
		m := &membership{}
		if err := st.completeMembership(m, &in, 0); err != nil {
			return fmt.Errorf("add membership: %w", err)
		}
		if m.org == nil || m.user == nil || m.role == nil {
			return fmt.Errorf("add membership: organization %q, user %q or role %q does not exist", in.OrganizationID, in.UserID, in.Role)
		}
		if in.CreatedAt == 0 {
			m.created, m.updated = now, now
		}
		if have := st.member(m.org, m.user); have != nil {
			have.role, have.public, have.private, have.scim, have.updated = m.role, m.public, m.private, m.scim, now
			return nil
		}
		st.addMembership(m)
		return nil
	})
}

// RemoveMembership removes a member, also the last administrator.
func (s *store) RemoveMembership(organizationID, userID string) error {
	return s.change(func(st *state, now int64) error {
		m := st.membershipOf(organizationID, userID)
		if m == nil {
			return fmt.Errorf("remove %s from %s: %w", userID, organizationID, errNoMember)
		}
		st.dropMembership(m, now)
		return nil
	})
}

func (s *state) membershipOf(organizationID, userID string) *membership {
	org, u := s.orgByID[organizationID], s.userByID[userID]
	if org == nil || u == nil {
		return nil
	}
	return s.member(org, u)
}

// AcceptInvitation accepts a pending invitation: for the named user, or, when
// userID is empty, for the user who has verified the address, or else for a new
// user. The membership gets the role and metadata of the invitation, and the
// address counts as verified. It returns the user's id.
func (s *store) AcceptInvitation(invitationID, userID string) (string, error) {
	var id string
	err := s.change(func(st *state, now int64) error {
		i := st.invitationID[invitationID]
		if i == nil || i.status(now) != statusPending {
			return fmt.Errorf("accept invitation %s: no such invitation is pending, or the address has several", invitationID)
		}
		u, err := st.findOrAddInvitee(i, userID, now)
		if err != nil {
			return fmt.Errorf("accept invitation %s: %w", invitationID, err)
		}
		i.Status, i.UpdatedAt, id = statusAccepted, now, u.ID
		st.addMembership(&membership{
			org: i.org, user: u, role: i.role, public: i.PublicMetadata, private: i.PrivateMetadata,
			created: now, updated: now,
		})
		return nil
	})
	return id, err
}

// findOrAddInvitee finds the user who accepts, or adds one.
func (s *state) findOrAddInvitee(i *invitation, userID string, now int64) (*user, error) {
	u := s.userByID[userID]
	if userID != "" && u == nil {
		return nil, fmt.Errorf("there is no user %s", userID)
	}
	if u == nil {
		u = s.verifiedOwner(i.Email)
	}
	proven := EmailAddress{Address: i.Email, Verification: Verification{statusVerified}}
	if u == nil {
		u = &user{User: User{
			EmailAddresses: []EmailAddress{proven}, CreatedAt: now, UpdatedAt: now,
			PublicMetadata: emptyObject, PrivateMetadata: emptyObject, UnsafeMetadata: emptyObject,
		}}
		s.registerUser(u)
		return u, nil
	}
	if s.member(i.org, u) != nil {
		return nil, fmt.Errorf("%s is a member already", u.ID)
	}
	if s.heldByOther(i.Email, u) {
		return nil, errors.New("another user has the address")
	}
	if e := u.address(i.Email); e != nil {
		e.Reserved, e.Verification.Status = false, statusVerified
	} else {
		proven.ID = makeID("idn_", s.nextNumber())
		u.EmailAddresses = append(u.EmailAddresses, proven)
		s.indexEmail(u, i.Email)
	}
	s.dropOtherClaims(u, i.Email)
	return u, nil
}
