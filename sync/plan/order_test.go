package plan

import (
	"cmp"
	"slices"
	"testing"
)

// What frees a place or an address goes first, what takes access goes last,
// that of an admin before that of others; what a change does to the right to
// manage memberships decides only where it sets a role.
func TestPhaseOfEachChange(t *testing.T) {
	for _, x := range []struct {
		change Change
		phase  int
	}{
		{Change{Action: RevokeInvitation}, 0},
		{Change{Action: Add}, 1}, {Change{Action: Invite}, 1}, {Change{Action: CreateUser}, 1}, {Change{Action: SetRole, Admin: AdminGained}, 1},
		{Change{Action: SetMetadata}, 2}, {Change{Action: Adopt}, 2}, {Change{Action: SetMetadata, Admin: AdminGained}, 2},
		{Change{Action: SetRole}, 3}, {Change{Action: SetRole, Admin: AdminLost}, 4},
		{Change{Action: Remove}, 5}, {Change{Action: Remove, Admin: AdminLost}, 5},
	} {
		if got := x.change.Phase(); got != x.phase {
			t.Errorf("%s (%q) is in phase %d, want %d", x.change.Action, x.change.Admin, got, x.phase)
		}
	}
}

// Within a phase the order is that of action, address and user, whatever order
// the changes came in.
func TestOrderOfChanges(t *testing.T) {
	want := []Change{
		{Action: RevokeInvitation, Email: "z"}, {Action: Add, Email: "a"}, {Action: Add, Email: "b", UserID: "1"}, {Action: Add, Email: "b", UserID: "2"},
		{Action: SetRole, Email: "a", Admin: AdminGained}, {Action: SetMetadata, Email: "a"}, {Action: Remove, Email: "a"},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, CompareChanges)
	byAction := func(a, b Change) int { return cmp.Compare(a.Action, b.Action) }
	slices.SortStableFunc(want[1:5], byAction) // an add and a promotion share a phase
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
