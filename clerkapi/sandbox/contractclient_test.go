package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
)

// TestContractOfClient sends everything that the client can send and judges
// requests and answers by the contract.
func TestContractOfClient(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{Seed: contractSeed(t), SecretKey: "sk_live_contract"})
	must(t, err)
	contract := newContract(t, s.RoundTripper())
	client, err := clerkapi.New(
		clerkapi.Config{SecretKey: clerkapi.NewSecret(s.SecretKey()), APIURL: "http://127.0.0.1:1"},
		clerkapi.WithTransport(contract))
	must(t, err)
	ctx := t.Context()
	clientReads(ctx, t, client)
	clientListings(ctx, t, client)
	clientWrites(ctx, t, client)
	clientInvitations(ctx, t, client)
	for _, op := range clientOperations {
		if !contract.seen[op][200] {
			t.Errorf("the client never called %s", op)
		}
	}
	for op := range contract.seen {
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

// clientOperations are all that the client uses.
var clientOperations = []string{
	"GET /instance", "GET /organization_memberships",
	"GET /organizations/{organization_id}/memberships", "POST /organizations/{organization_id}/memberships",
	"PATCH /organizations/{organization_id}/memberships/{user_id}", "DELETE /organizations/{organization_id}/memberships/{user_id}",
	"PATCH /organizations/{organization_id}/memberships/{user_id}/metadata",
	"GET /organizations", "GET /organizations/{organization_id}", "GET /organization_roles", "GET /role_sets",
	"GET /role_sets/{role_set_key_or_id}", "GET /users", "GET /users/count", "POST /users",
	"GET /organization_invitations", "GET /organizations/{organization_id}/invitations",
	"POST /organizations/{organization_id}/invitations", "POST /organizations/{organization_id}/invitations/bulk",
	"POST /organizations/{organization_id}/invitations/{invitation_id}/revoke",
}

func clientReads(ctx context.Context, t *testing.T, c *clerkapi.Client) {
	instance, err := c.Instance(ctx)
	must(t, err)
	if instance.Environment != "production" {
		t.Errorf("instance %+v", instance)
	}
	organizations, err := c.Organizations(ctx)
	must(t, err)
	one, err := c.Organization(ctx, "acme")
	must(t, err)
	found, err := c.FindOrganizations(ctx, []string{"acme", "org_globex", "nobody"})
	must(t, err)
	if len(organizations) != 3 || one.Members != 4 || one.PendingInvitations != 2 || len(found) != 2 {
		t.Errorf("organizations %+v, %+v, %+v", organizations, one, found)
	}
	roles, err := c.Roles(ctx)
	must(t, err)
	sets, err := c.RoleSets(ctx)
	must(t, err)
	set, err := c.RoleSet(ctx, "role_set:default")
	must(t, err)
	if len(roles) != 2 || len(sets) != 1 || len(set.Roles) != 2 {
		t.Errorf("roles %+v, sets %+v", roles, sets)
	}
	for name, q := range map[string]clerkapi.UserQuery{
		"user_bob":  {Emails: []string{"bob@corp.example", "b+b@corp.example"}},
		"user_ada":  {ExternalIDs: []string{"e1"}},
		"user_cyd":  {IDs: []string{"user_cyd"}},
		"user_ada2": {Usernames: []string{"ada"}},
	} {
		users, err := c.Users(ctx, q)
		if err != nil || len(users) != 1 {
			t.Errorf("%s: %+v, %v", name, users, err)
		}
	}
	all, err := c.AllUsers(ctx)
	if err != nil || len(all) != 7 {
		t.Errorf("%d users, %v", len(all), err)
	}
}

func clientListings(ctx context.Context, t *testing.T, c *clerkapi.Client) {
	for _, order := range []string{"", "+created_at", "-created_at", "phone_number", "-email_address", "+first_name", "last_name", "username"} {
		_, err := c.MembershipPage(ctx, "org_acme", clerkapi.MembershipQuery{OrderBy: order, Limit: 2, Offset: 1})
		must(t, err)
	}
	page, err := c.MembershipPage(ctx, "org_acme", clerkapi.MembershipQuery{
		UserIDs: []string{"user_ada"}, Emails: []string{"ada@corp.example"}, PhoneNumbers: []string{"+15550001"}, Usernames: []string{"ada"},
		Roles: []string{"org:admin"}, Query: "ad", EmailQuery: "ada", PhoneNumberQuery: "555", UsernameQuery: "a", NameQuery: "Zorn",
		CreatedBefore: 1 << 50, CreatedAfter: 1,
	})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("all filters: %+v, %v", page, err)
	}
	_, err = c.MembershipPage(ctx, "org_acme", clerkapi.MembershipQuery{Web3Wallets: []string{"0xabc"}, LastActiveAfter: 1, LastActiveBefore: 1 << 50})
	must(t, err)
	_, err = c.InstanceMemberships(ctx, 500, 0, "+created_at")
	must(t, err)
	members, err := c.Memberships(ctx, "org_acme")
	if err != nil || len(members) != 4 {
		t.Errorf("%d members, %v", len(members), err)
	}
	organizations, err := c.Organizations(ctx)
	must(t, err)
	listing, err := c.ListMemberships(ctx, organizations)
	if err != nil || len(listing.Organizations) != 3 {
		t.Errorf("listing %+v, %v", listing, err)
	}
}

func clientWrites(ctx context.Context, t *testing.T, c *clerkapi.Client) {
	u, err := c.CreateUser(ctx, clerkapi.NewUser{Email: "hire@corp.example", ExternalID: "e77", FirstName: "New", LastName: "Hire", SkipPasswordRequired: true})
	must(t, err)
	m, err := c.CreateMembership(ctx, "org_acme", clerkapi.NewMembership{
		UserID: u.ID, Role: "org:member", Public: json.RawMessage(`{"a":1}`), Private: json.RawMessage(`{"b":{"c":2}}`)})
	if err != nil || string(m.Private) != `{"b":{"c":2}}` {
		t.Errorf("created %+v, %v", m, err)
	}
	m, err = c.SetRole(ctx, "org_acme", u.ID, "org:admin")
	if err != nil || m.Role != "org:admin" {
		t.Errorf("role %+v, %v", m, err)
	}
	m, err = c.MergeMetadata(ctx, "org_acme", u.ID, json.RawMessage(`{"a":null}`), nil)
	if err != nil || string(m.Public) != `{}` {
		t.Errorf("merged %+v, %v", m, err)
	}
	if _, ok, err := c.FindMembership(ctx, "org_acme", u.ID); !ok || err != nil {
		t.Errorf("found %t, %v", ok, err)
	}
	_, err = c.DeleteMembership(ctx, "org_acme", u.ID)
	must(t, err)
	if _, ok, err := c.FindMembership(ctx, "org_acme", u.ID); ok || err != nil {
		t.Errorf("found %t after the removal, %v", ok, err)
	}
	var e *clerkapi.Error
	if _, err := c.CreateMembership(ctx, "org_acme", clerkapi.NewMembership{UserID: "user_ada", Role: "org:admin"}); !errors.As(err, &e) {
		t.Errorf("added twice: %v", err)
	}
}

func clientInvitations(ctx context.Context, t *testing.T, c *clerkapi.Client) {
	silent := false
	i, err := c.CreateInvitation(ctx, "org_acme", clerkapi.NewInvitation{
		Email: "i1@corp.example", Role: "org:member", InviterUserID: "user_ada", Public: json.RawMessage(`{"a":1}`), Private: json.RawMessage(`{}`),
		RedirectURL: "https://x.example", ExpiresInDays: 7, Notify: &silent})
	must(t, err)
	bulk, err := c.CreateInvitations(ctx, "org_acme", []clerkapi.NewInvitation{{Email: "i2@corp.example", Role: "org:member"}, {Email: "i3@corp.example", Role: "org:admin"}})
	if err != nil || len(bulk) != 2 {
		t.Errorf("bulk %+v, %v", bulk, err)
	}
	_, err = c.RevokeInvitation(ctx, "org_acme", i.ID)
	must(t, err)
	pending, err := c.PendingInvitations(ctx)
	if err != nil || len(pending) != 4 {
		t.Errorf("pending %+v, %v", pending, err)
	}
	revoked, err := c.Invitations(ctx, "org_acme", clerkapi.InvitationQuery{Status: "revoked", Email: "i1@corp.example"})
	if err != nil || len(revoked) != 1 {
		t.Errorf("revoked %+v, %v", revoked, err)
	}
	_, err = c.InstanceInvitations(ctx, "accepted")
	must(t, err)
}
