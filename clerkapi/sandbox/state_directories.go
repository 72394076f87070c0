package sandbox

import (
	"cmp"
	"slices"
)

// enrollment is what makes members besides the API.
type enrollment struct {
	domains     []Domain     // nothing changes them
	connections []Connection // nor these
	directories []*Directory
}

func loadDirectories(s *state, seed *Seed) error {
	mappings := 0
	for i := range seed.Directories {
		d := seed.Directories[i].clone()
		d.ID = cmp.Or(d.ID, makeID("dir_", int64(i+1)))
		d.Name, d.Provider = cmp.Or(d.Name, d.ID), cmp.Or(d.Provider, "scim")
		d.CreatedAt, d.UpdatedAt = withDefaultTimes(d.CreatedAt, d.UpdatedAt, i)
		for n := range d.Groups {
			d.Groups[n].Name = cmp.Or(d.Groups[n].Name, d.Groups[n].ID)
		}
		for n := range d.Mappings {
			m := &d.Mappings[n]
			mappings++
			m.ID, m.Precedence = cmp.Or(m.ID, makeID("dirmap_", int64(mappings))), cmp.Or(m.Precedence, n+1)
			m.CreatedAt, m.UpdatedAt = withDefaultTimes(m.CreatedAt, m.UpdatedAt, mappings)
		}
		slices.SortStableFunc(d.Mappings, func(a, b GroupRoleMapping) int { return cmp.Compare(a.Precedence, b.Precedence) })
		if d.Provisioned == nil {
			d.Provisioned = d.people()
		}
		s.directories = append(s.directories, &d)
	}
	return nil
}

func (d *Directory) clone() Directory {
	c := *d
	c.Groups, c.Mappings = slices.Clone(d.Groups), slices.Clone(d.Mappings)
	c.Provisioned = slices.Clone(d.Provisioned)
	return c
}

// people are the users in the groups of a directory, sorted.
func (d *Directory) people() []string {
	all := []string{}
	for _, g := range d.Groups {
		all = append(all, g.Members...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (d *Directory) group(id string) *DirectoryGroup {
	for i := range d.Groups {
		if d.Groups[i].ID == id {
			return &d.Groups[i]
		}
	}
	return nil
}

func (s *enrollment) directory(id string) *Directory {
	for _, d := range s.directories {
		if d.ID == id {
			return d
		}
	}
	return nil
}

func (s *enrollment) connection(id string) *Connection {
	for i := range s.connections {
		if s.connections[i].ID == id {
			return &s.connections[i]
		}
	}
	return nil
}

// organization is the organization whose members a directory provisions: that
// of its enterprise connection, or nil.
func (d *Directory) organization(s *state) *organization {
	if n := s.connection(d.ConnectionID); n != nil {
		return s.orgByID[n.OrganizationID]
	}
	return nil
}

// mappedRole is the role that the mappings of a directory give a user in an
// organization, or nil. It manages the role of that membership. Clerk documents
// that such a role is resolved anew with each sync; that a change by API gets 409
// in between follows from its error catalogue.
func (s *state) mappedRole(o *organization, u *user) *role {
	for _, d := range s.directories {
		if d.Enabled && d.MapsRoles && d.organization(s) == o {
			if r := d.mappedRole(o, u); r != nil {
				return r
			}
		}
	}
	return nil
}

// mappedRole is the role of the first mapping whose group has the user. The
// mappings are in their precedence.
func (d *Directory) mappedRole(o *organization, u *user) *role {
	for _, m := range d.Mappings {
		if g := d.group(m.GroupID); g != nil && slices.Contains(g.Members, u.ID) && o.role(m.Role) != nil {
			return o.role(m.Role)
		}
	}
	return nil
}
