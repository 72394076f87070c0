package fake

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
)

// FindOrganizations finds organizations by slug or id.
func (f *Clerk) FindOrganizations(_ context.Context, names []string) (map[string]clerkapi.Organization, error) {
	f.read("organizations")
	out, unread := map[string]clerkapi.Organization{}, map[string]error{}
	for _, o := range f.Organizations {
		for _, n := range names {
			if n != o.Slug && n != o.ID {
				continue
			}
			if err := f.fault("organization " + o.ID + " " + n); err != nil {
				unread[n] = err
			} else {
				o.Members = len(f.Members[o.ID])
				out[n] = o
			}
		}
	}
	if len(unread) > 0 {
		return out, &clerkapi.NamesError{ByName: unread}
	}
	return out, f.fault("organizations * *")
}

// ClockOffset is what the story says of Clerk's clock.
func (f *Clerk) ClockOffset() (time.Duration, bool) { return f.Clock, true }

// Instance is the instance that answers.
func (f *Clerk) Instance(context.Context) (clerkapi.Instance, error) {
	f.read("instance")
	return clerkapi.Instance{ID: "ins_fake"}, f.fault("instance * *")
}

// Roles are those of the instance.
func (f *Clerk) Roles(context.Context) ([]clerkapi.Role, error) {
	f.read("roles")
	return f.RoleList, f.fault("roles * *")
}

// RoleSets are those of the instance.
func (f *Clerk) RoleSets(context.Context) ([]clerkapi.RoleSet, error) {
	f.read("sets")
	return f.Sets, f.fault("sets * *")
}

func refuse(f *Clerk, organization string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Refused[organization] = true
}

// ListMemberships lists organization by organization, without those that are
// left out.
func (f *Clerk) ListMemberships(_ context.Context, organizations []clerkapi.Organization) (*clerkapi.Listing, error) {
	f.read("memberships")
	out := &clerkapi.Listing{Strategy: clerkapi.PerOrganization, Organizations: map[string]clerkapi.OrganizationListing{}}
	for _, o := range organizations {
		if errors.Is(f.Unlisted[o.ID], ErrLeftOut) {
			continue
		}
		listing := clerkapi.OrganizationListing{Err: f.Unlisted[o.ID]}
		if listing.Err != nil {
			refuse(f, o.ID)
		} else {
			listing.Memberships = slices.Clone(f.Members[o.ID])
			for i := range listing.Memberships {
				switch m := &listing.Memberships[i]; {
				case f.Nameless[m.UserID]:
					m.UserID, m.Identifier, m.FirstName, m.LastName = "", "", "", ""
				case !o.NeedIDs:
					m.ID = ""
				}
			}
		}
		out.Organizations[o.ID] = listing
	}
	if f.Wide {
		out.Others = maps.Clone(f.Members)
		for _, o := range organizations {
			delete(out.Others, o.ID)
		}
	}
	return out, f.fault("memberships * *")
}

// ListOthers lists the members of all organizations. A page is never full.
func (f *Clerk) ListOthers(_ context.Context, seen int, _ bool) (map[string][]clerkapi.Membership, error) {
	f.read("instance-wide")
	total := 0
	for _, members := range f.Members {
		total += len(members)
	}
	if err := f.fault("instance-wide * *"); err != nil || total <= seen {
		return nil, err
	}
	return maps.Clone(f.Members), nil
}

// ErrLeftOut is for organizations that cannot be listed: one with it is left out
// of the listing altogether.
var ErrLeftOut = errors.New("left out")

// Users finds users by id, address or external id.
func (f *Clerk) Users(_ context.Context, q clerkapi.UserQuery) ([]clerkapi.User, error) {
	kind, values := "users by id", q.IDs
	switch {
	case len(q.Emails) > 0:
		kind, values = "users by address", q.Emails
	case len(q.ExternalIDs) > 0:
		kind, values = "users by external id", q.ExternalIDs
	}
	f.read(kind)
	wanted := map[string]bool{}
	for _, v := range values {
		wanted[v] = true
	}
	var out []clerkapi.User
	for _, u := range f.Accounts {
		hit := len(q.IDs) > 0 && wanted[u.ID] || len(q.ExternalIDs) > 0 && wanted[u.ExternalID]
		for _, e := range u.Emails {
			folded, err := source.FoldEmail(e.Address)
			hit = hit || len(q.Emails) > 0 && err == nil && wanted[folded]
		}
		if hit {
			out = append(out, u)
		}
	}
	return out, f.fault(strings.ReplaceAll(kind, " ", "_") + " * *")
}

// MembershipsOfUser shows the memberships of unlisted organizations too, as Clerk
// does.
func (f *Clerk) MembershipsOfUser(_ context.Context, user string) ([]clerkapi.Membership, error) {
	f.read("memberships of a user")
	if f.account(user).ID == "" {
		return nil, &clerkapi.Error{Status: 404, Code: "resource_not_found", Attempts: 1}
	}
	var out []clerkapi.Membership
	for _, o := range f.Organizations {
		if m := f.Find(o.ID, user); m != nil && f.Forgets != user {
			out = append(out, *m)
		}
	}
	return out, f.fault("memberships_of * " + user)
}

// PendingInvitations are those that a test has set.
func (f *Clerk) PendingInvitations(context.Context) ([]clerkapi.Invitation, error) {
	return f.Pending, f.fault("pending * *")
}

// AllUsers are all users of the instance.
func (f *Clerk) AllUsers(context.Context) ([]clerkapi.User, error) {
	f.read("all users")
	return slices.Clone(f.Accounts), f.fault("all users")
}

// UsersCount is their number.
func (f *Clerk) UsersCount(context.Context) (int, error) {
	f.read("count users")
	return len(f.Accounts), f.fault("count users")
}
