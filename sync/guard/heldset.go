package guard

import (
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// WaitingSet is what one approval lifts: the changes of an organization that only
// guards hold, or those of a guard over the whole run (S23).
type WaitingSet struct {
	Hash string
	// Organization is empty for a guard over the whole run.
	Organization string
	// Holds are why the set waits.
	Holds []plan.Hold
	// Parts are the organizations of the set, with its changes and no others.
	Parts []plan.Organization
	// Whole is false where only a part of the plan is shown: then the set has
	// changes that are not here.
	Whole bool
}

// Changes lists the changes of the set.
func (s *WaitingSet) Changes() []*plan.Change {
	var all []*plan.Change
	for i := range s.Parts {
		for j := range s.Parts[i].Changes {
			all = append(all, &s.Parts[i].Changes[j])
		}
	}
	return all
}

// WaitingSets are the sets of changes that wait for approval, each under the hash
// that the plan shows, in the order of the plan's holds.
func WaitingSets(p *plan.Plan) []WaitingSet {
	var sets []WaitingSet
	index := map[string]int{}
	for _, h := range p.Holds {
		if h.Approval == "" {
			continue
		}
		if i, known := index[h.Approval]; known {
			sets[i].Holds = append(sets[i].Holds, h)
			continue
		}
		index[h.Approval] = len(sets)
		sets = append(sets, newWaitingSet(p, h))
	}
	return sets
}

func newWaitingSet(p *plan.Plan, h plan.Hold) WaitingSet {
	s := WaitingSet{Hash: h.Approval, Organization: h.Organization, Holds: []plan.Hold{h}}
	for i := range p.Organizations {
		o := &p.Organizations[i]
		if h.Organization != "" && h.Organization != o.ID {
			continue
		}
		part := *o
		part.Changes, part.Notes = nil, nil
		for j := range o.Changes {
			if c := &o.Changes[j]; holdsChange(h, c) {
				part.Changes = append(part.Changes, *c)
			}
		}
		if len(part.Changes) > 0 {
			s.Parts = append(s.Parts, part)
		}
	}
	s.Whole = plan.ApprovalHash(p.Instance.ID, s.Changes()) == h.Approval
	return s
}

// HeldSets are the waiting sets as the journal stores them, so that they can be
// shown when somebody approves them. The text is a [memory.WaitingSet].
func HeldSets(p *plan.Plan) []journal.HeldSet {
	var sets []journal.HeldSet
	for _, s := range WaitingSets(p) {
		if !s.Whole || len(s.Parts) == 0 {
			continue
		}
		text := memory.WaitingSet{Holds: s.Holds, Parts: s.Parts}.Raw()
		sets = append(sets, journal.HeldSet{Hash: s.Hash, Organization: s.Organization, Keys: plan.KeysOf(s.Changes()), Text: text})
	}
	return sets
}

// holdsChange reports whether the hold, of an organization or of the run, has
// the change.
func holdsChange(h plan.Hold, c *plan.Change) bool {
	if !c.HeldByGuard() {
		return false
	}
	if h.Organization == "" {
		return c.Reasons.Has(h.Reason)
	}
	return c.Organization == h.Organization && !c.Reasons.Any(runReasons)
}

// runReasons are the guards of the whole run: what they hold is approved for
// all organizations together.
var runReasons = func() (s plan.Reasons) {
	for i := range guards {
		s = s.With(guards[i].Reason.OfRun())
	}
	return s
}()
