package sandbox

import (
	"fmt"
	"sync"
	"time"
)

// store holds the instance of a server and its lock. Its methods, here and in the
// actions_*.go files, are what happens to an instance outside the API.
type store struct {
	mu          sync.RWMutex // guards state
	state       *state
	environment string // of instances whose seed names none
	now         func() time.Time
}

// change runs a change under the lock.
func (s *store) change(change func(st *state, now int64) error) error {
	now := s.now().UnixMilli()
	s.mu.Lock()
	defer s.mu.Unlock()
	return change(s.state, now)
}

// changeUser runs a change of one user.
func (s *store) changeUser(id string, change func(st *state, u *user) error) error {
	return s.change(func(st *state, now int64) error {
		u := st.userByID[id]
		if u == nil {
			return fmt.Errorf("change user %s: there is no such user", id)
		}
		u.UpdatedAt = now
		return change(st, u)
	})
}

// Add adds the rows of a seed to those that the instance holds, which they may
// refer to. The instance and its settings stay.
func (s *store) Add(rows *Seed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	seed := snapshot(s.state)
	seed.Version = rows.Version
	seed.Roles, seed.RoleSets = append(seed.Roles, rows.Roles...), append(seed.RoleSets, rows.RoleSets...)
	seed.Users, seed.Organizations = append(seed.Users, rows.Users...), append(seed.Organizations, rows.Organizations...)
	seed.Memberships, seed.Invitations = append(seed.Memberships, rows.Memberships...), append(seed.Invitations, rows.Invitations...)
	seed.Domains, seed.Connections = append(seed.Domains, rows.Domains...), append(seed.Connections, rows.Connections...)
	seed.Directories, seed.Sessions = append(seed.Directories, rows.Directories...), append(seed.Sessions, rows.Sessions...)
	seed.APIKeys = append(seed.APIKeys, rows.APIKeys...)
	if err := seed.Check(); err != nil {
		return err
	}
	st, err := newState(seed, s.environment)
	if err != nil {
		return err
	}
	s.state = st
	return nil
}

// Reset replaces what the instance holds. Limits, faults and the list of
// requests stay.
func (s *store) Reset(seed *Seed) error {
	if err := seed.Check(); err != nil {
		return err
	}
	st, err := newState(seed, s.environment)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = st
	return nil
}
