package clerkapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

const invitationJSON = `{"id":"orginv_1","organization_id":"org_a","email_address":"a@x.example","role":"org:member","status":"pending",` +
	`"public_metadata":{},"private_metadata":null,"url":"https://x.example/t","created_at":5,"expires_at":null}`

// Each call sends the expected request and returns the answer.
func TestCallsOnTheWire(t *testing.T) {
	ctx := t.Context()
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	member := memberJSON("org_a", 1)
	cases := []struct {
		name    string
		call    func(*Client) (any, error)
		request string // method, path and query
		body    string
		answer  string
		want    string // part of the result, printed with %+v
	}{
		{"add", func(c *Client) (any, error) {
			return c.CreateMembership(ctx, "org_a", NewMembership{"user_1", "org:member", raw(`{"a":1}`), raw(`{}`)})
		}, "POST /v1/organizations/org_a/memberships", `{"user_id":"user_1","role":"org:member","public_metadata":{"a":1},"private_metadata":{}}`, member, "UserID:user_1 Role:org:member Identifier:u1@x.example"},
		{"add without metadata", func(c *Client) (any, error) {
			return c.CreateMembership(ctx, "org_a", NewMembership{UserID: "user_1", Role: "org:member"})
		}, "POST /v1/organizations/org_a/memberships", `{"user_id":"user_1","role":"org:member"}`, member, "OrganizationID:org_a"},
		{"set role", func(c *Client) (any, error) { return c.SetRole(ctx, "org_a", "user_1", "org:admin") },
			"PATCH /v1/organizations/org_a/memberships/user_1", `{"role":"org:admin"}`, member, "ID:orgmem_org_a_1"},
		{"merge", func(c *Client) (any, error) { return c.MergeMetadata(ctx, "org_a", "user_1", raw(`{"k":null}`), nil) },
			"PATCH /v1/organizations/org_a/memberships/user_1/metadata", `{"public_metadata":{"k":null}}`, member, "ID:orgmem_org_a_1"},
		{"delete", func(c *Client) (any, error) { return c.DeleteMembership(ctx, "org_a", "user_1") },
			"DELETE /v1/organizations/org_a/memberships/user_1", "", member, "ID:orgmem_org_a_1"},
		{"find", func(c *Client) (any, error) {
			m, ok, err := c.FindMembership(ctx, "org_a", "user_1")
			return fmt.Sprintf("%t %+v", ok, m), err
		},
			"GET /v1/organizations/org_a/memberships?limit=10&offset=0&order_by=%2Bcreated_at&user_id=user_1", "", pageJSON([]string{member}, 1), "true {ID:orgmem_org_a_1"},
		{"memberships of a user", func(c *Client) (any, error) { return c.MembershipsOfUser(ctx, "user_1") },
			"GET /v1/users/user_1/organization_memberships?limit=500&offset=0", "", pageJSON([]string{member}, 1), "OrganizationID:org_a"},
		{"find nobody", func(c *Client) (any, error) {
			m, ok, err := c.FindMembership(ctx, "org_a", "user_1")
			return fmt.Sprintf("%t %+v", ok, m), err
		},
			"GET /v1/organizations/org_a/memberships?limit=10&offset=0&order_by=%2Bcreated_at&user_id=user_1", "", pageJSON(nil, 0), "false"},
		{"organization", func(c *Client) (any, error) { return c.Organization(ctx, "acme") },
			"GET /v1/organizations/acme?include_members_count=true", "", `{"id":"org_a","slug":"acme","name":"A","members_count":3,"pending_invitations_count":2,"max_allowed_memberships":5,"role_set_key":"role_set:x"}`,
			"{ID:org_a Slug:acme Name:A Members:3 PendingInvitations:2 MaxMembers:5 RoleSet:role_set:x NeedIDs:false}"},
		{"organization without count", func(c *Client) (any, error) { return c.Organization(ctx, "org_a") },
			"GET /v1/organizations/org_a?include_members_count=true", "", `{"id":"org_a"}`, "Members:-1"},
		{"roles", func(c *Client) (any, error) { return c.Roles(ctx) },
			"GET /v1/organization_roles?limit=500&offset=0&order_by=%2Bcreated_at", "", `{"data":[{"key":"org:admin","name":"Admin","permissions":[{"key":"org:sys_memberships:manage"}]}],"total_count":1}`,
			"[{Key:org:admin Name:Admin Permissions:[org:sys_memberships:manage]}]"},
		{"role sets", func(c *Client) (any, error) { return c.RoleSets(ctx) },
			"GET /v1/role_sets?limit=500&offset=0&order_by=%2Bcreated_at", "", `{"data":[{"key":"role_set:d","name":"D","type":"initial","roles":[{"key":"org:admin"}],"role_set_migration":null}],"total_count":1}`,
			"[{Key:role_set:d Name:D Type:initial Roles:[org:admin] ID: Migration:<nil>}]"},
		{"role sets in migration", func(c *Client) (any, error) {
			sets, err := c.RoleSets(ctx)
			return *sets[0].Migration, err
		},
			"GET /v1/role_sets?limit=500&offset=0&order_by=%2Bcreated_at", "", `{"data":[{"id":"roleset_1","key":"role_set:d","roles":[],"role_set_migration":{"organization_id":null,"status":"enqueued","source_role_set_id":"roleset_1","dest_role_set_id":"roleset_2"}}],"total_count":1}`,
			"{OrganizationID: Status:enqueued Source:roleset_1 Destination:roleset_2}"},
		{"directories", func(c *Client) (any, error) { return c.Directories(ctx) }, "GET /v1/directories?limit=500&offset=0", "",
			`{"data":[{"id":"dir_1","name":"Okta","provider":"okta","enterprise_connection_id":"entconn_1","enabled":true,"group_role_mapping_enabled":true,"api_key":"secret"}],"total_count":1}`,
			"[{ID:dir_1 Name:Okta Provider:okta ConnectionID:entconn_1 Enabled:true MapsRoles:true}]"},
		{"mappings", func(c *Client) (any, error) { return c.GroupRoleMappings(ctx, "dir_1") }, "GET /v1/directories/dir_1/group_role_mappings", "",
			`{"data":[{"id":"m1","directory_group_id":"g1","directory_group_display_name":"Admins","role":{"key":"org:admin"},"precedence":1},{"id":"m2","directory_group_id":"g2","precedence":2}],"total_count":2}`,
			"[{ID:m1 GroupID:g1 GroupName:Admins Role:org:admin Precedence:1} {ID:m2 GroupID:g2 GroupName: Role: Precedence:2}]"},
		{"seats", func(c *Client) (any, error) { return c.Seats(ctx, "org_a") }, "GET /v1/organizations/org_a/billing/subscription", "",
			`{"id":"csub_1","subscription_items":[{"status":"active","seats":{"quantity":5}},{"status":"upcoming","seats":{"quantity":null}},{"status":"active","seats":null}]}`,
			"{Quantity:5 Unlimited:false}"},
		{"seats without a limit", func(c *Client) (any, error) { return c.Seats(ctx, "org_a") }, "GET /v1/organizations/org_a/billing/subscription", "",
			`{"id":"csub_1","subscription_items":[{"status":"active","seats":{"quantity":5}},{"status":"active","seats":{"quantity":null}}]}`,
			"{Quantity:0 Unlimited:true}"},
		{"seats of a plan without seats", func(c *Client) (any, error) { return c.Seats(ctx, "org_a") }, "GET /v1/organizations/org_a/billing/subscription", "",
			`{"id":"csub_1","subscription_items":[]}`, "{Quantity:0 Unlimited:true}"},
		{"sessions", func(c *Client) (any, error) { return c.ActiveSessions(ctx, "user_1") },
			"GET /v1/sessions?limit=500&offset=0&paginated=true&user_id=user_1", "",
			`{"data":[{"id":"sess_1","user_id":"user_1","status":"active","last_active_organization_id":"org_a","created_at":1,"last_active_at":2,"expire_at":3,"latest_activity":{"ip_address":"1.2.3.4"}}],"total_count":1}`,
			"[{ID:sess_1 UserID:user_1 Status:active OrganizationID:org_a CreatedAt:1 LastActiveAt:2 ExpiresAt:3}]"},
		{"sessions as an array", func(c *Client) (any, error) { return c.ActiveSessions(ctx, "user_1") },
			"GET /v1/sessions?limit=500&offset=0&paginated=true&user_id=user_1", "",
			`[{"id":"sess_1","user_id":"user_1","status":"active","last_active_organization_id":null,"created_at":1,"last_active_at":2,"expire_at":3}]`,
			"[{ID:sess_1 UserID:user_1 Status:active OrganizationID: CreatedAt:1 LastActiveAt:2 ExpiresAt:3}]"},
		{"revoke session", func(c *Client) (any, error) { return c.RevokeSession(ctx, "sess_1") }, "POST /v1/sessions/sess_1/revoke", "",
			`{"id":"sess_1","user_id":"user_1","status":"revoked"}`, "Status:revoked"},
		{"keys", func(c *Client) (any, error) { return c.APIKeys(ctx, "user_1") }, "GET /v1/api_keys?limit=100&offset=0&subject=user_1", "",
			`{"data":[{"id":"ak_1","subject":"user_1","name":"ci","revoked":false,"expired":false,"expiration":null,"created_at":1.7e12,"last_used_at":5,"secret":"no"}],"total_count":1}`,
			"[{ID:ak_1 Subject:user_1 Name:ci Revoked:false Expired:false CreatedAt:1700000000000 ExpiresAt:0 LastUsedAt:5}]"},
		{"revoke key", func(c *Client) (any, error) { return c.RevokeAPIKey(ctx, "ak_1", "left") }, "POST /v1/api_keys/ak_1/revoke", `{"revocation_reason":"left"}`,
			`{"id":"ak_1","subject":"user_1","name":"ci","revoked":true}`, "Revoked:true"},
		{"revoke key without a reason", func(c *Client) (any, error) { return c.RevokeAPIKey(ctx, "ak_1", "") }, "POST /v1/api_keys/ak_1/revoke", `{}`,
			`{"id":"ak_1","subject":"user_1","name":"ci","revoked":true}`, "Revoked:true"},
		{"ban", func(c *Client) (any, error) { return c.BanUser(ctx, "user_1") }, "POST /v1/users/user_1/ban", "", `{"id":"user_1","banned":true}`, "Banned:true"},
		{"unban", func(c *Client) (any, error) { return c.UnbanUser(ctx, "user_1") }, "POST /v1/users/user_1/unban", "", `{"id":"user_1","banned":false}`, "Banned:false"},
		{"lock", func(c *Client) (any, error) { return c.LockUser(ctx, "user_1") }, "POST /v1/users/user_1/lock", "", `{"id":"user_1","locked":true}`, "Locked:true"},
		{"unlock", func(c *Client) (any, error) { return c.UnlockUser(ctx, "user_1") }, "POST /v1/users/user_1/unlock", "", `{"id":"user_1","locked":false}`, "Locked:false"},
		{"domains", func(c *Client) (any, error) { return c.EnrollingDomains(ctx) },
			"GET /v1/organization_domains?enrollment_mode=automatic_invitation%2Cautomatic_suggestion%2Centerprise_sso&limit=500&offset=0&order_by=%2Bcreated_at&verified=true", "",
			`{"data":[{"id":"orgdmn_1","organization_id":"org_a","name":"x.example","enrollment_mode":"automatic_invitation"}],"total_count":1}`,
			"[{ID:orgdmn_1 OrganizationID:org_a Name:x.example Mode:automatic_invitation}]"},
		{"connections", func(c *Client) (any, error) { return c.ActiveConnections(ctx) },
			"GET /v1/enterprise_connections?active=true&limit=500&offset=0", "",
			`{"data":[{"id":"entconn_1","name":"Okta","organization_id":null,"domains":["x.example"],"disable_jit_provisioning":true}],"total_count":1}`,
			"[{ID:entconn_1 Name:Okta OrganizationID: Domains:[x.example] NoJIT:true}]"},
		{"instance", func(c *Client) (any, error) { return c.Instance(ctx) }, "GET /v1/instance", "", instanceJSON, "production instance ins_1"},
		{"count", func(c *Client) (any, error) { return c.UsersCount(ctx) }, "GET /v1/users/count", "", `{"object":"total_count","total_count":7}`, "7"},
		{"create user", func(c *Client) (any, error) {
			return c.CreateUser(ctx, NewUser{"a@x.example", "e1", "A", "B", true, false})
		}, "POST /v1/users", `{"email_address":["a@x.example"],"external_id":"e1","first_name":"A","last_name":"B","skip_password_requirement":true}`,
			`{"id":"user_1","external_id":null,"banned":true,"email_addresses":[{"email_address":"a@x.example","verification":{"status":"verified"}},{"email_address":"b@x.example","verification":null},{"email_address":"c@x.example","verification":{"status":"unverified"}}]}`,
			"Emails:[{Address:a@x.example Verified:true Reserved:false} {Address:b@x.example Verified:false Reserved:false} {Address:c@x.example Verified:false Reserved:false}] Banned:true"},
		{"create user, reserved", func(c *Client) (any, error) {
			return c.CreateUser(ctx, NewUser{Email: "a@x.example", ReserveEmail: true})
		}, "POST /v1/users", `{"email_address":["a@x.example"],"email_address_identification_status":["reserved"]}`,
			`{"id":"user_1","email_addresses":[{"email_address":"a@x.example","reserved":true,"verification":{"status":"unverified"}},{"email_address":"b@x.example","reserved":true,"verification":{"status":"verified"}}]}`,
			"Emails:[{Address:a@x.example Verified:false Reserved:true} {Address:b@x.example Verified:true Reserved:false}]"},
		{"invite", func(c *Client) (any, error) {
			return c.CreateInvitation(ctx, "org_a", NewInvitation{"a@x.example", "org:member", "user_9", raw(`{}`), raw(`{"k":1}`), "https://x.example", 7, new(false)})
		}, "POST /v1/organizations/org_a/invitations", `{"email_address":"a@x.example","role":"org:member","inviter_user_id":"user_9","public_metadata":{},"private_metadata":{"k":1},"redirect_url":"https://x.example","expires_in_days":7,"notify":false}`,
			invitationJSON, "URL:[secret]"},
		{"invite, no link", func(c *Client) (any, error) {
			return c.CreateInvitation(ctx, "org_a", NewInvitation{Email: "a@x.example", Role: "r"})
		}, "POST /v1/organizations/org_a/invitations", `{"email_address":"a@x.example","role":"r"}`,
			`{"id":"orginv_1","email_address":"a@x.example","role":"r","status":"pending","url":null}`, "URL: "},
		{"invite many", func(c *Client) (any, error) {
			return c.CreateInvitations(ctx, "org_a", []NewInvitation{{Email: "a@x.example", Role: "r"}, {Email: "b@x.example", Role: "r"}})
		}, "POST /v1/organizations/org_a/invitations/bulk", `[{"email_address":"a@x.example","role":"r"},{"email_address":"b@x.example","role":"r"}]`,
			pageJSON([]string{invitationJSON}, 1), "ID:orginv_1 OrganizationID:org_a"},
		{"revoke", func(c *Client) (any, error) { return c.RevokeInvitation(ctx, "org_a", "orginv_1") },
			"POST /v1/organizations/org_a/invitations/orginv_1/revoke", `{}`, invitationJSON, "ID:orginv_1"},
		{"pending", func(c *Client) (any, error) { return c.PendingInvitations(ctx) },
			"GET /v1/organization_invitations?limit=500&offset=0&order_by=%2Bcreated_at&status=pending", "", pageJSON([]string{invitationJSON}, 1), "OrganizationID:org_a"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				if got := r.Method + " " + r.URL.RequestURI(); got != tc.request {
					t.Errorf("sent %s\nwant %s", got, tc.request)
				}
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				if (tc.body != "" || len(body) > 0) && !sameJSON(string(body), tc.body) {
					t.Errorf("body %s\nwant %s", body, tc.body)
				}
				if got := r.Header.Get("Content-Type"); (got == "application/json") != (tc.body != "") {
					t.Errorf("Content-Type %q", got)
				}
				reply(w, 200, tc.answer)
			})
			got, err := tc.call(c)
			if s := c.Stats(); !maps.Equal(s.Least, s.Requests) {
				t.Errorf("sent %v, needed %v", s.Requests, s.Least)
			}
			if text := fmt.Sprintf("%+v", got); err != nil || !strings.Contains(text, tc.want) {
				t.Errorf("%s, %v\nwant %s", text, err, tc.want)
			}
		})
	}
}

// Each call returns its error, and an answer of the wrong shape is an error.
func TestCallsHandOnErrors(t *testing.T) {
	calls := map[string]func(context.Context, *Client) error{
		"MembershipsOfUser": func(ctx context.Context, c *Client) error {
			_, err := c.MembershipsOfUser(ctx, "user_1")
			return err
		},
		"FindMembership": func(ctx context.Context, c *Client) error {
			_, _, err := c.FindMembership(ctx, "org_a", "user_1")
			return err
		},
		"SetRole": func(ctx context.Context, c *Client) error {
			_, err := c.SetRole(ctx, "org_a", "user_1", "r")
			return err
		},
		"Organizations": func(ctx context.Context, c *Client) error { _, err := c.Organizations(ctx); return err },
		"Organization":  func(ctx context.Context, c *Client) error { _, err := c.Organization(ctx, "a"); return err },
		"Find": func(ctx context.Context, c *Client) error {
			_, err := c.FindOrganizations(ctx, []string{"a"})
			return err
		},
		"Roles":       func(ctx context.Context, c *Client) error { _, err := c.Roles(ctx); return err },
		"RoleSets":    func(ctx context.Context, c *Client) error { _, err := c.RoleSets(ctx); return err },
		"Domains":     func(ctx context.Context, c *Client) error { _, err := c.EnrollingDomains(ctx); return err },
		"Connections": func(ctx context.Context, c *Client) error { _, err := c.ActiveConnections(ctx); return err },
		"Instance":    func(ctx context.Context, c *Client) error { return getInstance(ctx, c) },
		"UsersCount":  func(ctx context.Context, c *Client) error { _, err := c.UsersCount(ctx); return err },
		"AllUsers":    func(ctx context.Context, c *Client) error { _, err := c.AllUsers(ctx); return err },
		"Users": func(ctx context.Context, c *Client) error {
			_, err := c.Users(ctx, UserQuery{IDs: []string{"user_1"}})
			return err
		},
		"CreateUser": func(ctx context.Context, c *Client) error { return createUser(ctx, c) },
		"Pending":    func(ctx context.Context, c *Client) error { _, err := c.PendingInvitations(ctx); return err },
		"Invite":     func(ctx context.Context, c *Client) error { return invite(ctx, c) },
		"InviteMany": func(ctx context.Context, c *Client) error {
			_, err := c.CreateInvitations(ctx, "org_a", []NewInvitation{{Email: "a@x.example", Role: "r"}})
			return err
		},
	}
	shapes := []string{`null`, `{}`, `[]`, `[{}]`, `{"data":[{}],"total_count":1}`, `{"total_count":null}`, `7`}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				refusing := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { refuse(w, 422, "form_param_missing") })
				if err := call(t.Context(), refusing); err == nil || !strings.Contains(err.Error(), "form_param_missing") {
					t.Errorf("a refusal gave %v", err)
				}
				for _, shape := range shapes {
					if name == "Users" && shape == `[]` || name == "UsersCount" && strings.Contains(shape, "total_count\":1") {
						continue // an answer, rightly
					}
					odd := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, shape) })
					if err := call(t.Context(), odd); err == nil {
						t.Errorf("%s was taken for an answer", shape)
					}
				}
			})
		})
	}
}

func TestBadArgumentsAreNeverSent(t *testing.T) {
	ctx := t.Context()
	bad := json.RawMessage(`[]`)
	long := strings.Repeat("x", 200+1)
	inviting := func(n NewInvitation) func(*Client) error {
		return func(c *Client) error { _, err := c.CreateInvitation(ctx, "org_a", n); return err }
	}
	users := func(q UserQuery) func(*Client) error {
		return func(c *Client) error { _, err := c.Users(ctx, q); return err }
	}
	calls := map[string]func(*Client) error{
		"slug":              func(c *Client) error { _, err := c.ListMemberships(ctx, []Organization{{ID: "acme"}}); return err },
		"dots":              func(c *Client) error { _, err := c.Organization(ctx, ".."); return err },
		"empty name":        func(c *Client) error { _, err := c.Organization(ctx, ""); return err },
		"slash":             func(c *Client) error { _, err := c.SetRole(ctx, "org_a", "user_1/metadata", "r"); return err },
		"control character": func(c *Client) error { _, err := c.SetRole(ctx, "org_a", "user_1", "org:\x1bx"); return err },
		"long id":           func(c *Client) error { _, err := c.DeleteMembership(ctx, "org_a", long); return err },
		"excluding user":    func(c *Client) error { _, _, err := c.FindMembership(ctx, "org_a", "+user_1"); return err },
		"no user of many":   func(c *Client) error { _, err := c.MembershipsOfUser(ctx, ""); return err },
		"a path for a user": func(c *Client) error { _, err := c.MembershipsOfUser(ctx, "user_1/../x"); return err },
		"add metadata": func(c *Client) error {
			_, err := c.CreateMembership(ctx, "org_a", NewMembership{UserID: "user_1", Role: "r", Public: bad})
			return err
		},
		"null metadata": func(c *Client) error {
			_, err := c.MergeMetadata(ctx, "org_a", "user_1", json.RawMessage("null"), nil)
			return err
		},
		"nothing to merge": func(c *Client) error { _, err := c.MergeMetadata(ctx, "org_a", "user_1", nil, nil); return err },
		"no address":       inviting(NewInvitation{Email: "nobody", Role: "r"}),
		"address with nul": inviting(NewInvitation{Email: "a@x\x00", Role: "r"}),
		"no role":          inviting(NewInvitation{Email: "a@x.example"}),
		"366 days":         inviting(NewInvitation{Email: "a@x.example", Role: "r", ExpiresInDays: 366}),
		"inviter":          inviting(NewInvitation{Email: "a@x.example", Role: "r", InviterUserID: "a b"}),
		"no invitations":   func(c *Client) error { _, err := c.CreateInvitations(ctx, "org_a", nil); return err },
		"11 invitations": func(c *Client) error {
			_, err := c.CreateInvitations(ctx, "org_a", slices.Repeat([]NewInvitation{{Email: "a@x.example", Role: "r"}}, 11))
			return err
		},
		"revoke":        func(c *Client) error { _, err := c.RevokeInvitation(ctx, "org_a", ""); return err },
		"two kinds":     users(UserQuery{IDs: []string{"user_1"}, Emails: []string{"a@x.example"}}),
		"empty user id": users(UserQuery{IDs: []string{""}}),
		"minus user id": users(UserQuery{IDs: []string{"-user_1"}}),
		"long value":    users(UserQuery{Usernames: []string{strings.Repeat("x", maxValueBytes+1)}}),
		"new user":      func(c *Client) error { _, err := c.CreateUser(ctx, NewUser{}); return err },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			c := newTestClient(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") })
			if err := call(c); !isArgumentError(err) {
				t.Errorf("%v, want an argumentError", err)
			}
		})
	}
}

func TestUsersAreLookedUpInFullBatches(t *testing.T) {
	number := func(n int, format string) []string {
		values := make([]string, n)
		for i := range values {
			values[i] = fmt.Sprintf(format, i)
		}
		return values
	}
	cases := []struct {
		name  string
		query UserQuery
		want  []int // values per request, in any order
	}{
		{"none", UserQuery{}, nil},
		{"250 addresses", UserQuery{Emails: number(250, "u%d@x.example")}, []int{100, 100, 50}},
		{"repeated", UserQuery{IDs: append(number(60, "user_%d"), number(60, "user_%d")...)}, []int{60}},
		{"long ones", UserQuery{ExternalIDs: number(10, strings.Repeat("x", 1000)+"%d")}, []int{6, 4}},
		{"user names", UserQuery{Usernames: []string{"a"}}, []int{1}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var got []int
			gate := make(chan struct{}, 1)
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				gate <- struct{}{}
				defer func() { <-gate }()
				if len(r.URL.RawQuery) > maxQueryBytes+200 || r.URL.Query().Get("limit") != "500" {
					t.Errorf("%d bytes of query, limit %q", len(r.URL.RawQuery), r.URL.Query().Get("limit"))
				}
				var rows []string
				for _, name := range []string{"user_id", "email_address", "external_id", "username"} {
					for _, v := range r.URL.Query()[name] {
						rows = append(rows, fmt.Sprintf(`{"id":%q}`, "user_of_"+v))
					}
				}
				got = append(got, len(rows))
				reply(w, 200, "["+strings.Join(rows, ",")+"]")
			})
			all, err := c.Users(t.Context(), tc.query)
			slices.SortFunc(got, func(a, b int) int { return b - a })
			if err != nil || !slices.Equal(got, tc.want) || UserRequests(tc.query) != len(tc.want) {
				t.Errorf("batches of %v, formula %d, %v, want %v", got, UserRequests(tc.query), err, tc.want)
			}
			if n := least(c.Stats()); n != len(tc.want) {
				t.Errorf("%d requests are said to be needed, want %d", n, len(tc.want))
			}
			if len(all) != sum(tc.want) {
				t.Errorf("%d users, want %d", len(all), sum(tc.want))
			}
		})
	}
}

func TestSignsOfExternalIDsAreNoOperators(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		if want := "external_id=%2B-1&external_id=%2B%2B2&external_id=3&limit=500&offset=0&order_by=%2Bcreated_at"; r.URL.RawQuery != want {
			t.Errorf("sent %s, want %s", r.URL.RawQuery, want)
		}
		reply(w, 200, `[]`)
	})
	if _, err := c.Users(t.Context(), UserQuery{ExternalIDs: []string{"-1", "+2", "3"}}); err != nil {
		t.Error(err)
	}
}

func usersServer(n, count int, asked *int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*asked++
		if strings.HasSuffix(r.URL.Path, "/count") {
			reply(w, 200, fmt.Sprintf(`{"total_count":%d}`, count))
			return
		}
		from := intQuery(r, "offset")
		if after := r.URL.Query().Get("starting_after"); after != "" {
			_, _ = fmt.Sscanf(after, "user_%d", &from)
			from++
		}
		rows := []string{}
		for i := from; i < min(n, from+500); i++ {
			rows = append(rows, fmt.Sprintf(`{"id":"user_%d"}`, i))
		}
		reply(w, 200, "["+strings.Join(rows, ",")+"]")
	}
}

func TestAllUsersIsWholeOrAnError(t *testing.T) {
	for _, n := range []int{0, 499, 500, 1200} {
		asked := 0
		c := newTestClient(t, usersServer(n, n, &asked))
		all, err := c.AllUsers(t.Context())
		if err != nil || len(all) != n || asked != AllUsersRequests(n) || least(c.Stats()) != asked {
			t.Errorf("%d users of %d, %d requests, %d needed, %v", len(all), n, asked, least(c.Stats()), err)
		}
	}
	asked := 0
	all, err := newTestClient(t, usersServer(700, 701, &asked)).AllUsers(t.Context())
	if all != nil || err == nil || !strings.Contains(err.Error(), "read 700 of 701") {
		t.Errorf("%d users, %v", len(all), err)
	}
	// A server that ignores the cursor must not be asked for ever.
	same := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		r.URL.RawQuery = ""
		usersServer(500, 500, new(int))(w, r)
	})
	if _, err := same.AllUsers(t.Context()); err == nil {
		t.Error("the same page over and over was taken for a list")
	}
}

func TestFullBatchHasASuccessor(t *testing.T) {
	asked := 0
	all, err := newTestClient(t, usersServer(600, 0, &asked)).Users(t.Context(), UserQuery{Emails: []string{"a@x.example"}})
	if err != nil || len(all) != 600 || asked != 2 {
		t.Errorf("%d users in %d requests, %v", len(all), asked, err)
	}
}

// The memberships of a user are whole, of that user, and each of an organization;
// anything else is an error (S09). 501 of them are two pages.
func TestS09MembershipsOfAUserAreWholeOrAnError(t *testing.T) {
	row := func(organization, user string) string {
		return fmt.Sprintf(`{"id":"orgmem_%s","role":"r","organization":{"id":%q},"public_user_data":{"user_id":%q},"private_metadata":{}}`, organization, organization, user)
	}
	for name, x := range map[string]struct {
		rows  []string
		total int
		ok    bool
	}{
		"whole":              {[]string{row("org_a", "user_1"), row("org_b", "user_1")}, 2, true},
		"none":               {nil, 0, true},
		"one is missing":     {[]string{row("org_a", "user_1")}, 2, false},
		"somebody else's":    {[]string{row("org_a", "user_1"), row("org_b", "user_2")}, 2, false},
		"of no organization": {[]string{row("", "user_1")}, 1, false},
	} {
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, pageJSON(x.rows, x.total)) })
		got, err := c.MembershipsOfUser(t.Context(), "user_1")
		if (err == nil) != x.ok || x.ok && len(got) != x.total {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	var rows []string
	for i := range 501 {
		rows = append(rows, row(fmt.Sprint("org_", i), "user_1"))
	}
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { slicePage(w, r, rows) })
	got, err := c.MembershipsOfUser(t.Context(), "user_1")
	if s := c.Stats(); err != nil || len(got) != 501 || total(s) != 2 || least(s) != 2 {
		t.Errorf("%d memberships in %d requests, %d needed, %v", len(got), total(c.Stats()), least(c.Stats()), err)
	}
}

func TestFindMembershipTrustsNoOtherRow(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { slicePage(w, r, members("org_a", 3)) })
	_, ok, err := c.FindMembership(context.Background(), "org_a", "user_9")
	if ok || err == nil {
		t.Errorf("%t, %v: the filter was ignored, so nothing is known", ok, err)
	}
}

func TestMetadataThatIsAbsentIsUnknown(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
		row := `{"id":"orgmem_1","role":"r","organization":{"id":"org_a"},"public_user_data":{"user_id":"user_1"},"public_metadata":%s}`
		reply(w, 200, pageJSON([]string{fmt.Sprintf(row, `{}`), fmt.Sprintf(row, `null`)}, 2))
	})
	page, err := membershipsOfUsers(t.Context(), c.sender, "org_a", []string{"user_1"}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if m := page.Items[0]; string(m.Public) != "{}" || m.Private != nil {
		t.Errorf("%s %s", m.Public, m.Private)
	}
	if m := page.Items[1]; m.Public != nil {
		t.Errorf("null became %s", m.Public)
	}
}

// The link of an invitation is the one that Clerk answered, and is not printed.
func TestTheLinkOfAnInvitationIsASecret(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, invitationJSON) })
	got, err := c.CreateInvitation(t.Context(), "org_a", NewInvitation{Email: "a@x.example", Role: "r"})
	if err != nil || got.URL.Reveal() != "https://x.example/t" {
		t.Errorf("link %q, %v", got.URL.Reveal(), err)
	}
	if text := fmt.Sprintf("%v %+v %#v", got, got, got); strings.Contains(text, "x.example/t") {
		t.Error(text)
	}
}
