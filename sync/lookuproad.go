package sync

import (
	"context"

	"go.uber.org/zap"

	"rollcall/clerkapi"
)

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

// listUsers reads all users when that is cheaper than so many batches; not ok
// is the other road. A list that cannot be read, or does not add up, is no
// reason to end the run: the batches do without it.
func (r *Reconciler) listUsers(ctx context.Context, st *state, batches int) (all []clerkapi.User, ok bool, err error) {
	if !worthAsking(batches, 0) || !worthAsking(batches, st.users()) {
		return nil, false, nil
	}
	n, err := r.clerk.UsersCount(ctx)
	if err == nil && clerkapi.AllUsersRequests(n) >= batches {
		return nil, false, nil
	}
	if err == nil {
		all, err = r.clerk.AllUsers(ctx)
	}
	switch {
	case err == nil:
		return all, true, nil
	case ctx.Err() != nil || clerkapi.StopsRun(err):
		return nil, false, err
	}
	r.log.Warn("list of all users failed, looking people up in batches", zap.Error(err))
	return nil, false, nil
}

// users counts the different users who are members.
func (st *state) users() int {
	seen := map[string]struct{}{}
	for _, o := range st.organizations {
		for i := range o.members {
			seen[o.members[i].UserID] = struct{}{}
		}
	}
	return len(seen)
}
