package export

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/source"
	"rollcall/sync/policy"
)

// Export is all memberships, as rows of a file.
type Export struct {
	rows []row
	// public and private are the metadata keys that have columns.
	public, private []string
	// Organizations counts those that have members.
	Organizations int
	// LeftOut says which memberships, and which metadata keys, no file can say;
	// under removals: none nothing happens to them.
	LeftOut []string
	// marked says that some memberships carry a marker of the usual owner.
	marked bool
}

// row is one membership.
type row struct {
	organization, email, role, userID, name string
	public, private                         map[string]any
}

// Rows counts the memberships.
func (x *Export) Rows() int { return len(x.rows) }

// Read reads all memberships of the instance, whole or an error. Metadata are
// exported by choice: from then on the file has them.
func Read(ctx context.Context, clerk *clerkapi.Client, metadata bool) (*Export, error) {
	organizations, err := clerk.Organizations(ctx)
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	listing, err := clerk.ListMemberships(ctx, organizations)
	if err != nil {
		return nil, fmt.Errorf("list memberships: %w", err)
	}
	users, err := read(ctx, clerk, listing)
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	slices.SortFunc(organizations, func(a, b clerkapi.Organization) int {
		return cmp.Or(cmp.Compare(a.Slug, b.Slug), cmp.Compare(a.ID, b.ID))
	})
	x := &Export{}
	for _, o := range organizations {
		one := listing.Organizations[o.ID]
		if one.Err != nil {
			return nil, fmt.Errorf("list members of %s: %w", cmp.Or(o.Slug, o.ID), one.Err)
		}
		x.add(cmp.Or(o.Slug, o.ID), one.Memberships, users)
	}
	if metadata {
		x.choose()
	}
	return x, nil
}

// read reads the users of the memberships, by the listing that needs fewer requests.
func read(ctx context.Context, clerk *clerkapi.Client, listing *clerkapi.Listing) (map[string]*clerkapi.User, error) {
	q := clerkapi.UserQuery{}
	for _, o := range listing.Organizations {
		for i := range o.Memberships {
			if user := o.Memberships[i].UserID; user != "" {
				q.IDs = append(q.IDs, user)
			}
		}
	}
	slices.Sort(q.IDs)
	q.IDs = slices.Compact(q.IDs)
	if len(q.IDs) == 0 {
		return nil, nil
	}
	n, err := clerk.UsersCount(ctx)
	if err != nil {
		return nil, err
	}
	var users []clerkapi.User
	if clerkapi.AllUsersRequests(n) < clerkapi.UserRequests(q) {
		users, err = clerk.AllUsers(ctx)
	} else {
		users, err = clerk.Users(ctx, q)
	}
	byID := make(map[string]*clerkapi.User, len(users))
	for i := range users {
		byID[users[i].ID] = &users[i]
	}
	return byID, err
}

// add makes rows of an organization's members, sorted by address.
func (x *Export) add(organization string, members []clerkapi.Membership, users map[string]*clerkapi.User) {
	begin := len(x.rows)
	for i := range members {
		m := &members[i]
		if m.UserID == "" {
			x.LeftOut = append(x.LeftOut, fmt.Sprintf("membership %s in %s: Clerk does not say whose it is", m.ID, organization))
			continue
		}
		email, why := address(users[m.UserID], m.Identifier)
		if why != "" {
			x.LeftOut = append(x.LeftOut, fmt.Sprintf("%s in %s: %s", m.UserID, organization, why))
			continue
		}
		r := row{organization: organization, email: email, role: m.Role, userID: m.UserID,
			name: strings.TrimSpace(m.FirstName + " " + m.LastName), public: object(m.Public), private: object(m.Private)}
		if marker, _ := r.private["rollcall"].(map[string]any); marker["owner"] == policy.DefaultConfig().Owner {
			x.marked = true
		}
		x.rows = append(x.rows, r)
	}
	slices.SortFunc(x.rows[begin:], func(a, b row) int { return cmp.Or(cmp.Compare(a.email, b.email), cmp.Compare(a.userID, b.userID)) })
	if len(x.rows) > begin {
		x.Organizations++
	}
}

// address is the verified address that joins the user again (S03): the one
// that Clerk shows, where that is one. The text says why there is none.
func address(u *clerkapi.User, shown string) (email, why string) {
	if u == nil {
		return "", "the account cannot be read"
	}
	var verified []string
	for _, e := range u.Emails {
		folded, err := source.FoldEmail(e.Address)
		if err == nil && e.Verified && !escape.Formula(folded) {
			verified = append(verified, folded)
		}
	}
	if len(verified) == 0 {
		return "", "has no verified address that can be written to the file"
	}
	if folded, err := source.FoldEmail(shown); err == nil && slices.Contains(verified, folded) {
		return folded, ""
	}
	return verified[0], ""
}
