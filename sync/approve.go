package sync

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rollcall/sync/journal"
)

// key is what an approval and a plan file compare of a change: what it does,
// to whom, from what to what; not why, nor what it costs (S23, S24).
func (c *Change) key() string {
	who := cmp.Or(c.UserID, c.Email)
	return fmt.Sprintf("%q %q %q %q %q %q %q", c.Action, c.Organization, who, c.From, c.To, c.Public, c.Private)
}

// keysOf are the keys of a set, sorted.
func keysOf(set []*Change) []string {
	keys := make([]string, len(set))
	for i, c := range set {
		keys[i] = c.key()
	}
	slices.Sort(keys)
	return keys
}

// approvalHash names a set of changes: SHA-256 over their sorted keys, in hex.
func approvalHash(set []*Change) string {
	h := sha256.New()
	for _, k := range keysOf(set) {
		_, _ = fmt.Fprintln(h, k) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

// approvals are what the admin lets pass (S23): hashes on the command line,
// each for just that set, and what was approved beforehand, of which a part may
// pass as well.
type approvals struct {
	// given says of each hash on the command line whether it fitted.
	given  map[string]bool
	stored []*storedApproval
	// passed is the stored approval of each change that passed by one, by key.
	passed map[string]string
}

type storedApproval struct {
	journal.Approval
	open   map[string]bool // keys that are not done
	fitted bool
}

// newApprovals takes the hashes of the command line and those of the stored
// approvals that still live.
func newApprovals(hashes []string, stored []journal.Approval, now time.Time) *approvals {
	a := &approvals{given: map[string]bool{}, passed: map[string]string{}}
	for _, hash := range hashes {
		a.given[hash] = false
	}
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
	return a
}

// allow reports whether the set is approved.
func (a *approvals) allow(set []*Change) bool {
	if a == nil {
		return false
	}
	hash := approvalHash(set)
	if _, ok := a.given[hash]; ok {
		a.given[hash] = true
		return true
	}
	for _, s := range a.stored {
		if slices.ContainsFunc(set, func(c *Change) bool { return !s.open[c.key()] }) {
			continue
		}
		s.fitted = true
		for _, c := range set {
			a.passed[c.key()] = s.Hash
		}
		return true
	}
	return false
}

// stale says which approvals let nothing pass: silence would look like consent.
func (a *approvals) stale(held []*Change) []Note {
	var notes []Note
	for _, hash := range slices.Sorted(maps.Keys(a.given)) {
		if !a.given[hash] {
			notes = append(notes, Note{Rule: "S23", Text: fmt.Sprintf(
				"approval %s… fits nothing that is held now, so it let nothing pass: read the plan again", hash[:min(12, len(hash))])})
		}
	}
	for _, s := range a.stored {
		more := slices.DeleteFunc(slices.Clone(held), func(c *Change) bool {
			_, covered := s.open[c.key()]
			return covered || s.Organization != "" && c.Organization != s.Organization
		})
		if !s.fitted && len(more) > 0 {
			notes = append(notes, Note{Rule: "S23", Organization: s.Organization, Text: fmt.Sprintf(
				"approval %s… of %s does not cover all that is held now, so it let nothing pass: %s more, the first: %s %s",
				s.Hash[:min(12, len(s.Hash))], s.By, count(len(more), "change"), more[0].Action, cmp.Or(more[0].Email, more[0].UserID))})
		}
	}
	return notes
}

// heldByGuards are the changes that an approval could let pass.
func (p *Plan) heldByGuards() []*Change {
	var set []*Change
	for _, c := range p.Changes() {
		if c.heldByGuard() {
			set = append(set, c)
		}
	}
	return set
}

// HeldSets are the sets of changes that an approval can let pass, each under
// the hash that the plan shows, so that they can be shown again when somebody
// approves them. The text is JSON of the organizations with those changes.
func (p *Plan) HeldSets() []journal.HeldSet {
	var sets []journal.HeldSet
	seen := map[string]bool{}
	for _, h := range p.Holds {
		if h.Approval == "" || seen[h.Approval] {
			continue
		}
		seen[h.Approval] = true
		sets = append(sets, p.heldSet(h))
	}
	return slices.DeleteFunc(sets, func(s journal.HeldSet) bool { return len(s.Keys) == 0 })
}

func (p *Plan) heldSet(h Hold) journal.HeldSet {
	var shown []OrganizationPlan
	var all []*Change
	for i := range p.Organizations {
		o := &p.Organizations[i]
		part := OrganizationPlan{ID: o.ID, Slug: o.Slug, Name: o.Name}
		for j := range o.Changes {
			if c := &o.Changes[j]; h.keeps(c) {
				part.Changes, all = append(part.Changes, *c), append(all, c)
			}
		}
		if len(part.Changes) > 0 {
			shown = append(shown, part)
		}
	}
	if approvalHash(all) != h.Approval {
		return journal.HeldSet{} // a part of the plan is shown: the whole is not here
	}
	text, err := json.Marshal(shown)
	if err != nil {
		panic("a plan cannot be encoded: " + err.Error()) // it is what plan prints
	}
	return journal.HeldSet{Hash: h.Approval, Organization: h.Organization, Keys: keysOf(all), Text: text}
}

// keeps reports whether the hold, of an organization or of the run, has the change.
func (h Hold) keeps(c *Change) bool {
	if !c.heldByGuard() {
		return false
	}
	if h.Organization == "" {
		return c.Why == ofWholeRun(h.Guard)
	}
	return c.Organization == h.Organization && !strings.HasSuffix(c.Why, wholeRun)
}

// wholeRun ends the reason of changes that a guard of the whole run holds.
const wholeRun = " of the whole run (S17)"

func ofWholeRun(guard string) string { return "guard " + guard + wholeRun }

// useApprovals marks what was done of the stored approvals (S23).
func (r *Reconciler) useApprovals(ctx context.Context, a *approvals, report *Report) error {
	done := map[string][]string{}
	for i := range report.Outcomes {
		o := &report.Outcomes[i]
		if hash := a.passed[o.Change.key()]; hash != "" && (o.Result == Done || o.Result == Found) {
			done[hash] = append(done[hash], o.Change.key())
		}
	}
	for _, hash := range slices.Sorted(maps.Keys(done)) {
		if err := r.journal.UseApproval(ctx, hash, done[hash]); err != nil {
			return fmt.Errorf("write down that an approval was used: %w", err)
		}
	}
	return nil
}
