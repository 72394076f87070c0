package sync

import "rollcall/clerkapi"

// LookUpRequests is the least number of requests that finds the users of the
// queries in an instance of so many users, of whom so many are members
// already: full batches, or, when that is cheaper, the list of all users by
// pages. That road costs a question for their number first, which is asked
// only when it can pay: an instance has at least the users who are members.
//
//	batches:   Σ ⌈values/100⌉, by external_id and by address
//	all users: 1 + ⌊users/500⌋ + 2, see [clerkapi.AllUsersRequests]
func LookUpRequests(members, users int, queries ...clerkapi.UserQuery) int {
	batches := batchRequests(queries)
	if !worthAsking(batches, members) {
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

// worthAsking reports whether listing all users could be cheaper.
func worthAsking(batches, members int) bool {
	return batches > 1+clerkapi.AllUsersRequests(members)
}
