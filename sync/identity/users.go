package identity

import (
	"context"
	"fmt"
	"slices"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// UserIndex holds the Clerk users that a run has read.
type UserIndex struct {
	Users map[string]*clerkapi.User
	// ByExternal and ByEmail are users by external_id and by the addresses that
	// they have verified (S03).
	ByExternal, ByEmail map[string][]*clerkapi.User
	// Unproven holds the addresses that a user has and has not verified (S03).
	Unproven map[string]bool
	// Reserved are the users for which a backend has reserved an address, by address.
	Reserved map[string]string

	clerk  Clerk
	log    *zap.Logger
	have   *roster.Roster
	looked *plan.Meter // of the users that are looked up
}

// NewUserIndex makes an index without users. Users that are banned are noted in
// the roster too.
func NewUserIndex(clerk Clerk, log *zap.Logger, have *roster.Roster) UserIndex {
	return UserIndex{Users: map[string]*clerkapi.User{}, ByExternal: map[string][]*clerkapi.User{}, ByEmail: map[string][]*clerkapi.User{},
		Unproven: map[string]bool{}, Reserved: map[string]string{}, clerk: clerk, log: log, have: have}
}

// Load reads the users with these ids, as far as the run has not read them yet,
// and keeps them in Users. The purpose begins the error when they cannot be read.
func (x *UserIndex) Load(ctx context.Context, ids []string, purpose string) error {
	ids = slices.DeleteFunc(policy.Unique(slices.Clone(ids)), func(id string) bool { return x.Users[id] != nil })
	if _, err := x.Find(ctx, clerkapi.UserQuery{IDs: ids}); err != nil {
		return fmt.Errorf("%s: %w", purpose, err)
	}
	return nil
}

// Find reads the users that a query matches, and keeps them in Users.
func (x *UserIndex) Find(ctx context.Context, q clerkapi.UserQuery) ([]clerkapi.User, error) {
	users, err := x.read(ctx, q)
	if err != nil {
		return nil, err
	}
	x.Index(users)
	return users, nil
}

// read sends a query, unless it asks for nobody.
func (x *UserIndex) read(ctx context.Context, q clerkapi.UserQuery) ([]clerkapi.User, error) {
	if len(q.IDs)+len(q.ExternalIDs)+len(q.Emails) == 0 {
		return nil, nil
	}
	x.looked.Expect(len(q.IDs) + len(q.ExternalIDs) + len(q.Emails))
	return x.clerk.Users(clerkapi.WithRows(ctx, x.looked.Add), q)
}

// Index files users by id, by external_id and by their verified addresses (S03).
func (x *UserIndex) Index(users []clerkapi.User) {
	for i := range users {
		u := &users[i]
		if x.Users[u.ID] != nil {
			continue
		}
		x.Users[u.ID] = u
		if u.Banned || u.Deprovisioned {
			x.have.Banned[u.ID] = true
		}
		if u.ExternalID != "" {
			x.ByExternal[u.ExternalID] = append(x.ByExternal[u.ExternalID], u)
		}
		for _, email := range roster.VerifiedAddresses(u) {
			x.ByEmail[email] = append(x.ByEmail[email], u)
		}
		for _, e := range u.Emails {
			if folded, err := source.FoldEmail(e.Address); err == nil && !e.Verified {
				x.Unproven[folded] = true
				if e.Reserved {
					x.Reserved[folded] = u.ID
				}
			}
		}
	}
}

// LoadAll reads all users of the instance when that takes fewer requests than
// so many batches, and reports whether it did. A list that cannot be read does
// not end the run: the caller then reads the batches.
func (x *UserIndex) LoadAll(ctx context.Context, batches int) (loaded bool, err error) {
	if !listingMayBeCheaper(batches, 0) || !listingMayBeCheaper(batches, x.have.CountUsers()) {
		return false, nil
	}
	n, err := x.clerk.UsersCount(ctx)
	if err == nil && clerkapi.AllUsersRequests(n) >= batches {
		return false, nil
	}
	var all []clerkapi.User
	if err == nil {
		x.looked.Expect(n)
		all, err = x.clerk.AllUsers(clerkapi.WithRows(ctx, x.looked.Add))
	}
	switch {
	case err == nil:
		x.Index(all)
		return true, nil
	case ctx.Err() != nil || clerkapi.StopsRun(err):
		return false, err
	}
	x.log.Warn("listing all accounts failed; looking people up in batches", zap.Error(err))
	return false, nil
}

// holders are the users that have verified one of the person's addresses.
func (x *UserIndex) holders(p *directory.Person) []*clerkapi.User {
	var out []*clerkapi.User
	for _, email := range p.Addresses() {
		for _, u := range x.ByEmail[email] {
			if !slices.Contains(out, u) {
				out = append(out, u)
			}
		}
	}
	return out
}
