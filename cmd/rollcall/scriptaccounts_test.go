package main

import (
	"fmt"

	"github.com/rogpeppe/go-internal/testscript"
)

// printAccounts prints a line for each user: how they stand, their active sessions, and
// their API keys that work.
func (s *served) printAccounts(ts *testscript.TestScript) {
	seed := s.Snapshot()
	sessions, keys := map[string]int{}, map[string]int{}
	for i := range seed.Sessions {
		if n := &seed.Sessions[i]; n.Status == "active" || n.Status == "" {
			sessions[n.UserID]++
		}
	}
	for i := range seed.APIKeys {
		if k := &seed.APIKeys[i]; !k.Revoked {
			keys[k.Subject]++
		}
	}
	for i := range seed.Users {
		u := &seed.Users[i]
		standing := "open"
		switch {
		case u.Banned:
			standing = "banned"
		case u.Locked:
			standing = "locked"
		}
		_, err := fmt.Fprintf(ts.Stdout(), "%s %s sessions=%d keys=%d\n", u.ID, standing, sessions[u.ID], keys[u.ID])
		ts.Check(err)
	}
}
