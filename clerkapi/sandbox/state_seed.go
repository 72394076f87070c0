package sandbox

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Statuses of addresses and invitations.
const (
	statusVerified   = "verified"
	statusUnverified = "unverified"
	statusPending    = "pending"
	statusAccepted   = "accepted"
	statusRevoked    = "revoked"
	statusExpired    = "expired"
)

const (
	adminRole  = "org:admin"
	memberRole = "org:member"
)

// Every organization must keep a member with these permissions: Clerk demands
// them of a creator's role.
var minimumPermissions = []string{
	"org:sys_memberships:manage", "org:sys_memberships:read", "org:sys_profile:delete",
}

// defaultRoles are those of a fresh Clerk instance.
func defaultRoles() []Role {
	return []Role{
		{Key: adminRole, Name: "Admin", CreatorEligible: true, Permissions: []string{
			"org:sys_profile:manage", "org:sys_profile:delete", "org:sys_memberships:read",
			"org:sys_memberships:manage", "org:sys_domains:read", "org:sys_domains:manage",
		}},
		{Key: memberRole, Name: "Member", Permissions: []string{"org:sys_memberships:read"}},
	}
}

// newState builds the instance of a seed that Check has accepted.
func newState(seed *Seed, environment string) (*state, error) {
	s := &state{
		instance: seed.Instance,
		people: people{
			userByID:   make(map[string]*user, len(seed.Users)),
			byEmail:    make(map[string][]*user, len(seed.Users)),
			byExternal: make(map[string]*user, len(seed.Users)),
			byUsername: map[string]*user{},
		},
		orgByID:      make(map[string]*organization, len(seed.Organizations)),
		orgBySlug:    make(map[string]*organization, len(seed.Organizations)),
		invitationID: map[string]*invitation{},
		accounts:     accounts{sessionByID: map[string]*session{}, keyByID: map[string]*apiKey{}},
	}
	if s.instance.ID == "" {
		s.instance.ID = instanceID(seed)
	}
	if s.instance.Environment == "" {
		s.instance.Environment = environment
	}
	reserveIDs(s, seed)
	loadRoles(s, seed)
	steps := []func(*state, *Seed) error{loadUsers, loadOrganizations, loadMemberships, loadInvitations, loadEnrollment, loadDirectories, loadAccess}
	for _, step := range steps {
		if err := step(s, seed); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// instanceID makes an id from what the instance holds. Real instances have
// different ids too, so that a memory of one is not used for another.
func instanceID(seed *Seed) string {
	digest := sha256.New()
	for i := range seed.Organizations {
		_, _ = io.WriteString(digest, seed.Organizations[i].ID+"\n") // a digest takes everything
	}
	for i := range seed.Users {
		_, _ = io.WriteString(digest, seed.Users[i].ID+"\n")
	}
	const enough = 6
	return fmt.Sprintf("ins_sandbox_%x", digest.Sum(nil)[:enough])
}

func reserveIDs(s *state, seed *Seed) {
	for i := range seed.Users {
		s.reserveID(seed.Users[i].ID)
		for _, e := range seed.Users[i].EmailAddresses {
			s.reserveID(e.ID)
		}
	}
	for i := range seed.Organizations {
		s.reserveID(seed.Organizations[i].ID)
	}
	for i := range seed.Memberships {
		s.reserveID(seed.Memberships[i].ID)
	}
	for i := range seed.Invitations {
		s.reserveID(seed.Invitations[i].ID)
	}
	for i := range seed.Sessions {
		s.reserveID(seed.Sessions[i].ID)
	}
	for i := range seed.APIKeys {
		reserveKeyID(s, seed.APIKeys[i].ID)
	}
}

func loadRoles(s *state, seed *Seed) {
	roles := seed.Roles
	if len(roles) == 0 {
		roles = defaultRoles()
	}
	for i, r := range roles {
		r.ID = cmp.Or(r.ID, makeID("role_", int64(i+1)))
		r.Name = cmp.Or(r.Name, r.Key)
		r.CreatedAt, r.UpdatedAt = withDefaultTimes(r.CreatedAt, r.UpdatedAt, i)
		s.roles = append(s.roles, newRole(r))
	}
	sets := seed.RoleSets
	if len(sets) == 0 {
		sets = []RoleSet{defaultSet(roles)}
	}
	for i, set := range sets {
		set.ID = cmp.Or(set.ID, makeID("roleset_", int64(i+1)))
		set.Name, set.Type = cmp.Or(set.Name, set.Key), cmp.Or(set.Type, "custom")
		set.CreatedAt, set.UpdatedAt = withDefaultTimes(set.CreatedAt, set.UpdatedAt, i)
		s.roleSets = append(s.roleSets, newRoleSet(s, set))
	}
}

func defaultSet(roles []Role) RoleSet {
	set := RoleSet{Key: "role_set:default", Name: "Default", Type: "initial"}
	for _, r := range roles {
		set.Roles = append(set.Roles, r.Key)
	}
	set.DefaultRole, set.CreatorRole = set.Roles[len(set.Roles)-1], set.Roles[0]
	if slices.Contains(set.Roles, memberRole) {
		set.DefaultRole = memberRole
	}
	if slices.Contains(set.Roles, adminRole) {
		set.CreatorRole = adminRole
	}
	return set
}

func newRoleSet(s *state, set RoleSet) *roleSet {
	rs := &roleSet{RoleSet: set}
	for _, key := range set.Roles {
		rs.roles = append(rs.roles, s.role(key))
	}
	return rs
}

func (s *state) role(key string) *role {
	for _, r := range s.roles {
		if r.Key == key {
			return r
		}
	}
	return nil
}

// roleSet finds a set by key or id. The empty key is the initial set, or the
// first one when none is marked as initial. Clerk documents the initial set for
// new organizations; that an older one without a key has it too is a choice.
func (s *state) roleSet(key string) *roleSet {
	for _, set := range s.roleSets {
		if set.Key == key || set.ID == key || key == "" && set.Type == "initial" {
			return set
		}
	}
	if key == "" {
		return s.roleSets[0]
	}
	return nil
}

// role finds a role that this organization may assign.
func (o *organization) role(key string) *role {
	for _, r := range o.set.roles {
		if r.Key == key {
			return r
		}
	}
	return nil
}

func loadUsers(s *state, seed *Seed) error {
	s.users = make([]*user, 0, len(seed.Users))
	rows := make([]user, len(seed.Users))
	for i := range seed.Users {
		u := &rows[i]
		u.User = seed.Users[i]
		u.CreatedAt, u.UpdatedAt = withDefaultTimes(u.CreatedAt, u.UpdatedAt, i)
		if err := s.completeUser(u); err != nil {
			return err
		}
		s.addUser(u)
	}
	return nil
}

// completeUser fills in the values that the short forms leave out.
func (s *state) completeUser(u *user) error {
	u.EmailAddresses = slices.Clone(u.EmailAddresses)
	if u.Email != "" {
		u.EmailAddresses = slices.Insert(u.EmailAddresses, 0, EmailAddress{Address: u.Email})
		u.Email = ""
	}
	for i := range u.EmailAddresses {
		e := &u.EmailAddresses[i]
		e.ID = cmp.Or(e.ID, makeID("idn_", s.nextNumber()))
		if e.Verification.Status == "" {
			e.Verification.Status = statusVerified
			if e.Reserved {
				e.Verification.Status = statusUnverified
			}
		}
	}
	if u.PrimaryEmailAddressID == "" && len(u.EmailAddresses) > 0 {
		u.PrimaryEmailAddressID = u.EmailAddresses[0].ID
	}
	return canonicalize(&u.PublicMetadata, &u.PrivateMetadata, &u.UnsafeMetadata)
}

func canonicalize(fields ...*json.RawMessage) error {
	for _, f := range fields {
		raw, err := canonical(*f)
		if err != nil {
			return err
		}
		*f = raw
	}
	return nil
}

func loadOrganizations(s *state, seed *Seed) error {
	for i, o := range seed.Organizations {
		o.Name = cmp.Or(o.Name, o.Slug, o.ID)
		o.CreatedAt, o.UpdatedAt = withDefaultTimes(o.CreatedAt, o.UpdatedAt, i)
		if s.instance.SlugsOff {
			o.Slug = ""
		}
		if err := canonicalize(&o.PublicMetadata, &o.PrivateMetadata); err != nil {
			return err
		}
		s.addOrganization(&organization{Organization: o, set: s.roleSet(o.RoleSet)})
	}
	return nil
}

func loadMemberships(s *state, seed *Seed) error {
	s.memberships = make([]*membership, 0, len(seed.Memberships))
	rows := make([]membership, len(seed.Memberships))
	for i := range seed.Memberships {
		m, in := &rows[i], &seed.Memberships[i]
		if err := s.completeMembership(m, in, i); err != nil {
			return err
		}
		s.addMembership(m)
	}
	return nil
}

func (s *state) completeMembership(m *membership, in *Membership, index int) error {
	*m = membership{
		id: in.ID, org: s.orgByID[in.OrganizationID], user: s.userByID[in.UserID], scim: in.SCIM,
		public: in.PublicMetadata, private: in.PrivateMetadata,
	}
	m.role = s.role(cmp.Or(in.Role, memberRole))
	m.created, m.updated = withDefaultTimes(in.CreatedAt, in.UpdatedAt, index)
	return canonicalize(&m.public, &m.private)
}

func loadInvitations(s *state, seed *Seed) error {
	for i, in := range seed.Invitations {
		in.Role, in.Status = cmp.Or(in.Role, memberRole), cmp.Or(in.Status, statusPending)
		in.CreatedAt, in.UpdatedAt = withDefaultTimes(in.CreatedAt, in.UpdatedAt, i)
		if in.ExpiresAt == 0 {
			in.ExpiresAt = in.CreatedAt + defaultExpiry
		}
		if err := canonicalize(&in.PublicMetadata, &in.PrivateMetadata); err != nil {
			return err
		}
		s.addInvitation(&invitation{Invitation: in, org: s.orgByID[in.OrganizationID], role: s.role(in.Role)})
	}
	return nil
}

func withDefaultTimes(created, updated int64, index int) (int64, int64) {
	if created == 0 {
		created = baseTime + int64(index)
	}
	if updated == 0 {
		updated = created
	}
	return created, updated
}

func loadEnrollment(s *state, seed *Seed) error {
	for i, d := range seed.Domains {
		d.ID, d.Mode = cmp.Or(d.ID, makeID("orgdmn_", int64(i+1))), cmp.Or(d.Mode, "manual_invitation")
		d.CreatedAt, d.UpdatedAt = withDefaultTimes(d.CreatedAt, d.UpdatedAt, i)
		s.domains = append(s.domains, d)
	}
	for i, n := range seed.Connections {
		n.ID, n.Provider = cmp.Or(n.ID, makeID("entconn_", int64(i+1))), cmp.Or(n.Provider, "saml_custom")
		n.CreatedAt, n.UpdatedAt = withDefaultTimes(n.CreatedAt, n.UpdatedAt, i)
		s.connections = append(s.connections, n)
	}
	slices.SortStableFunc(s.domains, func(a, b Domain) int { return int(a.CreatedAt - b.CreatedAt) })
	return nil
}
