package sandbox

import (
	"fmt"
	"slices"
)

// SetGroup replaces the members of a directory's group, as happens at the identity
// provider. Clerk learns of it with the next sync; but what a mapping gives is
// resolved from the groups as they are.
func (s *store) SetGroup(directoryID, groupID string, members []string) error {
	return s.changeDirectory(directoryID, func(st *state, d *Directory, _ int64) error {
		g := d.group(groupID)
		if g == nil {
			return fmt.Errorf("change group %s of %s: there is no such group", groupID, directoryID)
		}
		ids := make([]string, len(members))
		for i, name := range members {
			u := st.userNamed(name)
			if u == nil {
				return fmt.Errorf("change group %s of %s: there is no user %s", groupID, directoryID, name)
			}
			ids[i] = u.ID
		}
		g.Members = ids
		return nil
	})
}

// DirectoryFlags are the switches of a directory; nil leaves one as it is.
type DirectoryFlags struct {
	Enabled   *bool `json:"enabled,omitempty"`
	MapsRoles *bool `json:"group_role_mapping_enabled,omitempty"`
}

// SetDirectory sets the switches of a directory.
func (s *store) SetDirectory(directoryID string, f DirectoryFlags) error {
	return s.changeDirectory(directoryID, func(_ *state, d *Directory, _ int64) error {
		if f.Enabled != nil {
			d.Enabled = *f.Enabled
		}
		if f.MapsRoles != nil {
			d.MapsRoles = *f.MapsRoles
		}
		return nil
	})
}

// Synced is what a sync of a directory changed: ids of users.
type Synced struct {
	Added         []string `json:"added"`
	Roles         []string `json:"roles"`
	Deprovisioned []string `json:"deprovisioned"`
}

// SyncDirectory lets a directory's sync run. Users whom the last sync found in a
// group and who are in none now are deprovisioned: their sessions end, and their
// memberships stay, marked so. Everybody in a group is provisioned, and if a mapping
// gives them a role in the organization of the directory's connection, they get
// that membership and that role, whatever somebody has set by hand.
func (s *store) SyncDirectory(directoryID string) (Synced, error) {
	out := Synced{Added: []string{}, Roles: []string{}, Deprovisioned: []string{}}
	err := s.changeDirectory(directoryID, func(st *state, d *Directory, now int64) error {
		if !d.Enabled {
			return fmt.Errorf("sync directory %s: it is disabled", directoryID)
		}
		people := d.people()
		for _, id := range d.Provisioned {
			if u := st.userByID[id]; u != nil && !slices.Contains(people, id) {
				u.Deprovisioned, u.UpdatedAt = true, now
				u.endSessions(now)
				out.Deprovisioned = append(out.Deprovisioned, id)
			}
		}
		for _, id := range people {
			if u := st.userByID[id]; u != nil {
				u.Deprovisioned, u.SCIM = false, true
				d.provision(st, u, now, &out)
			}
		}
		d.Provisioned = people
		return nil
	})
	return out, err
}

// provision resolves the membership and the role of a user anew.
func (d *Directory) provision(s *state, u *user, now int64, out *Synced) {
	o := d.organization(s)
	if o == nil || !d.MapsRoles {
		return
	}
	r := d.mappedRole(o, u)
	m := s.member(o, u)
	switch {
	case r == nil:
	case m == nil:
		s.addMembership(&membership{org: o, user: u, role: r, public: emptyObject, private: emptyObject, created: now, updated: now})
		out.Added = append(out.Added, u.ID)
	case m.role != r:
		m.role, m.updated = r, now
		out.Roles = append(out.Roles, u.ID)
	}
}

func (s *store) changeDirectory(id string, change func(st *state, d *Directory, now int64) error) error {
	return s.change(func(st *state, now int64) error {
		d := st.directory(id)
		if d == nil {
			return fmt.Errorf("change directory %s: there is no such directory", id)
		}
		d.UpdatedAt = now
		return change(st, d, now)
	})
}
