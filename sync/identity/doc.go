// Package identity decides which person is which Clerk user.
//
// A person is joined to a user by the first of these that finds one (S01): the
// marker that rollcall wrote into the private metadata of a membership, the
// external_id, a verified address (S03). The marker costs no request, because it
// comes with the list of members. Everybody else is looked up in full batches
// before a membership may be called undesired (S04). Where ids contradict each
// other (S02), or several people match one user (S06), nobody concerned changes.
//
// The package imports directory for the people, roster for the members and their
// markers, assign for the people that the rules want, memory for people who move
// between organizations and for decisions on changed ids, policy for the
// configuration, and plan for ids, markers and notes. It is the first package in
// which people and Clerk meet.
//
// Read resolve.go first: [Resolver.Resolve] and the joins by marker and by
// identifier. lookup.go joins by external_id and by address. users.go holds the
// users that were read, and cheapest.go chooses between batches and the whole
// list. refused.go is about values that Clerk refuses to look up. unlisted.go, claims.go
// and movers.go cover what a list alone cannot show: organizations without a list, users
// that several people match, and markers that moved. reserved.go is about users whose address is only reserved. entitlements.go and
// decisions.go collect what the rules and the access reviews say of each organization.
// exceptions.go joins the accounts that grants name, and takes the entitlements of those
// whom a deny keeps out.
package identity
