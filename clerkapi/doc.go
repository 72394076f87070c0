// Package clerkapi is a typed client of the Clerk Backend API for the calls
// that rollcall makes. It is no general client: a call, a filter or a field
// that rollcall does not need is left out.
//
// The client refuses to
//   - return a part of a list: a listing is whole or an error (S09, S16);
//   - send more requests than the budget in any window, as the server sees it;
//   - send the key to another host than the configured one, to send it without
//     https, or to follow a redirect (S38);
//   - repeat an invitation or a new user whose first answer was lost;
//   - send arguments that Clerk's contract does not allow;
//   - show keys, bodies or e-mail addresses in errors and logs, or to read the
//     secret of an API key.
//
// Its inner packages are calls (what a call is), enroll and accounts (calls that
// [Client] has too: who else makes members, and what accounts can do), limit (when
// a request may be sent), network (the proxy and the authorities), transport (one
// request and its answer), secret (values that nothing shows), wire (how Clerk
// writes its objects), fastjson (the scanner of wire) and pages (how a list is read
// whole while others change it).
// It imports them, zap (a line for each retry, and at debug for each request)
// and backoff (delays between retries), and nothing else of rollcall. Package
// clerkapi/sandbox does not import it: the two meet in tests only.
//
// Read the files in this order:
//   - client.go: how a [Client] is made, and the calls that it is composed of;
//     config.go: the key, the URL and the share of the rate limit;
//   - do.go: the sender and the steps of every call; response.go: what an answer
//     means; retry.go: what is sent again; errors.go: what an error means;
//   - memberships.go: what the calls look like; organizations.go, users.go,
//     usermemberships.go, standing.go, invitations.go, roles.go, seats.go and
//     instance.go are the same for other objects, types.go and aliases.go hold what
//     they return, and package arguments checks what they are given;
//   - rows.go: how far a list is; listing.go: which of two ways to list
//     memberships is cheaper; refusal.go: whether Clerk refuses the key or one
//     organization.
package clerkapi
