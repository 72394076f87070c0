package sync

import (
	"maps"
	"slices"
	"time"

	"rollcall/sync/apply"
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
	due, removals := map[string]bool{}, s.Plan.Removals()
	if o := s.Plan.Accounts(); o != nil {
		for i := range o.Changes {
			if c := &o.Changes[i]; c.Due && c.SkippedFor() != plan.Protected {
				due[memory.LeaverKey(c)] = true
				n.Put(memory.FactLeaver, memory.LeaverKey(c), n.leaver(s, c, removals[c.UserID]))
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
// whether the account is banned or locked.
func forgetFinished(n *update, s *diff.Comparison, report *Report) {
	removals := s.Plan.Removals()
	done, closed := map[string]int{}, map[string]*apply.Outcome{}
	for i := range report.Outcomes {
		o := &report.Outcomes[i]
		if !o.Change.Action.ClosesAccount() || !o.Result.Reached() {
			continue
		}
		done[memory.LeaverKey(&o.Change)]++
		if o.Change.Action == plan.Ban || o.Change.Action == plan.Lock {
			closed[memory.LeaverKey(&o.Change)] = o
		}
	}
	if o := s.Plan.Accounts(); o != nil {
		for i := range o.Changes {
			done[memory.LeaverKey(&o.Changes[i])]--
		}
	}
	for _, key := range slices.Sorted(maps.Keys(done)) {
		switch o := closed[key]; {
		case done[key] == 0:
			n.Drop(memory.FactLeaver, key)
		case o != nil:
			n.Put(memory.FactLeaver, key, n.closed(s, o, removals[o.Change.UserID]))
		}
	}
}

// leaver is the fact of a step that is not done yet, beside the removals of the person.
func (n *update) leaver(s *diff.Comparison, c *plan.Change, removals []*plan.Change) memory.LeaverFact {
	f := memory.LeaverOf(c)
	f.Claimants = s.Claimants[c.UserID]
	for _, removal := range removals {
		if f.Seen.Before(removal.LastSeen) {
			f.Seen = removal.LastSeen
		}
	}
	earlier := n.Memory.DueLeavers[memory.LeaverKey(c)]
	return f.With(&earlier, c.SkippedFor() == plan.LeaverClaimed, n.now())
}

// closed is the fact of an account that a run has locked or banned, whose other steps are
// left.
func (n *update) closed(s *diff.Comparison, o *apply.Outcome, removals []*plan.Change) memory.LeaverFact {
	f := n.leaver(s, &o.Change, removals)
	f.Banned, f.Locked = o.Change.Action == plan.Ban, o.Change.Action == plan.Lock
	f.LockEnds = time.Time{}
	if o.LockEndsIn > 0 {
		f.LockEnds = n.now().Add(o.LockEndsIn).UTC()
	}
	return f
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
