package plan

import (
	"testing"
)

// What takes something away, and waits when a read cannot be trusted (S09 to S12).
func TestS09WhatLoses(t *testing.T) {
	for _, x := range []struct {
		change Change
		takes  bool
		loses  bool
	}{
		{Change{Action: Remove}, true, true}, {Change{Action: SetRole, Admin: AdminLost}, true, true}, {Change{Action: SetRole}, false, false},
		{Change{Action: SetMetadata, Nulls: 1}, false, true}, {Change{Action: SetMetadata}, false, false}, {Change{Action: RevokeInvitation}, false, true},
		{Change{Action: Add, Admin: AdminGained}, false, false}, {Change{Action: Invite}, false, false}, {Change{Action: Adopt}, false, false},
	} {
		if got := x.change.Revokes(); got != x.takes {
			t.Errorf("%s takes: %t", x.change.Action, got)
		}
		if got := x.change.Destroys(); got != x.loses {
			t.Errorf("%s loses: %t", x.change.Action, got)
		}
	}
}

// What each change does to the number of places taken, and of admins.
func TestS19WhatEachChangeCounts(t *testing.T) {
	for _, x := range []struct {
		change        Change
		seats, admins int
	}{
		{Change{Action: Add}, 1, 0}, {Change{Action: Invite}, 1, 0}, {Change{Action: CreateUser}, 1, 0},
		{Change{Action: Remove}, -1, 0}, {Change{Action: RevokeInvitation}, -1, 0},
		{Change{Action: SetRole}, 0, 0}, {Change{Action: SetMetadata}, 0, 0}, {Change{Action: Adopt}, 0, 0},
		{Change{Action: Add, Admin: AdminGained}, 1, 1}, {Change{Action: Invite, Admin: AdminGained}, 1, 0},
		{Change{Action: Remove, Admin: AdminLost}, -1, -1}, {Change{Action: SetRole, Admin: AdminLost}, 0, -1},
	} {
		if s, a := x.change.SeatDelta(), x.change.AdminDelta(); s != x.seats || a != x.admins {
			t.Errorf("%s (%q): %d places, %d admins, want %d, %d", x.change.Action, x.change.Admin, s, a, x.seats, x.admins)
		}
	}
}

func TestSkippedForSomethingElse(t *testing.T) {
	banned := Change{}
	banned.Skip(BannedUser)
	for name, x := range map[string]struct {
		change Change
		want   Reason
	}{"held": {Change{State: Held, Why: "protected (S19)"}, 0}, "a sentence decides nothing": {Change{State: Skipped, Why: "protected (S19)"}, 0}, "skipped": {banned, BannedUser}} {
		if got := x.change.SkippedFor(); got != x.want {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}

func TestFullName(t *testing.T) {
	for want, n := range map[string][2]string{"": {}, "Ada": {"Ada", ""}, "Zorn": {"", "Zorn"}, "Ada Zorn": {"Ada", "Zorn"}} {
		if got := FullName(n[0], n[1]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A text that is no address decides nothing, not even of somebody who has none,
// and holds of another kind are passed over.
func TestS02WhoseConflict(t *testing.T) {
	ben, nameless := &Conflict{Email: "ben@corp.example", User: "user_ben"}, &Conflict{User: "user_x"}
	p := &Plan{Holds: []Hold{{Guard: "removals"}, {Conflict: nameless}, {Conflict: ben}}}
	for email, want := range map[string]*Conflict{"Ben@CORP.example": ben, "ann@corp.example": nil, "no address": nil, "": nil} {
		if got := p.ConflictOf(email); got != want {
			t.Errorf("%q: %+v", email, got)
		}
	}
}
