package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SignIn says who signs in, and how.
type SignIn struct {
	// User is an id or an address. An unknown address signs up if an enterprise
	// connection may make accounts.
	User string `json:"user"`
	// ConnectionID is the enterprise connection; empty is any other way, such as a
	// code by mail.
	ConnectionID string `json:"enterprise_connection_id,omitempty"`
	// Organization is the id or slug of the organization that is active then.
	Organization string `json:"organization,omitempty"`
}

// SignedIn is what a sign-in made.
type SignedIn struct {
	UserID    string `json:"user_id"`
	SessionID string `json:"session_id"`
	// Joined are the organizations that the sign-in added the user to.
	Joined []string `json:"joined"`
}

// SignIn signs a user in: a session begins. Users who are banned, locked or
// deprovisioned cannot sign in.
//
// Through an enterprise connection, the user becomes a member, with the default
// role, of each organization that has a verified domain of the user's address in
// the mode enterprise_sso: of the connection's own organization, or of all, where
// the connection belongs to the whole instance. So somebody who was removed is
// back after the next sign-in. If just-in-time provisioning is off, a sign-in
// makes no account; Clerk does not document that it makes no membership for people
// who have one, so here it does.
func (s *store) SignIn(in SignIn) (SignedIn, error) {
	var out SignedIn
	err := s.change(func(st *state, now int64) error {
		through := st.connection(in.ConnectionID)
		if in.ConnectionID != "" && (through == nil || !through.Active) {
			return fmt.Errorf("sign in: there is no active enterprise connection %s", in.ConnectionID)
		}
		who := &signingIn{st, through, now}
		u, err := who.findOrSignUp(in.User)
		if err != nil {
			return fmt.Errorf("sign in %s: %w", in.User, err)
		}
		active := organizationNamed(st, in.Organization)
		if in.Organization != "" && active == nil {
			return fmt.Errorf("sign in %s: there is no organization %s", in.User, in.Organization)
		}
		if out.Joined, err = who.join(u); err != nil {
			return fmt.Errorf("sign in %s: %w", in.User, err)
		}
		n := &session{Session: Session{
			UserID: u.ID, Status: statusActive, CreatedAt: now, UpdatedAt: now, LastActiveAt: now, ExpiresAt: now + sessionLife,
		}, user: u}
		if active != nil && st.member(active, u) != nil {
			n.OrganizationID = active.ID
		}
		st.addSession(n)
		u.LastSignInAt, u.LastActiveAt, out.UserID, out.SessionID = now, now, u.ID, n.ID
		return nil
	})
	return out, err
}

// signingIn is a sign-in under way.
type signingIn struct {
	*state
	through *Connection // nil for any other way
	now     int64
}

// findOrSignUp finds who signs in, or adds a new user where the connection may do
// that. A connection proves the address: users who have not verified it lose it.
func (s *signingIn) findOrSignUp(name string) (*user, error) {
	through, now := s.through, s.now
	u := s.userNamed(name)
	if through != nil && looksLikeEmail(name) {
		u = s.verifiedOwner(name)
	}
	switch {
	case u == nil && through != nil && !through.NoJIT && looksLikeEmail(name):
		u = &user{User: User{
			EmailAddresses: []EmailAddress{{Address: foldEmail(name), Verification: Verification{statusVerified}}}, CreatedAt: now, UpdatedAt: now,
			PublicMetadata: emptyObject, PrivateMetadata: emptyObject, UnsafeMetadata: emptyObject,
		}}
		s.registerUser(u)
		return u, nil
	case u == nil:
		return nil, errors.New("there is no such user")
	case u.Banned:
		return nil, errors.New("the user is banned")
	case u.Locked:
		return nil, errors.New("the user is locked")
	case u.Deprovisioned:
		return nil, errors.New("a directory has deprovisioned the user")
	}
	return u, nil
}

// join adds a user to the organizations that the connection leads to.
func (s *signingIn) join(u *user) ([]string, error) {
	through, now := s.through, s.now
	joined := []string{}
	for _, d := range s.domains {
		o := s.orgByID[d.OrganizationID]
		if through == nil || d.Unverified || d.Mode != "enterprise_sso" || !u.hasDomain(d.Name) || s.member(o, u) != nil ||
			through.OrganizationID != "" && through.OrganizationID != o.ID {
			continue
		}
		if o.isFull(1, now) || o.lacksSeats(1, now) {
			return nil, fmt.Errorf("organization %s has no seat left (organization_membership_quota_exceeded_for_sso)", o.ID)
		}
		s.addMembership(&membership{org: o, user: u, role: o.defaultRole(), public: emptyObject, private: emptyObject, created: now, updated: now})
		joined = append(joined, o.ID)
	}
	return joined, nil
}

// hasDomain reports whether the user has verified an address of a domain.
func (u *user) hasDomain(name string) bool {
	return slices.ContainsFunc(u.EmailAddresses, func(e EmailAddress) bool {
		_, domain, _ := strings.Cut(foldEmail(e.Address), "@")
		return e.Verified() && domain == foldEmail(name)
	})
}

// defaultRole is the default role of the role set, or its last role.
func (o *organization) defaultRole() *role {
	if r := o.role(o.set.DefaultRole); r != nil {
		return r
	}
	return o.set.roles[len(o.set.roles)-1]
}

// EndSessions ends all sessions of a user, as signing out everywhere does.
func (s *store) EndSessions(userID string) error {
	return s.changeUser(userID, func(_ *state, u *user) error {
		u.endSessions(u.UpdatedAt)
		return nil
	})
}

// AddAPIKey adds an API key, as its owner does in the product, and returns its id.
func (s *store) AddAPIKey(k APIKey) (string, error) {
	row := &apiKey{APIKey: k}
	err := s.change(func(st *state, now int64) error {
		if st.userByID[k.Subject] == nil && st.orgByID[k.Subject] == nil {
			return fmt.Errorf("add API key: there is no user or organization %s", k.Subject)
		}
		if st.keyByID[k.ID] != nil {
			return fmt.Errorf("add API key %s: the id is taken", k.ID)
		}
		row.CreatedAt, row.UpdatedAt = cmp.Or(k.CreatedAt, now), cmp.Or(k.UpdatedAt, now)
		st.addKey(row)
		return nil
	})
	return row.ID, err
}

// SetRole changes the role of a member as an administrator does by hand in the
// dashboard. Everything else of the membership stays.
func (s *store) SetRole(organizationID, userID, key string) error {
	return s.change(func(st *state, now int64) error {
		m := st.membershipOf(organizationID, userID)
		if m == nil {
			return fmt.Errorf("set the role of %s in %s: %w", userID, organizationID, errNoMember)
		}
		r := m.org.role(key)
		if r == nil {
			return fmt.Errorf("set the role of %s in %s: there is no role %s", userID, organizationID, key)
		}
		m.role, m.updated = r, now
		return nil
	})
}

// SetRoleMigration begins a migration of a role set, by its key or id, or ends it
// with nil. It moves nobody.
func (s *store) SetRoleMigration(roleSet string, m *RoleMigration) error {
	return s.change(func(st *state, _ int64) error {
		set := st.roleSet(roleSet)
		if set == nil || roleSet == "" {
			return fmt.Errorf("migrate role set %s: there is no such set", roleSet)
		}
		if m != nil && (m.OrganizationID != "" && st.orgByID[m.OrganizationID] == nil || m.Destination != "" && st.roleSet(m.Destination) == nil ||
			!slices.Contains(migrationStatuses, m.Status)) {
			return fmt.Errorf("migrate role set %s: there is no such organization, destination or status", roleSet)
		}
		set.Migration = m
		return nil
	})
}

// Invite invites an address by hand, as an administrator does in the product, and
// returns the id of the invitation. The organization is an id or a slug; an empty
// role is its default one.
func (s *Server) Invite(organization, address, key string) (string, error) {
	var id string
	err := s.change(func(st *state, now int64) error {
		o := organizationNamed(st, organization)
		if o == nil || !looksLikeEmail(address) {
			return fmt.Errorf("invite %s: not a valid address, or there is no organization %s", address, organization)
		}
		r := o.role(cmp.Or(key, o.defaultRole().Key))
		if r == nil {
			return fmt.Errorf("invite %s: there is no role %s", address, key)
		}
		i := &invitation{org: o, role: r, Invitation: Invitation{
			OrganizationID: o.ID, Email: foldEmail(address), Role: r.Key, Status: statusPending, PublicMetadata: emptyObject, PrivateMetadata: emptyObject,
			CreatedAt: now, UpdatedAt: now, ExpiresAt: now + defaultExpiry,
		}}
		st.storeInvitation(i)
		id = i.ID
		return nil
	})
	return id, err
}

// Person is everything that the instance holds of a user.
type Person struct {
	User        User         `json:"user"`
	Memberships []Membership `json:"memberships"`
	Sessions    []Session    `json:"sessions"`
	APIKeys     []APIKey     `json:"api_keys"`
	// Invitations are those of the user's addresses.
	Invitations []Invitation `json:"invitations"`
}

// Person finds what the instance holds of a user.
func (s *Server) Person(userID string) (Person, error) {
	now := s.store.now().UnixMilli()
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	u := s.state.userByID[userID]
	if u == nil {
		return Person{}, fmt.Errorf("show %s: there is no such user", userID)
	}
	account := u.User
	account.EmailAddresses = slices.Clone(u.EmailAddresses)
	p := Person{User: account, Memberships: objects(u.memberships, (*membership).snapshot), Sessions: []Session{}, APIKeys: []APIKey{}, Invitations: []Invitation{}}
	for _, n := range u.sessions {
		row := n.Session
		row.Status = n.status(now)
		p.Sessions = append(p.Sessions, row)
	}
	for _, k := range u.keys {
		p.APIKeys = append(p.APIKeys, k.APIKey)
	}
	for _, i := range s.state.invitations {
		if u.address(i.Email) != nil {
			row := i.Invitation
			row.Status = i.status(now)
			p.Invitations = append(p.Invitations, row)
		}
	}
	return p, nil
}

// userNamed finds a user by id or address. An address that nobody has verified is
// that of the user who has it.
func (s *people) userNamed(name string) *user {
	if u := s.userByID[name]; u != nil {
		return u
	}
	if u := s.verifiedOwner(name); u != nil {
		return u
	}
	if holders := s.byEmail[foldEmail(name)]; len(holders) == 1 {
		return holders[0]
	}
	return nil
}

// organizationNamed finds an organization by id or slug.
func organizationNamed(s *state, name string) *organization {
	if o := s.orgByID[name]; o != nil {
		return o
	}
	return s.orgBySlug[name]
}

// invitationNamed finds an invitation by id, or the one pending invitation of an
// address.
func invitationNamed(s *state, name string, now int64) *invitation {
	if i := s.invitationID[name]; i != nil {
		return i
	}
	pending := filterRows(s.invitations, func(i *invitation) bool {
		return foldEmail(i.Email) == foldEmail(name) && i.status(now) == statusPending
	})
	if len(pending) == 1 {
		return pending[0]
	}
	return nil
}
