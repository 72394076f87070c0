package sync

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
)

// fakeClerk is an instance in maps. Whole runs against the real protocol are
// in run_test.go; this one shows what runs ask for and can refuse any call.
type fakeClerk struct {
	mu            stdsync.Mutex
	organizations []clerkapi.Organization
	roles         []clerkapi.Role
	sets          []clerkapi.RoleSet
	users         []clerkapi.User
	members       map[string][]clerkapi.Membership // by organization id
	unlisted      map[string]error                 // organizations that cannot be listed whole
	// faults answer calls by "verb organization user"; a * stands for any one.
	faults map[string]error
	// during is called before each write, with the call; after, with what has
	// changed and nobody else at work.
	during, after func(call string)
	// lost are calls that have their effect although they answer with a fault.
	lost  map[string]bool
	calls []string
	// pending are invitations that nothing here sends or takes back.
	pending []clerkapi.Invitation
	clock   time.Duration // by how much Clerk's is ahead of ours
	reads   map[string]int
	made    int // memberships so far
}

// membership is the id of the next one.
func (f *fakeClerk) membership() string {
	f.made++
	return "orgmem_" + strconv.Itoa(f.made)
}

var (
	adminRole  = clerkapi.Role{Key: "org:admin", Permissions: []string{manageMemberships, "org:sys_memberships:read"}}
	memberRole = clerkapi.Role{Key: "org:member", Permissions: []string{"org:sys_memberships:read"}}
	guestRole  = clerkapi.Role{Key: "org:guest"}
)

// newFake is an instance with those organizations and no members.
func newFake(slugs ...string) *fakeClerk {
	f := &fakeClerk{roles: []clerkapi.Role{adminRole, memberRole, guestRole},
		sets:    []clerkapi.RoleSet{{Key: "role_set:default", Type: "initial", Roles: []string{"org:admin", "org:member", "org:guest"}}},
		members: map[string][]clerkapi.Membership{}, unlisted: map[string]error{}, faults: map[string]error{}, reads: map[string]int{}}
	for _, slug := range slugs {
		f.organizations = append(f.organizations, clerkapi.Organization{ID: "org_" + slug, Slug: slug})
	}
	return f
}

// user adds a user with verified addresses; a ~ before one makes it unverified.
func (f *fakeClerk) user(id string, emails ...string) *clerkapi.User {
	u := clerkapi.User{ID: id}
	for _, e := range emails {
		u.Emails = append(u.Emails, clerkapi.EmailAddress{Address: strings.TrimPrefix(e, "~"), Verified: !strings.HasPrefix(e, "~")})
	}
	f.users = append(f.users, u)
	return &f.users[len(f.users)-1]
}

// member adds a membership whose private metadata is given as JSON; "" is {}.
func (f *fakeClerk) member(slug, user, role, private string) *clerkapi.Membership {
	id, identifier := "org_"+slug, ""
	for _, u := range f.users {
		if u.ID == user && len(u.Emails) > 0 {
			identifier = u.Emails[0].Address
		}
	}
	if private == "" {
		private = "{}"
	}
	f.members[id] = append(f.members[id], clerkapi.Membership{ID: f.membership(), OrganizationID: id, UserID: user, Role: role,
		Identifier: identifier, Public: json.RawMessage("{}"), Private: json.RawMessage(private)})
	return &f.members[id][len(f.members[id])-1]
}

// ours is private metadata that holds our marker for the id in source hr.
func ours(id string) string {
	return `{"rollcall":{"id":"` + id + `","owner":"rollcall","source":"hr"}}`
}

func (f *fakeClerk) read(kind string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads[kind]++
}

func (f *fakeClerk) fault(call string) error {
	verb, rest, _ := strings.Cut(call, " ")
	organization, _, _ := strings.Cut(rest, " ")
	for _, key := range []string{call, verb + " " + organization + " *", verb + " * *"} {
		if err := f.faults[key]; err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeClerk) write(verb, organization, user string, change func() error) (m clerkapi.Membership, err error) {
	call := verb + " " + organization + " " + user
	if f.during != nil {
		f.during(call)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call)
	fault := f.fault(call)
	if fault != nil && !f.lost[call] {
		return m, fault
	}
	if before := f.find(organization, user); before != nil {
		m = *before
	}
	err = change()
	if now := f.find(organization, user); now != nil {
		m = *now
	}
	if f.after != nil {
		f.after(call)
	}
	return m, cmp.Or(fault, err)
}

func (f *fakeClerk) find(organization, user string) *clerkapi.Membership {
	for i := range f.members[organization] {
		if m := &f.members[organization][i]; m.UserID == user {
			return m
		}
	}
	return nil
}

func (f *fakeClerk) FindOrganizations(_ context.Context, names []string) (map[string]clerkapi.Organization, error) {
	f.read("organizations")
	out := map[string]clerkapi.Organization{}
	for _, o := range f.organizations {
		for _, n := range names {
			if n == o.Slug || n == o.ID {
				o.Members = len(f.members[o.ID])
				out[n] = o
			}
		}
	}
	return out, f.fault("organizations * *")
}

// ClockOffset is what the story says of Clerk's clock.
func (f *fakeClerk) ClockOffset() (time.Duration, bool) { return f.clock, true }

func (f *fakeClerk) Instance(context.Context) (clerkapi.Instance, error) {
	f.read("instance")
	return clerkapi.Instance{ID: "ins_fake"}, f.fault("instance * *")
}

func (f *fakeClerk) Roles(context.Context) ([]clerkapi.Role, error) {
	f.read("roles")
	return f.roles, f.fault("roles * *")
}

func (f *fakeClerk) RoleSets(context.Context) ([]clerkapi.RoleSet, error) {
	f.read("sets")
	return f.sets, f.fault("sets * *")
}

func (f *fakeClerk) ListMemberships(_ context.Context, organizations []clerkapi.Organization) (*clerkapi.Listing, error) {
	f.read("memberships")
	out := &clerkapi.Listing{Road: clerkapi.PerOrganization, Organizations: map[string]clerkapi.OrganizationListing{}}
	for _, o := range organizations {
		if errors.Is(f.unlisted[o.ID], errLeftOut) {
			continue
		}
		listing := clerkapi.OrganizationListing{Err: f.unlisted[o.ID]}
		if listing.Err == nil {
			listing.Memberships = slices.Clone(f.members[o.ID])
			for i := range listing.Memberships {
				if !o.NeedIDs {
					listing.Memberships[i].ID = ""
				}
			}
		}
		out.Organizations[o.ID] = listing
	}
	return out, f.fault("memberships * *")
}

var errLeftOut = errors.New("left out")

func (f *fakeClerk) Users(_ context.Context, q clerkapi.UserQuery) ([]clerkapi.User, error) {
	kind, values := "users by id", q.IDs
	switch {
	case len(q.Emails) > 0:
		kind, values = "users by address", q.Emails
	case len(q.ExternalIDs) > 0:
		kind, values = "users by external id", q.ExternalIDs
	}
	f.read(kind)
	wanted := map[string]bool{}
	for _, v := range values {
		wanted[v] = true
	}
	var out []clerkapi.User
	for _, u := range f.users {
		hit := len(q.IDs) > 0 && wanted[u.ID] || len(q.ExternalIDs) > 0 && wanted[u.ExternalID]
		for _, e := range u.Emails {
			folded, err := source.FoldEmail(e.Address)
			hit = hit || len(q.Emails) > 0 && err == nil && wanted[folded]
		}
		if hit {
			out = append(out, u)
		}
	}
	return out, f.fault(strings.ReplaceAll(kind, " ", "_") + " * *")
}

func (f *fakeClerk) MembershipsOf(_ context.Context, organization string, users []string) ([]clerkapi.Membership, error) {
	f.read("memberships of users")
	out := slices.DeleteFunc(slices.Clone(f.members[organization]), func(m clerkapi.Membership) bool { return !slices.Contains(users, m.UserID) })
	return out, f.fault("memberships_of " + organization + " *")
}

func (f *fakeClerk) PendingInvitations(context.Context) ([]clerkapi.Invitation, error) {
	return f.pending, f.fault("pending * *")
}

func (f *fakeClerk) CreateMembership(_ context.Context, organization string, n clerkapi.NewMembership) (clerkapi.Membership, error) {
	return f.write("create", organization, n.UserID, func() error {
		if f.find(organization, n.UserID) != nil {
			return &clerkapi.Error{Status: 400, Code: "already_a_member_in_organization"}
		}
		f.members[organization] = append(f.members[organization], clerkapi.Membership{ID: f.membership(), OrganizationID: organization,
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

func (f *fakeClerk) SetRole(_ context.Context, organization, user, role string) (clerkapi.Membership, error) {
	return f.write("role", organization, user, func() error {
		m := f.find(organization, user)
		if m == nil {
			return &clerkapi.Error{Status: 404, Code: "resource_not_found"}
		}
		m.Role = role
		return nil
	})
}

func (f *fakeClerk) MergeMetadata(_ context.Context, organization, user string, public, private json.RawMessage) (clerkapi.Membership, error) {
	return f.write("metadata", organization, user, func() error {
		m := f.find(organization, user)
		m.Public = orEmpty(canonical(merged(decodeObject(m.Public), decodeObject(public))).raw())
		if len(m.Private)+len(private) > 0 { // what Clerk does not show stays unknown
			m.Private = orEmpty(canonical(merged(decodeObject(m.Private), decodeObject(private))).raw())
		}
		return nil
	})
}

func (f *fakeClerk) DeleteMembership(_ context.Context, organization, user string) (clerkapi.Membership, error) {
	return f.write("delete", organization, user, func() error {
		if f.find(organization, user) == nil {
			return &clerkapi.Error{Status: 404, Code: "resource_not_found"}
		}
		f.members[organization] = slices.DeleteFunc(f.members[organization], func(m clerkapi.Membership) bool { return m.UserID == user })
		return nil
	})
}

func (f *fakeClerk) FindMembership(_ context.Context, organization, user string) (m clerkapi.Membership, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fault("find " + organization + " " + user); err != nil {
		return m, false, err
	}
	if found := f.find(organization, user); found != nil {
		return *found, true, nil
	}
	return m, false, nil
}

func (f *fakeClerk) CreateUser(context.Context, clerkapi.NewUser) (clerkapi.User, error) {
	return clerkapi.User{}, errors.New("not asked for")
}

func (f *fakeClerk) CreateInvitation(context.Context, string, clerkapi.NewInvitation) (clerkapi.Invitation, error) {
	return clerkapi.Invitation{}, errors.New("not asked for")
}

func (f *fakeClerk) CreateInvitations(context.Context, string, []clerkapi.NewInvitation) ([]clerkapi.Invitation, error) {
	return nil, errors.New("not asked for")
}

func (f *fakeClerk) RevokeInvitation(context.Context, string, string) (clerkapi.Invitation, error) {
	return clerkapi.Invitation{}, errors.New("not asked for")
}

func (f *fakeClerk) AllUsers(context.Context) ([]clerkapi.User, error) {
	f.read("all users")
	return slices.Clone(f.users), f.fault("all users")
}

func (f *fakeClerk) UsersCount(context.Context) (int, error) {
	f.read("count users")
	return len(f.users), f.fault("count users")
}

func (f *fakeClerk) Stats() clerkapi.Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return clerkapi.Stats{Requests: maps.Clone(f.reads)}
}

// fakeSource answers with what it was given.
type fakeSource struct {
	snapshot source.Snapshot
	err      error
	// before is called with the context when it is read.
	before func()
}

func (s *fakeSource) Name() string { return s.snapshot.Source }

func (s *fakeSource) Read(_ context.Context, want source.Request) (*source.Snapshot, error) {
	if s.before != nil {
		s.before()
	}
	if s.err != nil {
		return nil, s.err
	}
	out := s.snapshot
	out.Groups = nil
	for _, g := range s.snapshot.Groups {
		g.Matches = nil
		for i, selector := range want.Groups {
			if selector.Source != "" && selector.Source != out.Source {
				continue
			}
			if captures, ok := selector.MatchName(g.Name); ok {
				g.Matches = append(g.Matches, source.Match{Selector: i, Captures: captures})
			}
		}
		if len(g.Matches) > 0 {
			out.Groups = append(out.Groups, g)
		}
	}
	return &out, nil
}

// hr is a source with stable ids; people are "id email" or "id email key=value…".
func hr(people ...string) *fakeSource {
	s := &fakeSource{snapshot: source.Snapshot{Source: "hr", StableIDs: true}}
	for i, text := range people {
		fields := strings.Fields(text)
		p := source.Person{ID: fields[0], Origin: source.Origin{Source: "hr", File: "hr.csv", Line: i + 2}}
		for _, f := range fields[1:] {
			key, value, ok := strings.Cut(f, "=")
			switch {
			case !ok && p.Email == "":
				p.Email = f
			case !ok:
				p.OtherEmails = append(p.OtherEmails, f)
			case key == "ext":
				p.ExternalID = value
			case key == "off":
				p.Disabled = value
			default:
				p.Attributes = append(p.Attributes, source.Attribute{Name: key, Values: strings.Split(value, ",")})
			}
		}
		s.snapshot.People = append(s.snapshot.People, p)
	}
	return s
}

// group lists people by index; a negative one is an unusable member.
func (s *fakeSource) group(name string, people ...int) *fakeSource {
	g := source.Group{ID: name, Name: name}
	for _, i := range people {
		if i < 0 {
			g.Unusable = append(g.Unusable, source.Unusable{Ref: "cn=ghost", Why: "no such object"})
			continue
		}
		g.Members = append(g.Members, source.Member{Person: i})
	}
	s.snapshot.Groups = append(s.snapshot.Groups, g)
	return s
}

// story is a run in the making.
type story struct {
	t       *testing.T
	config  Config
	rules   []Rule
	sources []source.Source
	clerk   *fakeClerk
}

// tell starts a story with removals: managed and guards out of the way.
func tell(t *testing.T, clerk *fakeClerk, s ...source.Source) *story {
	t.Helper()
	config := DefaultConfig()
	config.Removals = RemovalsManaged
	config.Guards = Guards{Removals: Limit{People: 1 << 30}, AdminLosses: Limit{People: 1 << 30}, AdminGrants: Limit{People: 1 << 30},
		Adds: Limit{People: 1 << 30}, RoleChanges: Limit{People: 1 << 30}, MetadataNulls: Limit{People: 1 << 30}}
	return &story{t: t, config: config, clerk: clerk, sources: s}
}

// rule adds a rule: these groups give the role in the organization.
func (s *story) rule(organization, role string, groups ...string) *Rule {
	s.rules = append(s.rules, Rule{Groups: GroupPattern{Names: groups}, Organization: organization, Role: role})
	return &s.rules[len(s.rules)-1]
}

func (s *story) run(run Run) *Report {
	s.t.Helper()
	report, err := s.try(s.t.Context(), run)
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

func (s *story) try(ctx context.Context, run Run) (*Report, error) {
	s.t.Helper()
	r, err := New(s.config, s.rules, s.sources, s.clerk)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.RunOnce(ctx, run)
}

// lines are the plan's changes as "state action organization user to".
func lines(p *Plan) []string {
	out := []string{}
	for _, c := range p.Changes() {
		out = append(out, strings.Join(strings.Fields(strings.Join([]string{string(c.State), c.Action.String(),
			strings.TrimPrefix(c.Organization, "org_"), c.UserID, strings.TrimPrefix(c.To, "org:")}, " ")), " "))
	}
	return out
}

// plans checks the changes of a dry run.
func (s *story) plans(want ...string) *Plan {
	s.t.Helper()
	p := s.run(Run{}).Plan
	if got := lines(p); !slices.Equal(got, append([]string{}, want...)) {
		s.t.Errorf("planned\n\t%s\nwant\n\t%s\nholds %+v\nnotes %+v", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"), p.Holds, p.Organizations)
	}
	return p
}

// held lists the holds as "rule organization changes".
func held(p *Plan) []string {
	out := []string{}
	for _, h := range p.Holds {
		out = append(out, strings.Join(strings.Fields(h.Rule+" "+h.Guard+" "+h.Organization), " "))
	}
	return out
}

func (s *story) holds(p *Plan, want ...string) {
	s.t.Helper()
	if got := held(p); !slices.Equal(got, append([]string{}, want...)) {
		s.t.Errorf("held %q, want %q: %+v", got, want, p.Holds)
	}
}
