package fake

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
)

// Clerk is an instance in maps. It shows what runs ask for, and can refuse any
// call; the sandbox of clerkapi speaks the real protocol.
type Clerk struct {
	unexpected
	accountCalls
	mu            sync.Mutex
	Organizations []clerkapi.Organization
	RoleList      []clerkapi.Role
	Sets          []clerkapi.RoleSet
	Accounts      []clerkapi.User
	Members       map[string][]clerkapi.Membership // by organization id
	Unlisted      map[string]error                 // organizations that cannot be listed whole
	// Refused are those of them that somebody has asked for.
	Refused map[string]bool
	// Faults answer calls by "verb organization user"; a * stands for any one.
	Faults map[string]error
	// During is called before each write, with the call; After, with what has
	// changed and nobody else at work.
	During, After func(call string)
	// Lost are calls that have their effect although they answer with a fault.
	Lost  map[string]bool
	Calls []string
	// Pending are invitations that nothing here sends or takes back.
	Pending []clerkapi.Invitation
	// Nameless are users whose memberships are listed without public_user_data.
	Nameless map[string]bool
	// Forgets is a user of whom Clerk shows no memberships, when asked for them.
	Forgets string
	// Wide says that members are listed for the whole instance at once.
	Wide  bool
	Clock time.Duration // by how much Clerk's is ahead of ours
	Reads map[string]int
	made  int // memberships so far
}

// membership is the id of the next one.
func nextMembership(f *Clerk) string {
	f.made++
	return "orgmem_" + strconv.Itoa(f.made)
}

// The roles of an instance.
var (
	AdminRole  = clerkapi.Role{Key: "org:admin", Permissions: []string{"org:sys_memberships:manage", "org:sys_memberships:read"}}
	MemberRole = clerkapi.Role{Key: "org:member", Permissions: []string{"org:sys_memberships:read"}}
	GuestRole  = clerkapi.Role{Key: "org:guest"}
)

// NewClerk is an instance with those organizations and no members.
func NewClerk(slugs ...string) *Clerk {
	f := &Clerk{RoleList: []clerkapi.Role{AdminRole, MemberRole, GuestRole},
		Sets:    []clerkapi.RoleSet{{Key: "role_set:default", Type: "initial", Roles: []string{"org:admin", "org:member", "org:guest"}}},
		Members: map[string][]clerkapi.Membership{}, Unlisted: map[string]error{}, Refused: map[string]bool{}, Faults: map[string]error{}, Reads: map[string]int{}}
	f.accountCalls = accountCalls{f, map[string][]string{}, map[string][]string{}}
	for _, slug := range slugs {
		f.Organizations = append(f.Organizations, clerkapi.Organization{ID: "org_" + slug, Slug: slug})
	}
	return f
}

// User adds a user with verified addresses; a ~ before one makes it unverified.
func (f *Clerk) User(id string, emails ...string) *clerkapi.User {
	u := clerkapi.User{ID: id}
	for _, e := range emails {
		u.Emails = append(u.Emails, clerkapi.EmailAddress{Address: strings.TrimPrefix(e, "~"), Verified: !strings.HasPrefix(e, "~")})
	}
	f.Accounts = append(f.Accounts, u)
	return &f.Accounts[len(f.Accounts)-1]
}

// Member adds a membership whose private metadata is given as JSON; "" is {}.
func (f *Clerk) Member(slug, user, role, private string) *clerkapi.Membership {
	id, identifier := "org_"+slug, ""
	for _, u := range f.Accounts {
		if u.ID == user && len(u.Emails) > 0 {
			identifier = u.Emails[0].Address
		}
	}
	if private == "" {
		private = "{}"
	}
	f.Members[id] = append(f.Members[id], clerkapi.Membership{ID: nextMembership(f), OrganizationID: id, UserID: user, Role: role,
		Identifier: identifier, Public: json.RawMessage("{}"), Private: json.RawMessage(private)})
	return &f.Members[id][len(f.Members[id])-1]
}

// Ours is private metadata that holds our marker for the id in source hr.
func Ours(id string) string {
	return `{"rollcall":{"id":"` + id + `","owner":"rollcall","source":"hr"}}`
}

// OursFrom is private metadata with our marker for an id of a source.
func OursFrom(source, id string) string { return strings.Replace(Ours(id), `"hr"`, `"`+source+`"`, 1) }

func (f *Clerk) read(kind string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Reads[kind]++
}

func (f *Clerk) fault(call string) error {
	verb, rest, _ := strings.Cut(call, " ")
	organization, _, _ := strings.Cut(rest, " ")
	for _, key := range []string{call, verb + " " + organization + " *", verb + " * *"} {
		if err := f.Faults[key]; err != nil {
			return err
		}
	}
	return nil
}

func (f *Clerk) write(verb, organization, user string, change func() error) (m clerkapi.Membership, err error) {
	call := verb + " " + organization + " " + user
	if f.During != nil {
		f.During(call)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Calls = append(f.Calls, call)
	fault := f.fault(call)
	if fault != nil && !f.Lost[call] {
		return m, fault
	}
	if before := f.Find(organization, user); before != nil {
		m = *before
	}
	err = change()
	if now := f.Find(organization, user); now != nil {
		m = *now
	}
	if f.After != nil {
		f.After(call)
	}
	return m, cmp.Or(fault, err)
}

// Find is a membership as it stands, or nil.
func (f *Clerk) Find(organization, user string) *clerkapi.Membership {
	for i := range f.Members[organization] {
		if m := &f.Members[organization][i]; m.UserID == user {
			return m
		}
	}
	return nil
}

// CreateMembership adds a membership, or refuses a second one.
func (f *Clerk) CreateMembership(_ context.Context, organization string, n clerkapi.NewMembership) (clerkapi.Membership, error) {
	return f.write("create", organization, n.UserID, func() error {
		if f.Find(organization, n.UserID) != nil {
			return &clerkapi.Error{Status: 400, Code: "already_a_member_in_organization"}
		}
		f.Members[organization] = append(f.Members[organization], clerkapi.Membership{ID: nextMembership(f), OrganizationID: organization,
			UserID: n.UserID, Role: n.Role, Public: orEmpty(n.Public), Private: orEmpty(n.Private)})
		return nil
	})
}

func orEmpty(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}

// SetRole changes the role of a membership.
func (f *Clerk) SetRole(_ context.Context, organization, user, role string) (clerkapi.Membership, error) {
	return f.write("role", organization, user, func() error {
		m := f.Find(organization, user)
		if m == nil {
			return &clerkapi.Error{Status: 404, Code: "resource_not_found"}
		}
		m.Role = role
		return nil
	})
}

// MergeMetadata merges patches into the metadata of a membership.
func (f *Clerk) MergeMetadata(_ context.Context, organization, user string, public, private json.RawMessage) (clerkapi.Membership, error) {
	return f.write("metadata", organization, user, func() error {
		m := f.Find(organization, user)
		m.Public = orEmpty(plan.Canonical(plan.Patched(plan.Decode(m.Public), plan.Decode(public))).Raw())
		if len(m.Private)+len(private) > 0 { // what Clerk does not show stays unknown
			m.Private = orEmpty(plan.Canonical(plan.Patched(plan.Decode(m.Private), plan.Decode(private))).Raw())
		}
		return nil
	})
}

// DeleteMembership removes a membership.
func (f *Clerk) DeleteMembership(_ context.Context, organization, user string) (clerkapi.Membership, error) {
	return f.write("delete", organization, user, func() error {
		if f.Find(organization, user) == nil {
			return &clerkapi.Error{Status: 404, Code: "resource_not_found"}
		}
		f.Members[organization] = slices.DeleteFunc(f.Members[organization], func(m clerkapi.Membership) bool { return m.UserID == user })
		return nil
	})
}

// FindMembership is a membership as it stands, of an organization that can be
// listed: Clerk has no other call for it.
func (f *Clerk) FindMembership(_ context.Context, organization, user string) (m clerkapi.Membership, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := cmp.Or(f.Unlisted[organization], f.fault("find "+organization+" "+user)); err != nil {
		return m, false, err
	}
	if found := f.Find(organization, user); found != nil {
		return *found, true, nil
	}
	return m, false, nil
}

// unexpected refuses the calls that no test of this package's users makes, and has
// no other writers: the sandbox of clerkapi has them.
type unexpected struct{}

// ReadOrganizations are none: no story depends on them.
func (unexpected) ReadOrganizations() []clerkapi.Organization { return nil }

func (unexpected) Directories(context.Context) ([]clerkapi.Directory, error) { return nil, nil }

func (unexpected) GroupRoleMappings(context.Context, string) ([]clerkapi.GroupRoleMapping, error) {
	return nil, nil
}

func (unexpected) ActiveConnections(context.Context) ([]clerkapi.Connection, error) { return nil, nil }

func (unexpected) EnrollingDomains(context.Context) ([]clerkapi.Domain, error) { return nil, nil }

func (unexpected) Seats(context.Context, string) (clerkapi.Seats, error) {
	return clerkapi.Seats{Unlimited: true}, nil
}

func (unexpected) CreateUser(context.Context, clerkapi.NewUser) (clerkapi.User, error) {
	return clerkapi.User{}, errors.New("not asked for")
}

func (unexpected) CreateInvitation(context.Context, string, clerkapi.NewInvitation) (clerkapi.Invitation, error) {
	return clerkapi.Invitation{}, errors.New("not asked for")
}

func (unexpected) CreateInvitations(context.Context, string, []clerkapi.NewInvitation) ([]clerkapi.Invitation, error) {
	return nil, errors.New("not asked for")
}

func (unexpected) RevokeInvitation(context.Context, string, string) (clerkapi.Invitation, error) {
	return clerkapi.Invitation{}, errors.New("not asked for")
}

// Stats are the reads so far.
func (f *Clerk) Stats() clerkapi.Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return clerkapi.Stats{Requests: maps.Clone(f.Reads)}
}

// State is all that undo has to restore, as text.
func (f *Clerk) State() string {
	var out []string
	for id, list := range f.Members {
		for _, m := range list {
			out = append(out, fmt.Sprintln(id, m.UserID, m.Role, plan.Canonical(plan.Decode(m.Public)), plan.Canonical(plan.Decode(m.Private))))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "")
}
