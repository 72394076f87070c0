package sandbox

import (
	"net/http"
)

// registerLife adds the actions of people and directories.
func (c control) registerLife(mux *http.ServeMux) {
	s := c.Server
	for pattern, run := range map[string]action{
		"POST /_sandbox/sign-in": func(r *http.Request) (any, error) {
			in, err := decodeBody[SignIn](r)
			if err != nil {
				return nil, err
			}
			return s.SignIn(in)
		},
		"POST /_sandbox/state": func(r *http.Request) (any, error) {
			rows, err := readSeed(r.Body)
			if err != nil {
				return nil, err
			}
			return nil, s.Add(rows)
		},
		"GET /_sandbox/users/{user}":             func(r *http.Request) (any, error) { return s.Person(c.userID(r)) },
		"POST /_sandbox/invitations":             c.addInvitation,
		"DELETE /_sandbox/users/{user}/sessions": func(r *http.Request) (any, error) { return nil, s.EndSessions(c.userID(r)) },
		"POST /_sandbox/users/{user}/api_keys":   c.addKey,
		"PATCH /_sandbox/memberships/{organization}/{user}": func(r *http.Request) (any, error) {
			in, err := decodeBody[struct {
				Role string `json:"role"`
			}](r)
			if err != nil {
				return nil, err
			}
			return nil, s.SetRole(c.organizationID(r), c.userID(r), in.Role)
		},
		"PATCH /_sandbox/directories/{directory}": func(r *http.Request) (any, error) {
			f, err := decodeBody[DirectoryFlags](r)
			if err == nil && f == (DirectoryFlags{}) {
				err = errNothingToChange
			}
			if err != nil {
				return nil, err
			}
			return nil, s.SetDirectory(r.PathValue("directory"), f)
		},
		"PUT /_sandbox/directories/{directory}/groups/{group}": c.putGroup,
		"POST /_sandbox/directories/{directory}/sync": func(r *http.Request) (any, error) {
			return s.SyncDirectory(r.PathValue("directory"))
		},
		"PUT /_sandbox/role_sets/{set}/migration": c.putMigration,
		"DELETE /_sandbox/role_sets/{set}/migration": func(r *http.Request) (any, error) {
			return nil, s.SetRoleMigration(r.PathValue("set"), nil)
		},
	} {
		mux.HandleFunc(pattern, localOnly(run))
	}
}

func (c control) addInvitation(r *http.Request) (any, error) {
	in, err := decodeBody[struct {
		Organization string `json:"organization"`
		Email        string `json:"email_address"`
		Role         string `json:"role"`
	}](r)
	if err != nil {
		return nil, err
	}
	id, err := c.Invite(in.Organization, in.Email, in.Role)
	return map[string]string{"id": id}, err
}

func (c control) addKey(r *http.Request) (any, error) {
	k, err := decodeBody[APIKey](r)
	if err != nil {
		return nil, err
	}
	k.Subject = c.userID(r)
	id, err := c.AddAPIKey(k)
	return map[string]string{"id": id}, err
}

func (c control) putGroup(r *http.Request) (any, error) {
	in, err := decodeBody[struct {
		Members []string `json:"members"`
	}](r)
	if err != nil {
		return nil, err
	}
	return nil, c.SetGroup(r.PathValue("directory"), r.PathValue("group"), in.Members)
}

func (c control) putMigration(r *http.Request) (any, error) {
	m, err := decodeBody[RoleMigration](r)
	if err != nil {
		return nil, err
	}
	return nil, c.SetRoleMigration(r.PathValue("set"), &m)
}

// userID is the id of the user in the path, who may be named by an address. What
// names nobody stays as it is: the action refuses it.
func (c control) userID(r *http.Request) string {
	name := r.PathValue("user")
	c.store.mu.RLock()
	defer c.store.mu.RUnlock()
	if u := c.state.userNamed(name); u != nil {
		return u.ID
	}
	return name
}

// organizationID is the id of the organization in the path, which may be named by
// its slug.
func (c control) organizationID(r *http.Request) string {
	name := r.PathValue("organization")
	c.store.mu.RLock()
	defer c.store.mu.RUnlock()
	if o := organizationNamed(c.state, name); o != nil {
		return o.ID
	}
	return name
}

// pendingInvitationID is the id of the invitation in the path, which may be named by its
// address while it is the only one that is pending there.
func (c control) pendingInvitationID(r *http.Request) string {
	name := r.PathValue("invitation")
	now := c.store.now().UnixMilli()
	c.store.mu.RLock()
	defer c.store.mu.RUnlock()
	if i := invitationNamed(c.state, name, now); i != nil {
		return i.ID
	}
	return name
}
