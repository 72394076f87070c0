package sync

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// TestPeopleAreLookedUpByTheCheaperRoad has 450 people whom nobody knows, so
// five batches, in instances of several sizes. The list of all users costs a
// question first, 1 + ⌊users/500⌋ pages and a count.
func TestPeopleAreLookedUpByTheCheaperRoad(t *testing.T) {
	t.Parallel()
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
			f := fake.NewClerk("acme")
			s := tell(t, f, strangers(f, row.users))
			f.Faults = row.faults
			s.rule("acme", "org:member", "staff")
			if p := s.run(Run{}).Plan; p.Count(plan.Ready) != 450 {
				t.Errorf("%d changes, want 450", p.Count(plan.Ready))
			}
			for kind, want := range map[string]int{"count users": row.asked, "all users": row.listed, "users by address": row.batches} {
				if f.Reads[kind] != want {
					t.Errorf("%s: %d times, want %d", kind, f.Reads[kind], want)
				}
			}
		})
	}
}

// strangers fills an instance with so many users, 450 of whom are in the
// directory and members of nothing.
func strangers(f *fake.Clerk, users int) *fake.Source {
	var lines []string
	var all []int
	for i := range users {
		email := fmt.Sprintf("p%d@corp.example", i)
		f.User(fmt.Sprintf("u%d", i), email)
		if i < 450 {
			lines = append(lines, fmt.Sprintf("%d %s", i, email))
			all = append(all, i)
		}
	}
	return fake.HR(lines...).Group("staff", all...)
}

// TestS09RefusedListOfUsersEndsTheRun keeps a refused key from being asked again, batch by batch.
func TestS09RefusedListOfUsersEndsTheRun(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	s := tell(t, f, strangers(f, 450))
	f.Faults = map[string]error{"all users": &clerkapi.Error{Status: 401, Code: "authentication_invalid"}}
	s.rule("acme", "org:member", "staff")
	if r, err := s.try(t.Context(), Run{Apply: true}); err == nil {
		t.Errorf("the run went on: %+v", r)
	}
	if f.Reads["users by address"] != 0 || len(f.Calls) != 0 {
		t.Errorf("%v and %v were sent", f.Reads, f.Calls)
	}
}

// What ends a look-up ends the run: whoever cannot be read is not taken for
// nobody (S09).
func TestS09UsersThatCannotBeLookedUp(t *testing.T) {
	t.Parallel()
	for fault, text := range map[string]string{"users_by_address * *": "look up accounts", "users_by_external_id * *": "look up accounts", "users_by_id * *": "people who move between organizations"} {
		f := fake.NewClerk("acme")
		f.Faults[fault] = &clerkapi.Error{Status: 500}
		s := tell(t, f, fake.HR("1 ann@corp.example ext=E1").Group("staff", 0))
		s.rule("acme", "org:member", "staff")
		c := begin(t, s)
		c.write(journal.Fact{Kind: memory.FactMover, Key: memory.MoverKey(plan.DirectoryID{Source: "hr", ID: "9"}), Value: []byte(`{"user":"u9","wanted":"2026-03-02T00:00:00Z"}`)})
		if _, err := c.once(t.Context(), Run{}); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", fault, err)
		}
	}
}
