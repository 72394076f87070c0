package guard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// Approvals are the sets of changes that the admin has approved (S23). Where the
// journal has the set, on the command line or stored, an approval covers a part
// of it too. Without a journal, a hash on the command line approves exactly one
// set.
type Approvals struct {
	given  []*givenApproval
	stored []*storedApproval
	// Passed is the stored approval of each change that passed by one, by key.
	Passed map[string]string
}

// givenApproval is a hash on the command line, or the beginning of one.
type givenApproval struct {
	hash   string
	keys   map[string]bool // of the set that was shown under it; empty if the journal has none
	fitted bool
}

// fits reports whether the approval covers the set.
func (g *givenApproval) fits(hash string, set []*plan.Change) bool {
	return strings.HasPrefix(hash, g.hash) || !slices.ContainsFunc(set, func(c *plan.Change) bool { return !g.keys[c.Key()] })
}

type storedApproval struct {
	journal.Approval
	open   map[string]bool // keys that are not done
	fitted bool
}

// ApprovalsOf are those of the command line and those of the journal (S23). The
// journal, if there is one, also has the sets that were shown.
func ApprovalsOf(ctx context.Context, given []string, history Journal, m *memory.Memory, now time.Time) (*Approvals, error) {
	a := &Approvals{Passed: map[string]string{}}
	for _, hash := range given {
		g := &givenApproval{hash: hash, keys: map[string]bool{}}
		a.given = append(a.given, g)
		if history == nil {
			continue
		}
		set, err := history.Held(ctx, hash)
		if err != nil && !errors.Is(err, journal.ErrNoHeld) {
			return nil, fmt.Errorf("read the history: %w", err)
		}
		for _, key := range set.Keys {
			g.keys[key] = true
		}
	}
	if m != nil {
		a.addStored(m.Approvals, now)
	}
	return a, nil
}

// addStored adds the stored approvals that still live.
func (a *Approvals) addStored(stored []journal.Approval, now time.Time) {
	for i := range stored {
		if !stored[i].Live(now) {
			continue
		}
		s := &storedApproval{Approval: stored[i], open: map[string]bool{}}
		for _, key := range s.Keys {
			s.open[key] = !slices.Contains(s.Done, key)
		}
		a.stored = append(a.stored, s)
	}
}

// allow reports whether the set with that hash is approved.
func (a *Approvals) allow(hash string, set []*plan.Change) bool {
	if a == nil {
		return false
	}
	for _, g := range a.given {
		if g.fits(hash, set) {
			g.fitted = true
			return true
		}
	}
	for _, s := range a.stored {
		if slices.ContainsFunc(set, func(c *plan.Change) bool { return !s.open[c.Key()] }) {
			continue
		}
		s.fitted = true
		for _, c := range set {
			a.Passed[c.Key()] = s.Hash
		}
		return true
	}
	return false
}

// Stale notes the approvals that covered nothing: silence would look like
// consent.
func (a *Approvals) stale(held []*plan.Change) []plan.Note {
	var notes []plan.Note
	for _, g := range a.given {
		if !g.fitted {
			notes = append(notes, plan.Note{Rule: "S23", Text: fmt.Sprintf(
				"approval %s… fits nothing that waits now, so nothing was approved by it: read the plan again", plan.ShortHash(g.hash))})
		}
	}
	for _, s := range a.stored {
		more := slices.DeleteFunc(slices.Clone(held), func(c *plan.Change) bool {
			_, covered := s.open[c.Key()]
			return covered || s.Organization != "" && c.Organization != s.Organization
		})
		if !s.fitted && len(more) > 0 {
			notes = append(notes, plan.Note{Rule: "S23", Organization: s.Organization, Text: fmt.Sprintf(
				"approval %s… of %s does not cover all that waits now, so nothing was approved by it: %s more, the first: %s %s",
				plan.ShortHash(s.Hash), s.By, plan.Count(len(more), "change"), more[0].Action, cmp.Or(more[0].Email, more[0].UserID))})
		}
	}
	return notes
}

// approve lifts the guards' holds of an organization when the admin approved
// this set. Holds of another kind never pass (S23).
func approve(instance string, o *plan.Organization, holds []plan.Hold, approved *Approvals) []plan.Hold {
	var set []*plan.Change
	for i := range o.Changes {
		if c := &o.Changes[i]; c.HeldByGuard() {
			set = append(set, c)
		}
	}
	if len(set) == 0 {
		return holds
	}
	hash := plan.ApprovalHash(instance, set)
	if approved.allow(hash, set) {
		for _, c := range set {
			c.Approve()
		}
		return nil
	}
	for i := range holds {
		holds[i].Approval = hash
	}
	return holds
}
