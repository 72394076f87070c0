package clerkapi

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
)

const (
	organizationsPath = "/organizations"
	organizationPath  = organizationsPath + "/{organization_id}"
	withCounts        = "include_members_count"
)

// Organizations lists all organizations of the instance with their member
// counts, whole or an error.
func (c *Client) Organizations(ctx context.Context) ([]Organization, error) {
	rows, err := organizationList().whole(ctx, c)
	if err != nil {
		return nil, err
	}
	c.remember(rows)
	return rows, nil
}

// Organization reads one organization by id or slug, with its member count.
// Nobody bearing the name is [ErrNotFound].
func (c *Client) Organization(ctx context.Context, name string) (Organization, error) {
	if err := checking("Organization").id("name", name).err(); err != nil {
		return Organization{}, err
	}
	var out wireOrganization
	err := c.do(ctx, &call{
		method: "GET", path: organizationPath, args: []string{name}, out: &out, repeat: always,
		query: url.Values{withCounts: {"true"}},
	})
	return out.organization(), err
}

// FindRequests is the least number of requests of [Client.FindOrganizations]
// in an instance of that many organizations, when so many of the names are
// not on the first page: that page, and then the cheaper of the other pages
// and one request for each name.
func FindRequests(organizations, missing int) int {
	return 1 + min(Pages(organizations)-1, missing)
}

// FindOrganizations answers names, slugs or org_ ids, with the organizations
// that bear exactly that name (S22); a name that nobody bears is absent.
// Member counts are filled in. It costs [FindRequests].
func (c *Client) FindOrganizations(ctx context.Context, names []string) (map[string]Organization, error) {
	names = slices.DeleteFunc(slices.Clone(names), impossibleName)
	if len(names) == 0 {
		return map[string]Organization{}, nil
	}
	l := organizationList()
	first, err := l.first(ctx, c)
	if err != nil {
		return nil, err
	}
	found, missing := pick(first.Items, names)
	c.remember(first.Items)
	c.expect(l.kind(), 1)
	if len(missing) < Pages(first.Total)-1 || len(missing) == 0 && first.Total > PageLimit {
		return found, c.findEach(ctx, missing, found)
	}
	rows, err := l.wholeFrom(ctx, c, first)
	if err != nil {
		return nil, err
	}
	c.remember(rows)
	c.expect(l.kind(), Pages(len(rows))-1)
	found, _ = pick(rows, names)
	return found, nil
}

// impossibleName reports what cannot be a slug or id, so that it is absent and
// nobody need ask. It is no error: names come from patterns over a directory,
// and one odd group must not stop the other organizations.
func impossibleName(name string) bool {
	return checking("").id("name", name).err() != nil
}

// pick finds the names among the organizations, exactly as they are spelled.
func pick(rows []Organization, names []string) (found map[string]Organization, missing []string) {
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

// findEach asks for every name. Clerk may find more than the exact name, or
// nothing.
func (c *Client) findEach(ctx context.Context, names []string, found map[string]Organization) error {
	slots := make([]Organization, len(names))
	err := together(ctx, len(names), func(ctx context.Context, i int) error {
		o, err := c.Organization(ctx, names[i])
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		slots[i] = o
		return err
	})
	if err != nil {
		return err
	}
	for i, name := range names {
		if o := slots[i]; o.ID == name || o.Slug == name {
			found[name] = o
		}
	}
	return nil
}

// remember keeps what a list of organizations says about the size of the instance.
func (c *Client) remember(rows []Organization) {
	members := 0
	for i := range rows {
		members += max(0, rows[i].Members)
	}
	c.known.Store(int64(members))
}

func organizationList() *pager[wireOrganization, Organization] {
	return &pager[wireOrganization, Organization]{
		what: "organizations", path: organizationsPath, order: byAge,
		query: url.Values{withCounts: {"true"}},
		id:    func(o *Organization) string { return o.ID },
		convert: func(rows []wireOrganization) ([]Organization, error) {
			return convert(rows, (*wireOrganization).organization), nil
		},
	}
}

func convert[W, T any](rows []W, one func(*W) T) []T {
	items := make([]T, len(rows))
	for i := range rows {
		items[i] = one(&rows[i])
	}
	return items
}

type wireOrganization struct {
	ID      string `json:"id"`
	Slug    string `json:"slug"`
	Name    string `json:"name"`
	Members *int   `json:"members_count"`
	Pending int    `json:"pending_invitations_count"`
	Max     int    `json:"max_allowed_memberships"`
	RoleSet string `json:"role_set_key"`
}

func (w *wireOrganization) check() error {
	if !strings.HasPrefix(w.ID, organizationID) {
		return errors.New("an organization lacks its id")
	}
	return nil
}

func (w *wireOrganization) organization() Organization {
	members := -1
	if w.Members != nil {
		members = *w.Members
	}
	return Organization{
		ID: w.ID, Slug: w.Slug, Name: w.Name, Members: members,
		PendingInvitations: w.Pending, MaxMembers: w.Max, RoleSet: w.RoleSet,
	}
}
