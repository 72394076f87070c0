// Package sandbox is an in-memory Clerk: one instance behind the real HTTP
// API under /v1, for tests, for trying a configuration, and for the demo. A
// client that works against it sends what Clerk's contract documents and
// copes with what Clerk documents to answer: shapes, validation errors and
// codes, limits with 429 and Retry-After, quotas, the last administrator,
// 8 KB of metadata. It knows no client and no sync; nothing in it gives way
// to them.
//
// # What it does not pretend
//
// Sessions, sign-in, mail, webhooks, billing, domains, enterprise connections,
// directories (but for the marks that they leave on users and memberships),
// logos, and every other path answer 404. Passwords and second factors are
// accepted and dropped. Error messages are its own; go by codes. Where Clerk
// documents nothing, it picks one way and says so at the code: an unknown role
// is a 404 that names the parameter role, a bulk of invitations is all or
// nothing, filters of different kinds all have to hold, an address filter
// finds unverified holders too, requests that name no version get the newest.
// Deleting or banning the last administrator's user is allowed.
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
//	  "invitations": [{"organization_id": "org_acme", "email_address": "cy@corp.example", "role": "org:admin"}]
//	}
//
// Everything but version may be missing. Without roles there are org:admin
// and org:member, without role_sets one of all roles, without a role org:member.
// Names default to slug or key, times to 2024-01-01 plus a millisecond a row,
// ids of memberships and invitations are generated, max_allowed_memberships 0
// or none is no limit. The instance's id is made of those of the organizations
// and users, so that another seed is another instance. A user's "email" is one verified address; an address
// given as a string is verified. Only addresses that are neither verified nor
// reserved may be on two users. "managed_by_scim" on users and memberships is
// a directory's; "exclusive_membership" on the instance or an organization
// lets its people belong to no other. Times are Unix milliseconds.
// Snapshot returns the same format, sorted.
//
// # Faults
//
// A fault (see Fault) chooses requests and says what goes wrong:
//
//	{"kind": "GET /organizations/{organization_id}/memberships", "query": {"offset": "1000"}, "status": 503}
//	{"method": "POST", "from": 3, "times": 1, "drop_after_effect": true}
//	{"share": 0.05, "seed": 7, "status": 503}
//	{"path": "/organizations/org_acme/*", "status": 429, "retry_after": 3, "body": "<html>busy</html>"}
//	{"method": "GET", "from": 2, "times": 1, "list": {"shift": 1}}
//
// # Control surface
//
// Under /_sandbox, for callers on the same machine, without key and limits;
// answers are JSON, errors {"error": "…"} with status 400:
//
//	GET    requests[?kind=K][&writes=true]   the journal; DELETE forgets it
//	GET    stats                             sums of the journal
//	GET    state                             Snapshot; PUT replaces all by a seed
//	GET    faults                            PUT replaces, POST adds one or an array, DELETE clears
//	POST   clock                             {"offset": "10m"}: time and Date header move
//	POST   users                             a user as in a seed; answers {"id"}
//	PATCH  users/ID                          {"banned", "locked", "deprovisioned", "managed_by_scim": bool}
//	DELETE users/ID
//	POST   users/ID/emails                   {"email_address", "status", "reserved", "primary"}
//	DELETE users/ID/emails/ADDRESS
//	POST   users/ID/emails/ADDRESS/verify
//	POST   users/ID/emails/ADDRESS/change    {"to": "new@corp.example"}
//	PUT    memberships                       a membership as in a seed, made or replaced by hand
//	DELETE memberships/ORG_ID/USER_ID
//	POST   invitations/ID/accept             {"user_id"} or nothing; answers {"user_id"}
//
// Every lever is a method of Server too.
package sandbox
