package clerkapi

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync/atomic"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/pages"
	"rollcall/clerkapi/internal/wire"
)

const (
	organizationsPath = "/organizations"
	organizationPath  = organizationsPath + "/{organization_id}"
	withCounts        = "include_members_count"
)

// organizations are the calls that concern organizations.
type organizations struct {
	sender *sender
	size   *instanceSize
	// read are organizations that FindOrganizations has read, if it missed a name.
	read atomic.Pointer[[]Organization]
}

// ReadOrganizations are those that the last [Client.FindOrganizations] has read beside
// the ones that it was asked for, if no organization has one of the names. In a large
// instance they are a part of it. They cost no request: they show how a name was meant.
func (c *organizations) ReadOrganizations() []Organization {
	if rows := c.read.Load(); rows != nil {
		return *rows
	}
	return nil
}

// Organizations lists all organizations of the instance with their member
// counts, whole or an error.
func (c *organizations) Organizations(ctx context.Context) ([]Organization, error) {
	rows, err := organizationList().All(ctx, c.sender)
	if err != nil {
		return nil, err
	}
	c.rememberSize(rows)
	return rows, nil
}

// Organization reads one organization by id or slug, with its member count. If
// no organization has the name, the error is [ErrNotFound].
func (c *organizations) Organization(ctx context.Context, name string) (Organization, error) {
	if err := arguments.Of("Organization").ID("name", name).Err(); err != nil {
		return Organization{}, err
	}
	var out wire.Organization
	err := c.sender.Do(ctx, &calls.Call{
		Method: "GET", Path: organizationPath, Args: []string{name}, Out: &out, Repeat: calls.Always,
		Query: url.Values{withCounts: {"true"}},
	})
	return organizationOf(&out), err
}

// FindRequests is the least number of requests of [Client.FindOrganizations] in
// an instance of that many organizations, when missing of the names are not on
// the first page. It counts that page, and the cheaper of two ways: the other
// pages, or one request for each missing name.
func FindRequests(organizations, missing int) int {
	return 1 + min(pages.Count(organizations)-1, missing)
}

// FindOrganizations finds organizations by their exact slugs or org_ ids (S22).
// A name that no organization has is absent from the result. Member counts are
// filled in. If some names could not be asked for, the error is a [*NamesError]
// and the result has the others (S40). It costs [FindRequests].
func (c *organizations) FindOrganizations(ctx context.Context, names []string) (map[string]Organization, error) {
	asked := len(names)
	names = slices.DeleteFunc(slices.Clone(names), impossibleName)
	impossible := asked - len(names)
	c.read.Store(nil)
	if len(names) == 0 {
		return map[string]Organization{}, nil
	}
	l := organizationList()
	first, err := l.List(c.sender).First(ctx)
	if err != nil {
		return nil, err
	}
	found, missing := findByName(first.Items, names)
	c.rememberSize(first.Items)
	c.keepRead(first.Items, impossible+len(missing))
	c.sender.CountLeast(l.Kind(), 1)
	if len(missing) < pages.Count(first.Total)-1 || len(missing) == 0 && first.Total > PageLimit {
		return found, c.findOneByOne(ctx, missing, found)
	}
	rows, err := l.List(c.sender).AllFrom(ctx, first)
	if err != nil {
		return nil, err
	}
	c.rememberSize(rows)
	c.sender.CountLeast(l.Kind(), pages.Count(len(rows))-1)
	found, missing = findByName(rows, names)
	c.keepRead(rows, impossible+len(missing))
	return found, nil
}

// keepRead keeps the organizations that were read, if names are missing among them.
func (c *organizations) keepRead(rows []Organization, missing int) {
	c.read.Store(nil)
	if missing > 0 {
		c.read.Store(&rows)
	}
}

// impossibleName reports names that cannot be a slug or id, and are therefore
// absent without a request. They are no error: names come from patterns over a
// directory, and one odd group must not stop the other organizations.
func impossibleName(name string) bool {
	return arguments.Of("").ID("name", name).Err() != nil
}

// findByName finds the names among the organizations, exactly as they are
// spelled.
func findByName(rows []Organization, names []string) (found map[string]Organization, missing []string) {
	byName := make(map[string]Organization, 2*len(rows))
	for _, o := range rows {
		if o.Slug != "" {
			byName[o.Slug] = o
		}
		byName[o.ID] = o
	}
	found = map[string]Organization{}
	seen := map[string]bool{}
	for _, name := range names {
		if o, ok := byName[name]; ok {
			found[name] = o
		} else if !seen[name] {
			missing = append(missing, name)
		}
		seen[name] = true
	}
	return found, missing
}

// findOneByOne asks for every name. Clerk may find another organization than the
// exact name, or none.
func (c *organizations) findOneByOne(ctx context.Context, names []string, found map[string]Organization) error {
	slots, faults := make([]Organization, len(names)), make([]error, len(names))
	refusal := newRefusal(c.sender)
	err := pages.Parallel(ctx, len(names), func(ctx context.Context, i int) error {
		o, err := c.Organization(ctx, names[i])
		switch {
		case errors.Is(err, ErrNotFound):
			return nil
		case err != nil && refusal.endsAll(ctx, err):
			return err
		}
		slots[i], faults[i] = o, err
		return nil
	})
	if err != nil {
		return err
	}
	unread := map[string]error{}
	for i, name := range names {
		if o := slots[i]; faults[i] != nil {
			unread[name] = faults[i]
		} else if o.ID == name || o.Slug == name {
			found[name] = o
		}
	}
	if len(unread) > 0 {
		return &NamesError{unread}
	}
	return nil
}

// rememberSize keeps the size of the instance, by the member counts of a list of
// organizations.
func (c *organizations) rememberSize(rows []Organization) {
	members := 0
	for i := range rows {
		members += max(0, rows[i].Members)
	}
	c.size.Store(int64(members))
}

func organizationList() *calls.Pager[wire.Organization, Organization] {
	return &calls.Pager[wire.Organization, Organization]{
		What: "organizations", Path: organizationsPath, Order: calls.OldestFirst,
		Query: url.Values{withCounts: {"true"}},
		ID:    func(o *Organization) string { return o.ID },
		Convert: func(rows []wire.Organization) ([]Organization, error) {
			return calls.Rows(rows, organizationOf), nil
		},
	}
}

func organizationOf(w *wire.Organization) Organization {
	members := -1
	if w.Members != nil {
		members = *w.Members
	}
	return Organization{
		ID: w.ID, Slug: w.Slug, Name: w.Name, Members: members,
		PendingInvitations: w.Pending, MaxMembers: w.Max, RoleSet: w.RoleSet,
	}
}
