package sync

import (
	"maps"
	"slices"

	"rollcall/sync/diff"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// A step of the leaver ladder may fail, wait for an approval, or be cut off, and the
// removal before it takes the marker that named the person. So the person is written
// down before anything is sent, until the ladder has finished with the account (S32).

// rememberLeavers writes down the people whose accounts the ladder is about to close, of
// the whole plan: a part of it may do their removals. It forgets those who are back, or
// have a membership elsewhere.
func rememberLeavers(n *update, s *diff.Comparison) {
	due := map[string]bool{}
	if o := s.Plan.Accounts(); o != nil {
		for i := range o.Changes {
			if c := &o.Changes[i]; c.Due && c.SkippedFor() != plan.Protected {
				due[memory.LeaverKey(c)] = true
				f := memory.LeaverOf(c)
				f.Banned = n.Memory.DueLeavers[memory.LeaverKey(c)].Banned
				n.Put(memory.FactLeaver, memory.LeaverKey(c), f)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(n.Memory.DueLeavers)) {
		if !due[key] {
			n.Drop(memory.FactLeaver, key)
		}
	}
}

// forgetFinished forgets the people whose steps were all done. Of the others, it keeps
// whether the account is banned.
func forgetFinished(n *update, s *diff.Comparison, report *Report) {
	done, banned := map[string]int{}, map[string]memory.LeaverFact{}
	for i := range report.Outcomes {
		o := &report.Outcomes[i]
		if !o.Change.Action.ClosesAccount() || !o.Result.Reached() {
			continue
		}
		done[memory.LeaverKey(&o.Change)]++
		if o.Change.Action == plan.Ban {
			f := memory.LeaverOf(&o.Change)
			f.Banned = true
			banned[memory.LeaverKey(&o.Change)] = f
		}
	}
	if o := s.Plan.Accounts(); o != nil {
		for i := range o.Changes {
			done[memory.LeaverKey(&o.Changes[i])]--
		}
	}
	for _, key := range slices.Sorted(maps.Keys(done)) {
		f, ban := banned[key]
		switch {
		case done[key] == 0:
			n.Drop(memory.FactLeaver, key)
		case ban:
			n.Put(memory.FactLeaver, key, f)
		}
	}
}

// forgetOpened forgets the people whose accounts or memberships an undo gives back:
// otherwise the next run would finish the ladder.
func forgetOpened(n *update, sending *plan.Plan) {
	for _, c := range sending.Changes() {
		if c.State == plan.Ready && c.Grants() && c.UserID != "" {
			n.Drop(memory.FactLeaver, c.UserID)
			n.Drop(memory.FactLeaver, plan.SubjectKey(c.UserID, c.Organization))
		}
	}
}
