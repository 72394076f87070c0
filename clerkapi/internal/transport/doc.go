// Package transport carries one request to Clerk and its answer back. It owns the
// connections, the headers and the key, which it sends to one host only and never
// after a redirect (S38). What an answer means, and whether a request is sent
// again, is not known here.
//
// It imports clerkapi/internal/limit for how many connections are kept and
// clerkapi/internal/wire to clean what headers say, and nothing else of rollcall.
//
// Read transport.go (the client and a request), then header.go and errors.go
// (what an answer says beside its body, and what its absence means).
package transport
