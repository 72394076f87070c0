package recent

import (
	"context"
	"errors"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
)

// mostAccounts is how many accounts may be one person's before everything is read.
const mostAccounts = 4

// accounts are those that may be the person's, as Clerk shows them in this run.
type accounts struct {
	users map[string]*clerkapi.User
	// memberships are by user; there is an entry for each account that may be the person's.
	memberships map[string][]clerkapi.Membership
	// emails and externals are the values that were looked up.
	emails, externals map[string]bool
}

// ReadAgain reports whether the account was read in this run, with its memberships.
func (r *Reader) ReadAgain(user string) bool {
	if r.fresh == nil {
		return false
	}
	_, ok := r.fresh.memberships[user]
	return ok
}

// IsPerson reports whether one of the addresses is the person's.
func (r *Reader) IsPerson(addresses []string) bool {
	return r.person != nil && slices.ContainsFunc(addresses, func(e string) bool { return slices.Contains(r.person.addresses, e) })
}

// kept are the memberships of a user in the lists of earlier runs.
func (r *Reader) kept(user string) []clerkapi.Membership {
	r.listing.mu.Lock()
	defer r.listing.mu.Unlock()
	var out []clerkapi.Membership
	for _, o := range r.listing.organizations {
		if m, ok := o.members[user]; ok {
			out = append(out, m)
		}
	}
	return out
}

// ListMemberships lists organizations. For one person, it lists only those whose earlier
// lists do not serve.
func (r *Reader) ListMemberships(ctx context.Context, organizations []clerkapi.Organization) (*clerkapi.Listing, error) {
	if r.person == nil {
		return r.list(ctx, organizations)
	}
	served, rest, err := r.serve(ctx, organizations)
	if err != nil {
		return nil, err
	}
	r.scope.Kept, r.scope.Listed = len(served), len(rest)
	if len(rest) == 0 {
		return &clerkapi.Listing{Strategy: clerkapi.PerOrganization, Organizations: served}, nil
	}
	listing, err := r.list(ctx, rest)
	if err == nil {
		maps.Copy(listing.Organizations, served)
	}
	return listing, err
}

// list lists organizations, and keeps their lists.
func (r *Reader) list(ctx context.Context, organizations []clerkapi.Organization) (*clerkapi.Listing, error) {
	at := r.now()
	listing, err := r.Clerk.ListMemberships(ctx, organizations)
	if err == nil {
		r.listing.keep(listing.Organizations, at)
	}
	return listing, err
}

// serve takes from earlier lists the organizations for which they are good enough, with
// the memberships that the person has now. The rest has to be listed.
func (r *Reader) serve(ctx context.Context, organizations []clerkapi.Organization) (map[string]clerkapi.OrganizationListing, []clerkapi.Organization, error) {
	served := map[string]clerkapi.OrganizationListing{}
	var rest, young []clerkapi.Organization
	for i := range organizations {
		if r.isYoung(organizations[i].ID) {
			young = append(young, organizations[i])
			continue
		}
		rest = append(rest, organizations[i])
		r.because(OldListing)
	}
	if len(young) == 0 {
		return served, rest, nil
	}
	if why, err := r.readAccounts(ctx, young); err != nil {
		return nil, nil, err
	} else if why != "" {
		r.because(why)
		return served, organizations, nil
	}
	for i := range young {
		rows, ok := r.overlay(&young[i])
		if ok {
			served[young[i].ID] = clerkapi.OrganizationListing{Memberships: rows}
			continue
		}
		rest = append(rest, young[i])
		r.because(ChangedListing)
	}
	return served, rest, nil
}

func (r *Reader) because(why Reason) {
	if r.scope.Because == "" {
		r.scope.Because = why
	}
}

func (r *Reader) isYoung(id string) bool {
	r.listing.mu.Lock()
	defer r.listing.mu.Unlock()
	o := r.listing.organizations[id]
	return o != nil && isFresh(o.at, r.now())
}

// overlay is the list of an organization with the memberships that were read again. It is
// not ok if Clerk counts another number of members (S16).
func (r *Reader) overlay(o *clerkapi.Organization) ([]clerkapi.Membership, bool) {
	r.listing.mu.Lock()
	defer r.listing.mu.Unlock()
	list := r.listing.organizations[o.ID]
	for user, now := range r.fresh.memberships {
		delete(list.members, user)
		for _, m := range now {
			if m.OrganizationID == o.ID {
				list.put(m)
			}
		}
	}
	if list.size() != o.Members {
		return nil, false
	}
	return slices.AppendSeq(slices.Clone(list.nameless), maps.Values(list.members)), true
}

// readAccounts reads the accounts that may be the person's, and their memberships.
func (r *Reader) readAccounts(ctx context.Context, young []clerkapi.Organization) (Reason, error) {
	a := &accounts{users: map[string]*clerkapi.User{}, memberships: map[string][]clerkapi.Membership{}, emails: map[string]bool{}, externals: map[string]bool{}}
	err := r.findAccounts(ctx, a, young)
	if err == nil && r.person.byAccount != nil { // now it is known whose the account may be
		r.person.byAccount(a)
		err = r.findAccounts(ctx, a, young)
	}
	switch {
	case errors.Is(err, errManyAccounts):
		return ManyAccounts, nil
	case err == nil:
		err = a.readMemberships(ctx, r.Clerk)
	}
	if ctx.Err() != nil || clerkapi.StopsRun(err) {
		return "", errors.Join(ctx.Err(), err)
	}
	if err == nil {
		r.fresh = a
		return "", nil
	}
	return UnreadAccount, nil // the run reads everything instead
}

// errManyAccounts says that more accounts may be the person's than are read one by one.
var errManyAccounts = &WholeError{ManyAccounts}

// findAccounts finds the accounts that may be the person's.
func (r *Reader) findAccounts(ctx context.Context, a *accounts, young []clerkapi.Organization) error {
	marked := r.markedAccounts(young)
	if len(marked) > mostAccounts {
		return errManyAccounts
	}
	if err := a.lookUp(ctx, r.Clerk, r.person, marked); err != nil {
		return err
	}
	for _, user := range marked {
		a.memberships[user] = nil
	}
	for user := range a.users {
		a.memberships[user] = nil
	}
	if len(a.memberships) > mostAccounts {
		return errManyAccounts
	}
	return nil
}

// markedAccounts are the accounts that may be the person's by a marker, and those that are
// known otherwise. The identifier that Clerk shows proves nothing, and an address is looked
// up.
func (r *Reader) markedAccounts(young []clerkapi.Organization) []string {
	r.listing.mu.Lock()
	defer r.listing.mu.Unlock()
	found := slices.Clone(r.person.users)
	for i := range young {
		for user, m := range r.listing.organizations[young[i].ID].members {
			if r.person.means(&m) {
				found = append(found, user)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// lookUp reads the accounts by address, by external id and by user id.
func (a *accounts) lookUp(ctx context.Context, clerk Clerk, p *person, ids []string) error {
	queries := []clerkapi.UserQuery{{Emails: p.addresses}, {ExternalIDs: p.externalIDs}, {IDs: ids}}
	found := make([][]clerkapi.User, len(queries))
	group, ctx := errgroup.WithContext(ctx)
	for i, q := range queries {
		if len(q.Emails)+len(q.ExternalIDs)+len(q.IDs) == 0 {
			continue
		}
		group.Go(func() (err error) {
			found[i], err = clerk.Users(ctx, q)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, users := range found {
		for i := range users {
			a.users[users[i].ID] = &users[i]
		}
	}
	for _, email := range p.addresses {
		a.emails[email] = true
	}
	for _, id := range p.externalIDs {
		a.externals[id] = true
	}
	return nil
}

// errNoMetadata is that of memberships whose private metadata are not in the answer: they
// are unknown, and so is whose they are.
var errNoMetadata = errors.New("the answer has no private metadata")

// readMemberships reads the memberships of all accounts.
func (a *accounts) readMemberships(ctx context.Context, clerk Clerk) error {
	users := slices.Sorted(maps.Keys(a.memberships))
	lists := make([][]clerkapi.Membership, len(users))
	group, ctx := errgroup.WithContext(ctx)
	for i, user := range users {
		group.Go(func() (err error) {
			lists[i], err = clerk.MembershipsOfUser(ctx, user)
			if err == nil && slices.ContainsFunc(lists[i], func(m clerkapi.Membership) bool { return len(m.Private) == 0 }) {
				err = errNoMetadata
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, user := range users {
		a.memberships[user] = lists[i]
	}
	return nil
}

// MembershipsOfUser lists the memberships of a user; those that were read for the person
// are not read again.
func (r *Reader) MembershipsOfUser(ctx context.Context, user string) ([]clerkapi.Membership, error) {
	if r.ReadAgain(user) {
		return slices.Clone(r.fresh.memberships[user]), nil
	}
	return r.Clerk.MembershipsOfUser(ctx, user)
}
