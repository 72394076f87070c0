package approve

import (
	"testing"
	"time"

	"rollcall/sync/journal"
)

// A reason that was copied from the example of a command says nothing to whoever
// reads the history.
func TestS23CopiedReasonsAreRefused(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{"", "  ", "WHY", "why", " TEXT ", `"TEXT"`, "<reason>", "…", "...", `"…"`, "-", "?!"} {
		if CheckReason(reason) == nil {
			t.Errorf("%q is taken", reason)
		}
	}
	for _, reason := range []string{"both have left", "why not: they left", "#4711", "ok", "Vertrag endet", "退職"} {
		if err := CheckReason(reason); err != nil {
			t.Errorf("%q: %v", reason, err)
		}
	}
}

// A set counts as approved if the approval lives, or was used up after the set was
// shown; and only if it has every change.
func TestS23WhichApprovalCoversASet(t *testing.T) {
	t.Parallel()
	now := time.Now()
	set := &journal.HeldSet{Keys: []string{"a", "b"}, At: now.Add(-time.Hour)}
	live := journal.Approval{Keys: []string{"a", "b", "c"}, Given: now, Expires: now.Add(time.Hour)}
	part, over, used, before := live, live, live, live
	part.Keys = []string{"a", "c"}
	over.Expires = now.Add(-time.Minute)
	used.Used = true
	before.Used, before.Given = true, now.Add(-2*time.Hour)
	for what, c := range map[string]struct {
		approval journal.Approval
		want     bool
	}{"live": {live, true}, "part": {part, false}, "over": {over, false}, "used": {used, true}, "used before the set was shown": {before, false}} {
		if got := coveredBy([]journal.Approval{c.approval}, set) != nil; got != c.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}
