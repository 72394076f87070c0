// Package accounts are the calls that concern what an account can still do after
// its memberships have ended: its sessions and its API keys.
//
// It imports the packages arguments, calls, pages and wire below
// clerkapi/internal, and nothing else of rollcall: package clerkapi gives it a
// sender. No secret of a key is ever decoded.
//
// Read sessions.go and apikeys.go, then list.go: how a short list is read whole.
package accounts
