package sandbox

import (
	"cmp"
	"encoding/json"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// baseTime is the creation time of rows without one, plus one millisecond for
// each row before them: 2024-01-01T00:00:00Z.
const baseTime = 1704067200000

// state is the whole instance. The server's mutex guards it.
type state struct {
	instance Instance
	roles    []*role
	roleSets []*roleSet

	people

	organizations []*organization // ordered by creation, as the other lists are
	orgByID       map[string]*organization
	orgBySlug     map[string]*organization

	memberships []*membership
	removed     []tombstone

	invitations  []*invitation
	invitationID map[string]*invitation

	enrollment
	accounts

	sequence int64 // orders rows that were created in the same millisecond
}

type role struct {
	Role
	fragment []byte // "role":…,"role_name":…,"permissions":[…]
}

type roleSet struct {
	RoleSet
	roles []*role
}

type user struct {
	User
	seq         int64
	memberships []*membership
	sessions    []*session
	keys        []*apiKey
}

type organization struct {
	Organization
	seq      int64
	set      *roleSet
	members  []*membership
	invites  []*invitation
	fragment []byte // rendered but for the counts; nil after a change
}

type membership struct {
	id               string
	org              *organization
	user             *user
	role             *role
	public, private  json.RawMessage
	created, updated int64
	seq              int64
	scim             bool
}

type invitation struct {
	Invitation
	seq  int64
	org  *organization
	role *role
}

// tombstone remembers a removed membership for lists that lag.
type tombstone struct {
	row *membership
	at  int64
}

// createdRow is a row of a list in the order of creation.
type createdRow interface {
	comparable
	creation() (created, seq int64)
}

func (u *user) creation() (int64, int64)         { return u.CreatedAt, u.seq }
func (o *organization) creation() (int64, int64) { return o.CreatedAt, o.seq }
func (m *membership) creation() (int64, int64)   { return m.created, m.seq }
func (i *invitation) creation() (int64, int64)   { return i.CreatedAt, i.seq }

// byCreation compares rows by creation.
func byCreation[T createdRow](a, b T) int {
	ac, as := a.creation()
	bc, bs := b.creation()
	return cmp.Or(cmp.Compare(ac, bc), cmp.Compare(as, bs))
}

// position finds the index where a row stands or belongs.
func position[T createdRow](rows []T, row T) int {
	created, seq := row.creation()
	return sort.Search(len(rows), func(i int) bool {
		c, s := rows[i].creation()
		return c > created || c == created && s >= seq
	})
}

// insert keeps the order. Nearly every row is new and belongs at the end.
func insert[T createdRow](rows []T, row T) []T {
	at := position(rows, row)
	if at == len(rows) {
		return append(rows, row)
	}
	return slices.Insert(rows, at, row)
}

func remove[T createdRow](rows []T, row T) []T {
	if at := position(rows, row); at < len(rows) && rows[at] == row {
		return slices.Delete(rows, at, at+1)
	}
	return rows
}

// nextNumber is the next number for the order of rows and for ids.
func (s *state) nextNumber() int64 {
	s.sequence++
	return s.sequence
}

// makeID makes an id of a number. Its width is fixed, so that ids sort by age.
func makeID(prefix string, n int64) string {
	b := make([]byte, 0, 32)
	b = append(b, prefix...)
	for width := int64(1e11); width > max(n, 1); width /= 10 {
		b = append(b, '0')
	}
	return string(strconv.AppendInt(b, n, 10))
}

// reserveID keeps new ids apart from generated ones that a seed contains, such
// as a snapshot.
func (s *state) reserveID(id string) {
	_, digits, _ := strings.Cut(id, "_")
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil && len(digits) == 12 {
		s.sequence = max(s.sequence, n)
	}
}

// foldEmail is the form in which addresses are compared: ASCII lower case,
// nothing else.
func foldEmail(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return 'A' <= r && r <= 'Z' }) {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// member finds a membership; a user is in few organizations.
func (s *state) member(org *organization, u *user) *membership {
	for _, m := range u.memberships {
		if m.org == org {
			return m
		}
	}
	return nil
}

func (s *state) addUser(u *user) {
	u.seq = s.nextNumber()
	s.users = insert(s.users, u)
	s.userByID[u.ID] = u
	for _, e := range u.EmailAddresses {
		s.indexEmail(u, e.Address)
	}
	s.indexNames(u)
}

func (s *state) dropUser(u *user, now int64) {
	for _, m := range slices.Clone(u.memberships) {
		s.dropMembership(m, now)
	}
	for _, e := range u.EmailAddresses {
		s.unindexEmail(u, e.Address)
	}
	s.dropAccess(u)
	delete(s.byExternal, u.ExternalID)
	delete(s.byUsername, u.Username)
	delete(s.userByID, u.ID)
	s.users = remove(s.users, u)
}

func (s *state) addMembership(m *membership) {
	m.seq = s.nextNumber()
	if m.id == "" {
		m.id = makeID("orgmem_", m.seq)
	}
	m.user.memberships = append(m.user.memberships, m)
	m.org.members = insert(m.org.members, m)
	s.memberships = insert(s.memberships, m)
}

func (s *state) dropMembership(m *membership, now int64) {
	m.user.memberships = slices.DeleteFunc(m.user.memberships, func(x *membership) bool { return x == m })
	m.org.members = remove(m.org.members, m)
	s.memberships = remove(s.memberships, m)
	s.bury(m, now)
}

// bury keeps the removed membership for at least an hour.
func (s *state) bury(m *membership, now int64) {
	const hour, few = 60 * 60 * 1000, 1000
	if len(s.removed) >= few && s.removed[0].at < now-hour {
		s.removed = slices.DeleteFunc(s.removed, func(t tombstone) bool { return t.at < now-hour })
	}
	s.removed = append(s.removed, tombstone{m, now})
}

func (s *state) addOrganization(o *organization) {
	o.renderFragment()
	o.seq = s.nextNumber()
	s.organizations = insert(s.organizations, o)
	s.orgByID[o.ID] = o
	if o.Slug != "" {
		s.orgBySlug[o.Slug] = o
	}
}

func (s *state) dropOrganization(o *organization, now int64) {
	for _, m := range slices.Clone(o.members) {
		s.dropMembership(m, now)
	}
	for _, i := range o.invites {
		delete(s.invitationID, i.ID)
		s.invitations = remove(s.invitations, i)
	}
	delete(s.orgByID, o.ID)
	delete(s.orgBySlug, o.Slug)
	s.organizations = remove(s.organizations, o)
}

func (s *state) addInvitation(i *invitation) {
	i.seq = s.nextNumber()
	if i.ID == "" {
		i.ID = makeID("orginv_", i.seq)
	}
	s.invitations = insert(s.invitations, i)
	s.invitationID[i.ID] = i
	i.org.invites = insert(i.org.invites, i)
}

// status is the stored status; a pending invitation that has run out is expired.
func (i *invitation) status(now int64) string {
	if i.Status == statusPending && i.ExpiresAt <= now {
		return statusExpired
	}
	return i.Status
}

// pending counts the pending invitations, which take seats too.
func (o *organization) pending(now int64) int {
	n := 0
	for _, i := range o.invites {
		if i.status(now) == statusPending {
			n++
		}
	}
	return n
}

// full reports whether n more people exceed the seats.
func (o *organization) isFull(n int, now int64) bool {
	return o.MaxMemberships > 0 && len(o.members)+o.pending(now)+n > o.MaxMemberships
}
