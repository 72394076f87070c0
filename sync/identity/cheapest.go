package identity

import (
	"rollcall/clerkapi"
)

// LookUpRequests is the least number of requests that finds the users of the
// queries. The instance has so many users, and so many of them are members
// already. Either full batches are sent or, when that takes fewer requests,
// all users are listed by pages. Listing needs the number of users first. That
// request is sent only when listing can be cheaper: an instance has at least
// the users that are members.
//
//	batches:   Σ ⌈values/100⌉, by external_id and by address
//	all users: 1 + ⌊users/500⌋ + 2, see [clerkapi.AllUsersRequests]
func LookUpRequests(members, users int, queries ...clerkapi.UserQuery) int {
	batches := batchRequests(queries)
	if !listingMayBeCheaper(batches, members) {
		return batches
	}
	return 1 + min(batches, clerkapi.AllUsersRequests(users))
}

func batchRequests(queries []clerkapi.UserQuery) int {
	n := 0
	for _, q := range queries {
		n += clerkapi.UserRequests(q)
	}
	return n
}

// listingMayBeCheaper reports whether listing all users could be cheaper.
func listingMayBeCheaper(batches, members int) bool {
	return batches > 1+clerkapi.AllUsersRequests(members)
}
