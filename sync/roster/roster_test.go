package roster

import (
	"testing"
)

// TestUsersAreCountedOnce counts a user of many organizations once: they say how many users there are at least.
func TestUsersAreCountedOnce(t *testing.T) {
	st := &Roster{}
	for range 3 {
		o := &Organization{Members: make([]Member, 2)}
		o.Members[0].UserID, o.Members[1].UserID = "u1", "u2"
		st.Organizations = append(st.Organizations, o)
	}
	if n := st.CountUsers(); n != 2 {
		t.Errorf("%d users, want 2", n)
	}
}
