package enroll

import (
	"context"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/limit"
	"rollcall/clerkapi/internal/wire"
)

// Calls are the calls of this package.
type Calls struct{ Sender calls.Sender }

// enquiry says that no change waits for these calls, whatever Clerk answers (S39).
var enquiry = limit.Key{Route: limit.Enquiries}

const (
	directoriesPath = "/directories"
	mappingsPath    = directoriesPath + "/{directory_id}/group_role_mappings"
)

// Directories lists the directories of Clerk's own directory sync, whole or an
// error (GET /directories). They provision the people of an enterprise
// connection. An instance without the feature answers 403, which says nothing
// about the secret key: do not take it for a refused key.
func (c *Calls) Directories(ctx context.Context) ([]Directory, error) {
	l := &calls.Pager[wire.Directory, Directory]{
		What: "directories", Path: directoriesPath, Limits: enquiry, // Clerk takes no order here
		ID: func(d *Directory) string { return d.ID },
		Convert: func(rows []wire.Directory) ([]Directory, error) {
			return calls.Rows(rows, func(w *wire.Directory) Directory { return Directory(*w) }), nil
		},
	}
	return l.All(ctx, c.Sender)
}

// GroupRoleMappings lists the mappings of a directory in their precedence, the
// strongest first, whole or an error (GET
// /directories/{directory_id}/group_role_mappings). If the directory does not
// exist, the answer is a 404. Clerk gives all mappings in one answer.
func (c *Calls) GroupRoleMappings(ctx context.Context, directory string) ([]GroupRoleMapping, error) {
	if err := arguments.Of("GroupRoleMappings").ID("directory", directory).Err(); err != nil {
		return nil, err
	}
	var out wire.Page[wire.GroupRoleMapping]
	err := c.Sender.Do(ctx, &calls.Call{Method: "GET", Path: mappingsPath, Args: []string{directory}, Out: &out, Repeat: calls.Always, Limits: enquiry})
	if err != nil {
		return nil, err
	}
	if len(out.Data) != int(*out.Total) {
		return nil, &calls.IncompleteError{What: "the group role mappings of " + directory, Got: len(out.Data), Want: int(*out.Total)}
	}
	return calls.Rows(out.Data, mappingOf), nil
}

// Directory is a directory of Clerk's own directory sync.
type Directory struct {
	ID       string
	Name     string
	Provider string
	// ConnectionID is the enterprise connection whose people it provisions; empty
	// if there is none.
	ConnectionID string
	// Enabled says that the directory provisions people now.
	Enabled bool
	// MapsRoles says that its group role mappings are in force.
	MapsRoles bool
}

// GroupRoleMapping gives the members of a group of a directory a role in the
// organization of the directory's connection.
type GroupRoleMapping struct {
	ID        string
	GroupID   string // as the identity provider calls it
	GroupName string
	// Role is the key, such as org:admin; empty if Clerk left it out.
	Role string
	// Precedence begins at 1. For a member of several groups the lowest wins.
	Precedence int
}

func mappingOf(w *wire.GroupRoleMapping) GroupRoleMapping {
	return GroupRoleMapping{ID: w.ID, GroupID: w.GroupID, GroupName: w.GroupName, Role: w.Role.Key, Precedence: w.Precedence}
}
