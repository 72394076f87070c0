package recent

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
)

// A run looks up everybody without a known account, and most of them had none an hour
// ago. A run for one person does not look those up again. It looks up the person, whoever
// may have an address of the person's accounts, and everybody whom no run has looked up.

// mostLookUps is how many values a run for one person looks up for others.
const mostLookUps = 300

// Users looks users up.
func (r *Reader) Users(ctx context.Context, q clerkapi.UserQuery) ([]clerkapi.User, error) {
	if r.fresh == nil {
		at := r.now()
		found, err := r.Clerk.Users(ctx, q)
		if err == nil {
			r.listing.noteAbsent(q, found, at)
		}
		return found, err
	}
	known, rest := r.fresh.answer(q)
	rest = clerkapi.UserQuery{IDs: rest.IDs, Usernames: rest.Usernames,
		Emails: r.withoutAbsent(rest.Emails), ExternalIDs: r.withoutAbsent(rest.ExternalIDs)}
	n := len(rest.IDs) + len(rest.Usernames) + len(rest.Emails) + len(rest.ExternalIDs)
	switch {
	case n > mostLookUps:
		return nil, &WholeError{ManyLookUps}
	case n == 0:
		return known, nil
	}
	found, err := r.Clerk.Users(ctx, rest)
	return append(known, found...), err
}

// UsersCount counts the users. A run for one person never lists all of them, so it says
// that there are too many.
func (r *Reader) UsersCount(ctx context.Context) (int, error) {
	if r.fresh != nil {
		return math.MaxInt32, nil
	}
	return r.Clerk.UsersCount(ctx)
}

// AllUsers lists the users. Whoever is not among them has no account.
func (r *Reader) AllUsers(ctx context.Context) ([]clerkapi.User, error) {
	at := r.now()
	all, err := r.Clerk.AllUsers(ctx)
	if err == nil && len(all) <= r.listing.limit() {
		values := valuesOf(all)
		r.listing.mu.Lock()
		defer r.listing.mu.Unlock()
		r.listing.present, r.listing.presentAt = values, at
	}
	return all, err
}

// wasAbsent reports whether no account had a value lately.
func (l *Listing) wasAbsent(v string, now time.Time) bool {
	at, absent := l.absent[v]
	return absent && isFresh(at, now) || l.present != nil && !l.present[v] && isFresh(l.presentAt, now)
}

// answer answers what was read for the person already; the rest has to be looked up.
func (a *accounts) answer(q clerkapi.UserQuery) (known []clerkapi.User, rest clerkapi.UserQuery) {
	seen := map[string]bool{}
	add := func(u *clerkapi.User) {
		if !seen[u.ID] {
			seen[u.ID] = true
			known = append(known, *u)
		}
	}
	rest.Usernames = q.Usernames
	for _, id := range q.IDs {
		if u := a.users[id]; u != nil {
			add(u)
			continue
		}
		rest.IDs = append(rest.IDs, id)
	}
	rest.Emails = slices.DeleteFunc(slices.Clone(q.Emails), func(e string) bool { return a.emails[e] })
	rest.ExternalIDs = slices.DeleteFunc(slices.Clone(q.ExternalIDs), func(id string) bool { return a.externals[id] })
	for _, u := range a.users {
		if slices.ContainsFunc(addressesOf(u), func(e string) bool { return a.emails[e] && slices.Contains(q.Emails, e) }) ||
			a.externals[u.ExternalID] && slices.Contains(q.ExternalIDs, u.ExternalID) {
			add(u)
		}
	}
	slices.SortFunc(known, func(x, y clerkapi.User) int { return cmp.Compare(x.ID, y.ID) })
	return known, rest
}

// withoutAbsent leaves out the values that no account had lately, unless one of the
// person's accounts has them now.
func (r *Reader) withoutAbsent(values []string) []string {
	now := r.fresh.values()
	r.listing.mu.Lock()
	defer r.listing.mu.Unlock()
	return slices.DeleteFunc(values, func(v string) bool { return r.listing.wasAbsent(v, r.now()) && !now[v] })
}

// noteAbsent keeps which values of a query no account has, and forgets those that one has.
func (l *Listing) noteAbsent(q clerkapi.UserQuery, found []clerkapi.User, at time.Time) {
	present := valuesOf(found)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.absent == nil {
		l.absent = map[string]time.Time{}
	}
	if l.present != nil {
		maps.Copy(l.present, present)
	}
	for _, v := range slices.Concat(q.Emails, q.ExternalIDs) {
		if delete(l.absent, v); !present[v] && len(l.absent) < l.limit() {
			l.absent[v] = at
		}
	}
}

// valuesOf are the external ids and the folded addresses of users.
func valuesOf(users []clerkapi.User) map[string]bool {
	out := make(map[string]bool, 2*len(users))
	for i := range users {
		out[users[i].ExternalID] = true
		for _, e := range addressesOf(&users[i]) {
			out[e] = true
		}
	}
	return out
}

// values are the external ids and the folded addresses of the accounts.
func (a *accounts) values() map[string]bool {
	out := map[string]bool{}
	for _, u := range a.users {
		maps.Copy(out, valuesOf([]clerkapi.User{*u}))
	}
	return out
}

// addressesOf are the addresses of a user, verified or not, folded.
func addressesOf(u *clerkapi.User) []string {
	var out []string
	for _, e := range u.Emails {
		if folded, err := source.FoldEmail(e.Address); err == nil {
			out = append(out, folded)
		}
	}
	return out
}
