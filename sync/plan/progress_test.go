package plan

import (
	"fmt"
	"slices"
	"testing"
)

// A meter tells each step, never more than its total, and in the end what there
// was; without a watcher it tells nobody.
func TestMeter(t *testing.T) {
	var told []string
	m := NewMeter(WatchFunc(func(p Progress) {
		told = append(told, fmt.Sprintf("%s %s %d/%d", p.Stage, p.Unit, p.Done, p.Total))
	}), ReadClerk, Memberships)
	m.Expect(10)
	m.Add(8)
	m.Add(8) // a list that is read again
	m.Expect(10)
	m.Complete(17)
	want := []string{"read_clerk memberships 0/10", "read_clerk memberships 8/10", "read_clerk memberships 10/10", "read_clerk memberships 16/20", "read_clerk memberships 17/17"}
	if !slices.Equal(told, want) {
		t.Errorf("%q", told)
	}
	nobody := NewMeter(nil, ReadClerk, Users)
	nobody.Expect(1)
	nobody.Add(1)
	nobody.Complete(1)
}

// A skip needs somebody if it stays until somebody acts. What is held is told by
// its holds, and each skip has been thought of.
func TestSkipsThatNeedSomebody(t *testing.T) {
	nobody := []Reason{Protected, BannedUser, DeniedUser, ManagedByClerk, RoleMigration, InvitationLimit, NotInSavedPlan, Renewal, Grace, Paused,
		LeaverWaits, LeaverUnproven, LeaverClaimed, LeaverStays}
	for _, r := range AllReasons() {
		needs := Reasons(0).With(r).NeedSomebody()
		if want := r.kind() == skip && !slices.Contains(nobody, r); needs != want {
			t.Errorf("%s: needs somebody %v, want %v", r, needs, want)
		}
	}
	if !Reasons(0).With(Protected).With(NoSeat).NeedSomebody() {
		t.Error("one reason of two is enough")
	}
}
