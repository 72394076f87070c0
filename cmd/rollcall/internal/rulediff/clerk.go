package rulediff

import (
	"context"
	"fmt"
	"maps"
	"slices"
	stdsync "sync"

	"rollcall/clerkapi"
	"rollcall/sync"
)

// shared answers the second run with what the first one has read. It gives copies: a run
// may sort and release what it is given.
type shared struct {
	sync.Clerk
	mu      stdsync.Mutex
	answers map[string]any
	asked   map[string]bool // names of organizations
	found   map[string]clerkapi.Organization
	members map[string]clerkapi.OrganizationListing
}

func newShared(clerk sync.Clerk) *shared {
	return &shared{Clerk: clerk, answers: map[string]any{}, asked: map[string]bool{}, found: map[string]clerkapi.Organization{}, members: map[string]clerkapi.OrganizationListing{}}
}

// once asks Clerk the first time. An error is not kept: the second run asks again.
func once[T any](s *shared, question string, ask func() (T, error)) (T, error) {
	s.mu.Lock()
	known, ok := s.answers[question]
	s.mu.Unlock()
	if ok {
		return known.(T), nil //nolint:errcheck,forcetypeassert // each question has one type
	}
	answer, err := ask()
	if err == nil {
		s.mu.Lock()
		s.answers[question] = answer
		s.mu.Unlock()
	}
	return answer, err
}

// list is once for an answer that is a list.
func list[T any](s *shared, question string, ask func() ([]T, error)) ([]T, error) {
	answer, err := once(s, question, ask)
	return slices.Clone(answer), err
}

// FindOrganizations finds the organizations that were not asked for yet.
func (s *shared) FindOrganizations(ctx context.Context, names []string) (map[string]clerkapi.Organization, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return s.asked[name] })
	found := map[string]clerkapi.Organization{}
	var err error
	if len(missing) > 0 {
		found, err = s.Clerk.FindOrganizations(ctx, missing)
	}
	if err == nil {
		for _, name := range missing {
			s.asked[name] = true
		}
		maps.Copy(s.found, found)
	}
	out := maps.Clone(found)
	for _, name := range names {
		if o, ok := s.found[name]; ok {
			out[name] = o
		}
	}
	return out, err
}

// Roles lists the roles.
func (s *shared) Roles(ctx context.Context) ([]clerkapi.Role, error) {
	return list(s, "roles", func() ([]clerkapi.Role, error) { return s.Clerk.Roles(ctx) })
}

// RoleSets lists the role sets.
func (s *shared) RoleSets(ctx context.Context) ([]clerkapi.RoleSet, error) {
	return list(s, "role sets", func() ([]clerkapi.RoleSet, error) { return s.Clerk.RoleSets(ctx) })
}

// ListMemberships lists the organizations that were not listed yet.
func (s *shared) ListMemberships(ctx context.Context, organizations []clerkapi.Organization) (*clerkapi.Listing, error) {
	s.mu.Lock()
	known := maps.Clone(s.members)
	s.mu.Unlock()
	missing := slices.DeleteFunc(slices.Clone(organizations), func(o clerkapi.Organization) bool {
		listing, ok := known[o.ID]
		return ok && listing.Err == nil
	})
	out := &clerkapi.Listing{Strategy: clerkapi.PerOrganization, Organizations: map[string]clerkapi.OrganizationListing{}}
	if len(missing) > 0 {
		listing, err := s.Clerk.ListMemberships(ctx, missing)
		if err != nil {
			return nil, err
		}
		s.keep(listing)
		out.Strategy, out.Others = listing.Strategy, listing.Others
		maps.Copy(known, listing.Organizations)
	}
	for _, o := range organizations {
		listing := known[o.ID]
		out.Organizations[o.ID] = clerkapi.OrganizationListing{Memberships: slices.Clone(listing.Memberships), Err: listing.Err}
	}
	if len(missing) < len(organizations) {
		out.Strategy, out.Others = clerkapi.PerOrganization, nil // of another set; ListOthers asks
	}
	return out, nil
}

// keep keeps copies of what was listed.
func (s *shared) keep(listing *clerkapi.Listing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, o := range listing.Organizations {
		s.members[id] = clerkapi.OrganizationListing{Memberships: slices.Clone(o.Memberships), Err: o.Err}
	}
}

// PendingInvitations lists the pending invitations.
func (s *shared) PendingInvitations(ctx context.Context) ([]clerkapi.Invitation, error) {
	return list(s, "invitations", func() ([]clerkapi.Invitation, error) { return s.Clerk.PendingInvitations(ctx) })
}

// Users looks users up.
func (s *shared) Users(ctx context.Context, q clerkapi.UserQuery) ([]clerkapi.User, error) {
	return list(s, fmt.Sprintf("users %q", q), func() ([]clerkapi.User, error) { return s.Clerk.Users(ctx, q) })
}

// AllUsers lists the users.
func (s *shared) AllUsers(ctx context.Context) ([]clerkapi.User, error) {
	return list(s, "all users", func() ([]clerkapi.User, error) { return s.Clerk.AllUsers(ctx) })
}

// UsersCount counts the users.
func (s *shared) UsersCount(ctx context.Context) (int, error) {
	return once(s, "count", func() (int, error) { return s.Clerk.UsersCount(ctx) })
}

// MembershipsOfUser lists the memberships of a user.
func (s *shared) MembershipsOfUser(ctx context.Context, user string) ([]clerkapi.Membership, error) {
	return list(s, "memberships of "+user, func() ([]clerkapi.Membership, error) { return s.Clerk.MembershipsOfUser(ctx, user) })
}

// Seats are those that a subscription pays for.
func (s *shared) Seats(ctx context.Context, organization string) (clerkapi.Seats, error) {
	return once(s, "seats of "+organization, func() (clerkapi.Seats, error) { return s.Clerk.Seats(ctx, organization) })
}

// Instance is the instance of the key.
func (s *shared) Instance(ctx context.Context) (clerkapi.Instance, error) {
	return once(s, "instance", func() (clerkapi.Instance, error) { return s.Clerk.Instance(ctx) })
}
