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
