// Package sandbox is an in-memory Clerk: one instance behind the HTTP API under
// /v1. Tests use it, the demo uses it, and so does everybody who tries a
// configuration. A client that works on it sends what Clerk's contract
// documents, and handles the documented answers: the objects, validation errors
// and codes, limits with 429 and Retry-After, quotas, the last administrator,
// and the 8 KB of metadata. The package knows no client and no sync, and no
// behaviour exists for their sake.
//
// It imports the standard library only: another implementation of Clerk's
// contract must not share code with the client that is tested on it.
//
// # What it does not do
//
// Sign-in, mail, webhooks, logos, and every other path answer 404. Domains,
// enterprise connections, directories and their mappings can be listed; each other
// call for them answers 404. They make members when a control action says that
// somebody signs in, or that a directory's sync runs, and not by themselves. Of
// billing there is only the subscription with its seats, and pending invitations
// take seats. Sessions and API keys can be listed and revoked; nothing uses them.
// During a role migration removals go on, which Clerk does not document. A role
// that a group role mapping resolves cannot be changed, but the member can be
// removed, and the directory's next sync adds the member again. Passwords and
// second factors are accepted and ignored. Error messages are its own; clients should look at the codes. Where
// Clerk documents nothing, the sandbox picks one way and says so at the code: an
// unknown role is a 404 that names the parameter role, a bulk of invitations is
// all or nothing, filters of different kinds must all match, an address filter
// also finds users who have not verified the address, an organization without a
// role set has the one that is initial today, requests without a version get the
// newest. Deleting or banning the user of the last administrator is
// allowed.
//
// # Order of reading
//
//   - server.go: how a request passes through the server; routes.go: the
//     operations; call.go: one request and its answer;
//   - api_memberships.go and api_memberships_write.go: what endpoints look like.
//     The other api_*.go files are the same for other objects. api_list.go,
//     api_filter.go and api_form.go read lists, filters and bodies; api_json.go
//     and the *_json.go files write answers, errors.go refusals;
//   - store.go: the instance and its lock; state.go, state_people.go,
//     state_access.go and state_directories.go: what it holds; state_seed.go and state_snapshot.go: from a seed and back;
//     metadata.go: how metadata merge;
//   - seed.go and seed_access.go: the format of a seed; the other seed_*.go files
//     read, check and
//     generate seeds;
//   - traffic.go: what arrives; limits.go, fault.go and fault_answer.go: what
//     makes requests fail; requests.go: what was asked;
//   - control.go, control_actions.go and control_life.go: the same for tests in
//     other processes; actions_users.go, actions_members.go, actions_access.go and
//     actions_directories.go: the changes that people and directories make outside
//     the API; transport.go: the server without a socket.
//
// # Use
//
//	s, err := sandbox.New(sandbox.Options{Seed: seed, Limits: sandbox.Production()})
//	server := httptest.NewServer(s)                       // real sockets
//	client := &http.Client{Transport: s.RoundTripper()}   // none, for testing/synctest
//	err = s.Serve(ctx, listener)                          // a process of its own
//
// # Seed
//
// A seed (see Seed) is JSON with the names of the API's objects:
//
//	{
//	  "version": 1,
//	  "instance": {"environment_type": "production", "max_allowed_memberships": 5},
//	  "users": [
//	    {"id": "user_ada", "email": "ada@corp.example"},
//	    {"id": "user_bob", "external_id": "e2", "first_name": "Bob", "banned": true,
//	     "email_addresses": ["bob@corp.example",
//	       {"email_address": "ada@corp.example", "verification": {"status": "unverified"}}]}
//	  ],
//	  "organizations": [{"id": "org_acme", "slug": "acme", "max_allowed_memberships": 3}],
//	  "memberships": [
//	    {"organization_id": "org_acme", "user_id": "user_ada", "role": "org:admin",
//	     "private_metadata": {"team": "core"}}
//	  ],
//	  "roles": [{"key": "org:admin", "permissions": ["org:sys_memberships:manage"]}],
//	  "role_sets": [{"key": "role_set:default", "type": "initial", "roles": ["org:admin"]}],
//	  "invitations": [{"organization_id": "org_acme", "email_address": "cy@corp.example", "role": "org:admin"}],
//	  "organization_domains": [{"organization_id": "org_acme", "name": "corp.example", "enrollment_mode": "enterprise_sso"}],
//	  "enterprise_connections": [{"id": "entconn_okta", "name": "Okta", "organization_id": "org_acme", "active": true}],
//	  "directories": [{"id": "dir_okta", "enterprise_connection_id": "entconn_okta", "enabled": true, "group_role_mapping_enabled": true,
//	    "groups": [{"id": "g1", "display_name": "Admins", "members": ["user_ada"]}],
//	    "group_role_mappings": [{"directory_group_id": "g1", "role": "org:admin"}]}],
//	  "sessions": [{"id": "sess_1", "user_id": "user_ada", "last_active_organization_id": "org_acme"}],
//	  "api_keys": [{"subject": "user_ada", "name": "deploy"}]
//	}
//
// "subscription_seats" and "role_migration_in_progress" of an organization, and
// "max_allowed_users" of the instance, make it refuse members as Clerk's billing,
// role migrations and user quota do: with 402 insufficient_seats, 409
// role_migration_in_progress and 403 user_quota_exceeded. They are short forms:
//
//	"organizations": [{"id": "org_acme", "subscription": {"subscription_items": [
//	  {"status": "active", "seats": {"quantity": 5}}, {"status": "upcoming", "seats": {"quantity": 9}}]}}]
//	"role_sets": [{"key": "role_set:old", "roles": ["org:member"], "role_set_migration": {"organization_id": "org_acme",
//	  "status": "enqueued", "dest_role_set_key": "role_set:default"}}]
//
// A quantity of null is unlimited, an item without seats is not billed by seats,
// and an organization without a subscription answers 404. "directories_disabled"
// and "api_keys_disabled" on the instance turn those features off.
//
// Only version is required. The defaults:
//   - roles are org:admin and org:member, role_sets is one set of all roles, and
//     a role is org:member;
//   - names are the slug or the key, times are 2024-01-01 plus one millisecond
//     for each row, and ids of memberships and invitations are generated;
//   - max_allowed_memberships 0 or none is no limit;
//   - a session is active and ends after ten years, an API key never, a mapping has
//     the precedence of its place in the list, and the people of a directory's
//     groups are those of its last sync;
//   - the id of the instance is made from the ids of the organizations and users,
//     so that another seed is another instance.
//
// A user's "email" is one verified address, and an address given as a string is
// verified. Only addresses that are neither verified nor reserved may be on two
// users. "managed_by_scim" on users and memberships means that a directory
// manages them. "exclusive_membership" on the instance or an organization means
// that its people can belong to no other. Times are Unix milliseconds. Snapshot
// returns the same format, sorted.
//
// # Faults
//
// A fault (see Fault) says which requests fail, and how:
//
//	{"kind": "GET /organizations/{organization_id}/memberships", "query": {"offset": "1000"}, "status": 503}
//	{"method": "POST", "from": 3, "times": 1, "drop_after_effect": true}
//	{"share": 0.05, "seed": 7, "status": 503}
//	{"path": "/organizations/org_acme/*", "status": 429, "retry_after": 3, "body": "<html>busy</html>"}
//	{"method": "GET", "from": 2, "times": 1, "list": {"shift": 1}}
//
// # Control surface
//
// These actions are under /_sandbox, for callers on the same machine, without key
// and limits. Answers are JSON, errors are {"error": "…"} with status 400. USER is
// an id or an address, ORG an id or a slug, INVITATION an id or an address with one
// pending invitation:
//
//	GET    requests[?kind=K][&writes=true]   the requests; DELETE forgets them
//	GET    stats                             sums of the requests
//	GET    state                             Snapshot; PUT replaces everything by a seed, POST adds the rows of one
//	GET    faults                            PUT replaces, POST adds one or an array, DELETE clears
//	POST   clock                             {"offset": "10m"}: time and Date header move
//	POST   users                             a user as in a seed; answers {"id"}
//	GET    users/USER                        everything about a user; see Person
//	PATCH  users/USER                        {"banned", "locked", "deprovisioned", "managed_by_scim": bool}
//	DELETE users/USER
//	POST   users/USER/emails                 {"email_address", "status", "reserved", "primary"}
//	DELETE users/USER/emails/ADDRESS
//	POST   users/USER/emails/ADDRESS/verify
//	POST   users/USER/emails/ADDRESS/change  {"to": "new@corp.example"}
//	POST   users/USER/api_keys               an API key as in a seed; answers {"id"}
//	DELETE users/USER/sessions               ends all sessions
//	POST   sign-in                           {"user", "enterprise_connection_id", "organization"}; see SignIn
//	PUT    memberships                       a membership as in a seed, made or replaced
//	PATCH  memberships/ORG/USER              {"role"}: a change by hand
//	DELETE memberships/ORG/USER
//	POST   invitations                       {"organization", "email_address", "role"}: an invitation by hand
//	POST   invitations/INVITATION/accept     {"user_id"} or nothing; answers {"user_id"}
//	PATCH  directories/ID                    {"enabled", "group_role_mapping_enabled": bool}
//	PUT    directories/ID/groups/GROUP       {"members": [USER, …]}
//	POST   directories/ID/sync               lets its sync run; see SyncDirectory
//	PUT    role_sets/KEY/migration           a role_set_migration as in a seed; DELETE ends it
//
// Every action is a method of Server too, for tests in the same process.
package sandbox
