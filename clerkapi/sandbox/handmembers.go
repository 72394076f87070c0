package sandbox

import (
	"errors"
	"fmt"
	"slices"
)

// AddMembership makes somebody a member, beyond every limit. An existing
// membership is replaced, with its id and age.
func (s *Server) AddMembership(in Membership) error {
	return s.hand(func(st *state, now int64) error {
		m := &membership{}
		if err := st.settleMembership(m, &in, 0); err != nil {
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

// RemoveMembership takes a member out, the last administrator too.
func (s *Server) RemoveMembership(organizationID, userID string) error {
	return s.hand(func(st *state, now int64) error {
		m := st.find(organizationID, userID)
		if m == nil {
			return fmt.Errorf("remove %s from %s: %w", userID, organizationID, errNoMember)
		}
		st.dropMembership(m, now)
		return nil
	})
}

// SetRole changes a member's role.
func (s *Server) SetRole(organizationID, userID, role string) error {
	return s.hand(func(st *state, now int64) error {
		m, r := st.find(organizationID, userID), st.role(role)
		if m == nil {
			return fmt.Errorf("set role of %s in %s: %w", userID, organizationID, errNoMember)
		}
		if r == nil {
			return fmt.Errorf("set role of %s in %s: there is no role %q", userID, organizationID, role)
		}
		m.role, m.updated = r, now
		return nil
	})
}

func (s *state) find(organizationID, userID string) *membership {
	org, u := s.orgByID[organizationID], s.userByID[userID]
	if org == nil || u == nil {
		return nil
	}
	return s.member(org, u)
}

// AcceptInvitation lets a pending invitation be accepted: by this user, or
// when userID is empty by the one who has proven the address, or else by a
// new user. The invitation's role and metadata move to the membership, and
// the address is proven by it. It returns the user's id.
func (s *Server) AcceptInvitation(invitationID, userID string) (string, error) {
	var id string
	err := s.hand(func(st *state, now int64) error {
		i := st.invitationID[invitationID]
		if i == nil || i.status(now) != statusPending {
			return fmt.Errorf("accept invitation %s: it is not pending", invitationID)
		}
		u, err := st.invitee(i, userID, now)
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

// invitee finds or makes the user who accepts.
func (s *state) invitee(i *invitation, userID string, now int64) (*user, error) {
	u := s.userByID[userID]
	if userID != "" && u == nil {
		return nil, fmt.Errorf("there is no user %s", userID)
	}
	if u == nil {
		u = s.owner(i.Email)
	}
	proven := EmailAddress{Address: i.Email, Verification: Verification{statusVerified}}
	if u == nil {
		u = &user{User: User{
			EmailAddresses: []EmailAddress{proven}, CreatedAt: now, UpdatedAt: now,
			PublicMetadata: emptyObject, PrivateMetadata: emptyObject, UnsafeMetadata: emptyObject,
		}}
		s.enroll(u)
		return u, nil
	}
	if s.member(i.org, u) != nil {
		return nil, fmt.Errorf("%s is a member already", u.ID)
	}
	if s.held(i.Email, u) {
		return nil, errors.New("another user holds the address")
	}
	if e := u.address(i.Email); e != nil {
		e.Reserved, e.Verification.Status = false, statusVerified
	} else {
		proven.ID = name("idn_", s.tick())
		u.EmailAddresses = append(u.EmailAddresses, proven)
		s.indexEmail(u, i.Email)
	}
	s.claim(u, i.Email)
	return u, nil
}

// owner is the user who has proven the address.
func (s *state) owner(address string) *user {
	for _, u := range s.byEmail[foldEmail(address)] {
		if slices.ContainsFunc(u.EmailAddresses, func(e EmailAddress) bool {
			return e.Verified() && foldEmail(e.Address) == foldEmail(address)
		}) {
			return u
		}
	}
	return nil
}
