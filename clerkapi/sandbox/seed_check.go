package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Check finds every problem of the seed (*SeedError), or returns nil.
func (s *Seed) Check() error {
	c := &checker{
		users: make(map[string]bool, len(s.Users)), orgs: make(map[string]*Organization, len(s.Organizations)),
		sets: map[string][]string{}, held: make(map[string]string, len(s.Users)),
		names: map[string]string{}, links: map[string]bool{}, members: make(map[[2]string]bool, len(s.Memberships)),
		externalIDs: make(map[string]int, len(s.Users)), usernames: map[string]int{},
	}
	if s.Version != SeedVersion {
		c.note("version", fmt.Sprintf("must be %d", SeedVersion))
	}
	c.instance(s.Instance)
	c.roles(s)
	each(s.Users, c.user)
	each(s.Organizations, c.organization)
	each(s.Memberships, c.membership)
	each(s.Invitations, c.invitation)
	each(s.Domains, c.domain)
	each(s.Connections, c.connection)
	each(s.Directories, c.directory)
	each(s.Sessions, c.session)
	each(s.APIKeys, c.apiKey)
	c.migrations(s.RoleSets)
	if len(c.problems) > 0 {
		return &SeedError{c.problems}
	}
	return nil
}

// each calls a check with every row and its number.
func each[T any](rows []T, check func(i int, row *T)) {
	for i := range rows {
		check(i, &rows[i])
	}
}

// checker keeps the values of earlier rows, to find repeated values and
// references to missing rows.
type checker struct {
	problems []string
	users    map[string]bool
	orgs     map[string]*Organization
	sets     map[string][]string // role set to role keys; "" is the initial one
	roleKeys []string
	held     map[string]string // address to the user who holds it for good
	names    map[string]string // other unique values, by kind and value
	links    map[string]bool   // ids of enterprise connections
	members  map[[2]string]bool
	// The index of the first user with the value.
	externalIDs, usernames map[string]int
}

func (c *checker) note(path, what string) { c.problems = append(c.problems, path+": "+what) }

// id checks a required id; optionalID allows an empty one.
func (c *checker) id(path, id, prefix string) {
	rest, ok := strings.CutPrefix(id, prefix)
	if !ok || rest == "" || strings.Trim(rest, idLetters) != "" {
		c.note(path, fmt.Sprintf("must be %s followed by letters, digits, _ or -", prefix))
	}
}

const idLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

func (c *checker) optionalID(path, id, prefix string) {
	if id != "" {
		c.id(path, id, prefix)
		c.noteRepeat(path, "id", id)
	}
}

// noteRepeat notes a value that an earlier row has already.
func (c *checker) noteRepeat(path, kind, value string) {
	if value == "" {
		return
	}
	key := kind + "\x00" + value
	if earlier, ok := c.names[key]; ok {
		c.note(path, "is the same as "+earlier)
		return
	}
	c.names[key] = path
}

func (c *checker) instance(in Instance) {
	if in.Environment != "" && in.Environment != "production" && in.Environment != "development" {
		c.note("instance.environment_type", "must be production or development")
	}
	if in.MaxUsers < 0 {
		c.note("instance.max_allowed_users", "must not be negative")
	}
	if in.MaxMemberships != nil && *in.MaxMemberships < 0 {
		c.note("instance.max_allowed_memberships", "must not be negative")
	}
}

func (c *checker) roles(s *Seed) {
	roles := s.Roles
	if len(roles) == 0 {
		roles = defaultRoles()
	}
	for i, r := range roles {
		path := fmt.Sprintf("roles[%d]", i)
		if !strings.HasPrefix(r.Key, "org:") {
			c.note(path+".key", "must begin with org:")
		}
		c.noteRepeat(path+".key", "role", r.Key)
		c.optionalID(path+".id", r.ID, "role_")
		c.roleKeys = append(c.roleKeys, r.Key)
	}
	if len(s.RoleSets) == 0 {
		c.sets[""] = c.roleKeys
		c.sets[defaultSet(roles).Key] = c.roleKeys
	}
	for i, set := range s.RoleSets {
		c.roleSet(fmt.Sprintf("role_sets[%d]", i), set)
	}
}

func (c *checker) roleSet(path string, set RoleSet) {
	if !strings.HasPrefix(set.Key, "role_set:") {
		c.note(path+".key", "must begin with role_set:")
	}
	c.noteRepeat(path+".key", "role set", set.Key)
	c.optionalID(path+".id", set.ID, "roleset_")
	if set.Type != "" && set.Type != "initial" && set.Type != "custom" {
		c.note(path+".type", "must be initial or custom")
	}
	if len(set.Roles) == 0 {
		c.note(path+".roles", "must name a role")
	}
	for i, key := range set.Roles {
		if !slices.Contains(c.roleKeys, key) {
			c.note(fmt.Sprintf("%s.roles[%d]", path, i), "there is no role "+key)
		}
	}
	for _, named := range [][2]string{{"default_role", set.DefaultRole}, {"creator_role", set.CreatorRole}} {
		if named[1] != "" && !slices.Contains(set.Roles, named[1]) {
			c.note(path+"."+named[0], "is not one of the set's roles")
		}
	}
	c.sets[set.Key] = set.Roles
	if c.sets[""] == nil || set.Type == "initial" {
		c.sets[""] = set.Roles
	}
}

func (c *checker) metadata(path string, fields map[string]json.RawMessage) {
	for _, name := range []string{"public_metadata", "private_metadata", "unsafe_metadata"} {
		raw, err := canonical(fields[name])
		if err != nil {
			c.note(path+"."+name, "must be an object")
		} else if len(raw) > maxMetadata {
			c.note(path+"."+name, fmt.Sprintf("is longer than %d bytes", maxMetadata))
		}
	}
}

// bothMetadata checks the metadata of rows that mostly have none, without a map
// for each of a million rows.
func (c *checker) bothMetadata(path func() string, public, private json.RawMessage) {
	if public != nil || private != nil {
		c.metadata(path(), map[string]json.RawMessage{"public_metadata": public, "private_metadata": private})
	}
}
