package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"testing"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
)

// TestContractOfClient sends every request that the client can send, and checks
// requests and answers against the contract.
func TestContractOfClient(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{Seed: contractSeed(t), SecretKey: "sk_live_contract"})
	must(t, err)
	contract := newContract(t, s.RoundTripper())
	client, err := clerkapi.New(
		clerkapi.Config{SecretKey: clerkapi.NewSecret(s.SecretKey()), APIURL: "http://127.0.0.1:1"},
		clerkapi.WithTransport(contract))
	must(t, err)
	if instance, err := client.Instance(t.Context()); err != nil || instance.Environment != "sandbox" {
		t.Errorf("instance %+v, %v", instance, err)
	}
	stage := seeded(t, client)
	stage.play()
	stage.access(t.Context())
	raw := exchange{t, contract, s, map[string]string{}}
	seen := maps.Clone(contract.seen)
	for path, rows := range stage.filteredPaths() {
		var found struct{ Data []any }
		must(t, json.Unmarshal([]byte(raw.want(200, "", "GET", path, "")), &found))
		if n := len(found.Data); rows >= 0 && n != rows {
			t.Errorf("%s: %d rows, want %d", path, n, rows)
		}
	}
	for _, op := range clientOperations {
		if !seen[op][200] {
			t.Errorf("the client never called %s", op)
		}
	}
	for op := range seen {
		if !slices.Contains(clientOperations, op) {
			t.Errorf("the client called %s, which the list lacks", op)
		}
	}
	for _, r := range s.Requests() {
		if r.Status == 422 || r.Status == 400 && r.Kind != "POST /organizations/{organization_id}/memberships" {
			t.Errorf("the client sent what Clerk refuses: %+v", r)
		}
	}
}

// stage holds the objects that the client's suite works on: those of the
// sandbox's seed, or those that the live suite made in a real instance.
type stage struct {
	t *testing.T
	c *clerkapi.Client
	// acme has ada, its admin, and three members, and two pending invitations.
	acme, slug, globex string
	organizations      []string
	users              map[string]string // by name
	address            func(name string) string
	externalID         func(name string) string
	adasName           string // her user name; empty where the instance has none
	roleSet            string // of acme
}

// seeded is the stage that contractSeed makes.
func seeded(t *testing.T, c *clerkapi.Client) stage {
	users := map[string]string{}
	for _, n := range []string{"ada", "bob", "cyd", "dan", "eve", "scim", "odd"} {
		users[n] = "user_" + n
	}
	return stage{t: t, c: c, acme: "org_acme", slug: "acme", globex: "org_globex", organizations: []string{"org_acme", "org_globex", "org_only"},
		users: users, adasName: "ada", roleSet: "role_set:default",
		address: func(name string) string { return name + "@corp.example" },
		externalID: func(name string) string {
			if name == "ada" {
				return "e1"
			}
			return name
		}}
}

func (s stage) play() {
	ctx := s.t.Context()
	s.reads(ctx)
	s.listings(ctx)
	s.writes(ctx)
	s.invitations(ctx)
}

// ours counts the objects of the stage; a real instance has more.
func ours[T any](all []T, mine []string, id func(T) string) int {
	n := 0
	for _, x := range all {
		if slices.Contains(mine, id(x)) {
			n++
		}
	}
	return n
}

// clientOperations are the operations that the client uses.
var clientOperations = []string{
	"GET /instance", "GET /organization_memberships", "GET /users/{user_id}/organization_memberships",
	"GET /organizations/{organization_id}/memberships", "POST /organizations/{organization_id}/memberships",
	"PATCH /organizations/{organization_id}/memberships/{user_id}", "DELETE /organizations/{organization_id}/memberships/{user_id}",
	"PATCH /organizations/{organization_id}/memberships/{user_id}/metadata",
	"GET /organizations", "GET /organizations/{organization_id}", "GET /organization_roles", "GET /role_sets",
	"GET /organization_domains", "GET /enterprise_connections",
	"GET /directories", "GET /directories/{directory_id}/group_role_mappings", "GET /organizations/{organization_id}/billing/subscription",
	"GET /sessions", "POST /sessions/{session_id}/revoke", "GET /api_keys", "POST /api_keys/{apiKeyID}/revoke",
	"POST /users/{user_id}/ban", "POST /users/{user_id}/unban", "POST /users/{user_id}/lock", "POST /users/{user_id}/unlock",
	"GET /users", "GET /users/count", "POST /users",
	"GET /organization_invitations",
	"POST /organizations/{organization_id}/invitations", "POST /organizations/{organization_id}/invitations/bulk",
	"POST /organizations/{organization_id}/invitations/{invitation_id}/revoke",
}

func (s stage) reads(ctx context.Context) {
	t, c := s.t, s.c
	organizations, err := c.Organizations(ctx)
	must(t, err)
	one, err := c.Organization(ctx, s.slug)
	must(t, err)
	found, err := c.FindOrganizations(ctx, []string{s.slug, s.globex, "nobody-at-all"})
	must(t, err)
	n := ours(organizations, s.organizations, func(o clerkapi.Organization) string { return o.ID })
	if n != len(s.organizations) || one.Members != 4 || one.PendingInvitations != 2 || len(found) != 2 {
		t.Errorf("organizations %+v, %+v, %+v", organizations, one, found)
	}
	roles, err := c.Roles(ctx)
	must(t, err)
	sets, err := c.RoleSets(ctx)
	must(t, err)
	set := slices.IndexFunc(sets, func(r clerkapi.RoleSet) bool { return r.Key == s.roleSet && len(r.Roles) >= 2 })
	if len(roles) < 2 || set < 0 {
		t.Errorf("roles %+v, sets %+v", roles, sets)
	}
	s.enrolment(ctx)
	queries := map[string]clerkapi.UserQuery{
		"bob": {Emails: []string{s.address("bob"), s.address("b+b")}},
		"ada": {ExternalIDs: []string{s.externalID("ada")}},
		"cyd": {IDs: []string{s.users["cyd"]}},
	}
	for name, q := range queries {
		s.finds(ctx, name, q)
	}
	if s.adasName != "" {
		s.finds(ctx, "ada", clerkapi.UserQuery{Usernames: []string{s.adasName}})
	}
	all, err := c.AllUsers(ctx)
	mine := slices.Collect(maps.Values(s.users))
	if err != nil || ours(all, mine, func(u clerkapi.User) string { return u.ID }) != len(mine) {
		t.Errorf("%d users, %v", len(all), err)
	}
}

// A real instance may have neither domains nor connections, or refuse to list
// them.
func (s stage) enrolment(ctx context.Context) {
	domains, err := s.c.EnrollingDomains(ctx)
	connections, also := s.c.ActiveConnections(ctx)
	if s.acme == "org_acme" && (err != nil || also != nil || len(domains) != 1 || len(connections) != 1) {
		s.t.Errorf("domains %+v, %v; connections %+v, %v", domains, err, connections, also)
	}
}

func (s stage) finds(ctx context.Context, name string, q clerkapi.UserQuery) {
	s.t.Helper()
	users, err := s.c.Users(ctx, q)
	if err != nil || len(users) != 1 || users[0].ID != s.users[name] {
		s.t.Errorf("%s: %+v, %v", name, users, err)
	}
}

func (s stage) listings(ctx context.Context) {
	t, c := s.t, s.c
	members := 0
	for _, user := range s.users {
		found, err := c.MembershipsOfUser(ctx, user)
		must(t, err)
		members += len(found)
	}
	if members < 4 {
		t.Errorf("%d memberships of all users", members)
	}
	organizations, err := c.Organizations(ctx)
	must(t, err)
	listing, err := c.ListMemberships(ctx, organizations)
	if err != nil || len(listing.Organizations) != len(organizations) {
		t.Errorf("listing %+v, %v", listing, err)
	}
}

// filteredPaths are reads that the client does not need, with the number of rows
// that they find; -1 is any number. Ask them after play.
func (s stage) filteredPaths() map[string]int {
	acme, paths := "/organizations/"+s.acme, map[string]int{
		"/organization_memberships?limit=500&offset=0&order_by=%2Bcreated_at": -1,
		"/role_sets/" + s.roleSet:                      -1,
		"/organization_invitations?status=accepted":    -1,
		"/organization_memberships?order_by=last_name": -1,
	}
	for _, order := range []string{"%2Bcreated_at", "-created_at", "phone_number", "-email_address", "%2Bfirst_name", "last_name", "username"} {
		paths[acme+"/memberships?limit=2&offset=1&order_by="+order] = -1
	}
	every := url.Values{
		"user_id": {s.users["ada"]}, "email_address": {s.address("ada")}, "role": {"org:admin"}, "query": {"ad"},
		"email_address_query": {"ada"}, "name_query": {"Zorn"}, "created_at_before": {"1125899906842624"}, "created_at_after": {"1"},
	}
	if s.adasName != "" {
		every["phone_number"], every["username"], every["phone_number_query"], every["username_query"] = []string{"+15550001"}, []string{s.adasName}, []string{"555"}, []string{"a"}
	}
	paths[acme+"/memberships?"+every.Encode()] = 1
	paths[acme+"/memberships?web3_wallet=0xabc&last_active_at_after=1&last_active_at_before=1125899906842624"] = -1
	paths[acme+"/invitations?status=revoked&email_address="+url.QueryEscape(s.address("i1"))] = 1
	return paths
}

func (s stage) writes(ctx context.Context) {
	t, c := s.t, s.c
	u, err := c.CreateUser(ctx, clerkapi.NewUser{Email: s.address("hire"), ExternalID: s.externalID("e77"), FirstName: "New", LastName: "Hire", SkipPasswordRequired: true})
	must(t, err)
	s.users["hire"] = u.ID
	m, err := c.CreateMembership(ctx, s.acme, clerkapi.NewMembership{
		UserID: u.ID, Role: "org:member", Public: json.RawMessage(`{"a":1}`), Private: json.RawMessage(`{"b":{"c":2}}`)})
	if err != nil || string(m.Private) != `{"b":{"c":2}}` {
		t.Errorf("created %+v, %v", m, err)
	}
	m, err = c.SetRole(ctx, s.acme, u.ID, "org:admin")
	if err != nil || m.Role != "org:admin" {
		t.Errorf("role %+v, %v", m, err)
	}
	m, err = c.MergeMetadata(ctx, s.acme, u.ID, json.RawMessage(`{"a":null}`), nil)
	if err != nil || string(m.Public) != `{}` {
		t.Errorf("merged %+v, %v", m, err)
	}
	if _, ok, err := c.FindMembership(ctx, s.acme, u.ID); !ok || err != nil {
		t.Errorf("found %t, %v", ok, err)
	}
	_, err = c.DeleteMembership(ctx, s.acme, u.ID)
	must(t, err)
	if _, ok, err := c.FindMembership(ctx, s.acme, u.ID); ok || err != nil {
		t.Errorf("found %t after the removal, %v", ok, err)
	}
	var e *clerkapi.Error
	if _, err := c.CreateMembership(ctx, s.acme, clerkapi.NewMembership{UserID: s.users["ada"], Role: "org:admin"}); !errors.As(err, &e) {
		t.Errorf("added twice: %v", err)
	}
}

// access are the calls about directories, seats and accounts. The live suite
// leaves them out: a real instance may lack the features.
func (s stage) access(ctx context.Context) {
	t, c := s.t, s.c
	directories, err := c.Directories(ctx)
	if err != nil || len(directories) != 2 || !directories[0].Enabled || !directories[0].MapsRoles || directories[0].ConnectionID != "entconn_okta" {
		t.Errorf("directories %+v, %v", directories, err)
	}
	mappings, err := c.GroupRoleMappings(ctx, "dir_okta")
	if err != nil || len(mappings) != 2 || mappings[0].Role != "org:admin" || mappings[0].GroupName != "Admins" || mappings[1].Precedence != 2 {
		t.Errorf("mappings %+v, %v", mappings, err)
	}
	if seats, err := c.Seats(ctx, "org_acme"); err != nil || seats != (clerkapi.Seats{Quantity: 500}) {
		t.Errorf("seats %+v, %v", seats, err)
	}
	if _, err := c.Seats(ctx, "org_globex"); !errors.Is(err, clerkapi.ErrNotFound) {
		t.Errorf("seats without a subscription: %v", err)
	}
	s.endAccess(ctx)
	sets, err := c.RoleSets(ctx)
	must(t, err)
	if len(sets) != 2 || sets[0].Migration != nil || !sets[1].Migration.Running() || sets[1].Migration.Source != sets[1].ID || sets[1].Migration.Destination != sets[0].ID {
		t.Errorf("role sets %+v", sets)
	}
}

// endAccess takes from ada what is left after her memberships.
func (s stage) endAccess(ctx context.Context) {
	t, c := s.t, s.c
	sessions, err := c.ActiveSessions(ctx, s.users["ada"])
	if err != nil || len(sessions) != 2 || sessions[1].OrganizationID != "org_acme" {
		t.Errorf("sessions %+v, %v", sessions, err)
	}
	ended, err := c.RevokeSession(ctx, "sess_ada")
	if err != nil || ended.Status != "revoked" {
		t.Errorf("ended %+v, %v", ended, err)
	}
	keys, err := c.APIKeys(ctx, keyOwner)
	if err != nil || len(keys) != 1 || keys[0].Name != "deploy" {
		t.Errorf("keys %+v, %v", keys, err)
	}
	revoked, err := c.RevokeAPIKey(ctx, keyOfAda, "left the company")
	if err != nil || !revoked.Revoked {
		t.Errorf("revoked %+v, %v", revoked, err)
	}
	for _, step := range []struct {
		set            func(context.Context, string) (clerkapi.User, error)
		banned, locked bool
	}{{c.LockUser, false, true}, {c.UnlockUser, false, false}, {c.BanUser, true, false}, {c.UnbanUser, false, false}} {
		u, err := step.set(ctx, s.users["ada"])
		if err != nil || u.Banned != step.banned || u.Locked != step.locked {
			t.Errorf("%+v, %v", u, err)
		}
	}
	if left, err := c.ActiveSessions(ctx, s.users["ada"]); err != nil || len(left) != 0 {
		t.Errorf("a ban left %+v, %v", left, err)
	}
}

func (s stage) invitations(ctx context.Context) {
	t, c := s.t, s.c
	silent := false
	i, err := c.CreateInvitation(ctx, s.acme, clerkapi.NewInvitation{
		Email: s.address("i1"), Role: "org:member", InviterUserID: s.users["ada"], Public: json.RawMessage(`{"a":1}`), Private: json.RawMessage(`{}`),
		RedirectURL: "https://x.example", ExpiresInDays: 7, Notify: &silent})
	must(t, err)
	bulk, err := c.CreateInvitations(ctx, s.acme, []clerkapi.NewInvitation{
		{Email: s.address("i2"), Role: "org:member", Notify: &silent}, {Email: s.address("i3"), Role: "org:admin", Notify: &silent}})
	if err != nil || len(bulk) != 2 {
		t.Errorf("bulk %+v, %v", bulk, err)
	}
	_, err = c.RevokeInvitation(ctx, s.acme, i.ID)
	must(t, err)
	pending, err := c.PendingInvitations(ctx)
	if err != nil || ours(pending, []string{s.acme}, func(i clerkapi.Invitation) string { return i.OrganizationID }) != 4 {
		t.Errorf("pending %+v, %v", pending, err)
	}
}
