package sync

import (
	"fmt"
	"testing"

	"rollcall/clerkapi"
)

// TestPeopleAreLookedUpByTheCheaperRoad has 450 people whom nobody knows, so
// five batches, in instances of several sizes. The list of all users costs a
// question first, 1 + ⌊users/500⌋ pages and a count.
func TestPeopleAreLookedUpByTheCheaperRoad(t *testing.T) {
	table := []struct {
		name   string
		users  int
		faults map[string]error
		// asked and listed say whether the number and the list were asked for.
		asked, listed, batches int
	}{
		{"small instance", 450, nil, 1, 1, 0},
		{"a tie is for the batches", 1500, nil, 1, 0, 1},
		{"large instance", 4000, nil, 1, 0, 1},
		{"the list does not add up", 450, map[string]error{"all users": &clerkapi.IncompleteError{What: "users"}}, 1, 1, 1},
		{"the number cannot be read", 450, map[string]error{"count users": &clerkapi.Error{Status: 503}}, 1, 0, 1},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			f := newFake("acme")
			s := tell(t, f, strangers(f, row.users))
			f.faults = row.faults
			s.rule("acme", "org:member", "staff")
			if p := s.run(Run{}).Plan; p.Count(Ready) != 450 {
				t.Errorf("%d changes, want 450", p.Count(Ready))
			}
			for kind, want := range map[string]int{"count users": row.asked, "all users": row.listed, "users by address": row.batches} {
				if f.reads[kind] != want {
					t.Errorf("%s: %d times, want %d", kind, f.reads[kind], want)
				}
			}
		})
	}
}

// strangers fills an instance with so many users, 450 of whom are in the
// directory and members of nothing.
func strangers(f *fakeClerk, users int) *fakeSource {
	var lines []string
	var all []int
	for i := range users {
		email := fmt.Sprintf("p%d@corp.example", i)
		f.user(fmt.Sprintf("u%d", i), email)
		if i < 450 {
			lines = append(lines, fmt.Sprintf("%d %s", i, email))
			all = append(all, i)
		}
	}
	return hr(lines...).group("staff", all...)
}

// TestS09RefusedListOfUsersEndsTheRun keeps a refused key from being asked again, batch by batch.
func TestS09RefusedListOfUsersEndsTheRun(t *testing.T) {
	f := newFake("acme")
	s := tell(t, f, strangers(f, 450))
	f.faults = map[string]error{"all users": &clerkapi.Error{Status: 401, Code: "authentication_invalid"}}
	s.rule("acme", "org:member", "staff")
	if r, err := s.try(t.Context(), Run{Apply: true}); err == nil {
		t.Errorf("the run went on: %+v", r)
	}
	if f.reads["users by address"] != 0 || len(f.calls) != 0 {
		t.Errorf("%v and %v were sent", f.reads, f.calls)
	}
}

// TestUsersAreCountedOnce counts a user of many organizations once: they say how many users there are at least.
func TestUsersAreCountedOnce(t *testing.T) {
	st := &state{}
	for range 3 {
		o := &organizationState{members: make([]member, 2)}
		o.members[0].UserID, o.members[1].UserID = "u1", "u2"
		st.organizations = append(st.organizations, o)
	}
	if n := st.users(); n != 2 {
		t.Errorf("%d users, want 2", n)
	}
}
