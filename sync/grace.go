package sync

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Grace keeps whoever is missing from the source for a while (S29). Only runs
// that succeed count it: while nobody can read the source, nobody's time runs
// out. An account that the directory calls disabled is not missing: it goes at
// once.

// missingFact is how long somebody has been missing, as far as runs have seen.
type missingFact struct {
	Counted time.Duration `json:"counted"`
	Last    time.Time     `json:"last"` // when it was last counted
}

// mostCounted is how much the time between two runs counts at most: that of a
// nightly run. Whoever goes missing while the service is down for a week is
// not removed by its first run.
const mostCounted = 25 * time.Hour

// inGrace begins the reason of removals that wait for the grace to end.
const inGrace = "in grace"

// counted is how long somebody has been missing by now.
func (m *memory) counted(c *Change, now time.Time) time.Duration {
	known, ok := m.missing[membershipKey(c)]
	if !ok || !m.clock.failed.Before(known.Last) {
		return known.Counted
	}
	return known.Counted + min(max(0, now.Sub(known.Last)), mostCounted)
}

// spare lets removals of people who are missing wait for the grace to end, and
// demotes them meanwhile where the configuration says so.
func (r *Reconciler) spare(drafts []*draft, st *state, m *memory) {
	if r.config.Grace == 0 {
		return
	}
	for _, d := range drafts {
		var demotions []Change
		for i := range d.changes {
			c := &d.changes[i]
			if c.Action != Remove || d.disabled[c.UserID] {
				continue
			}
			c.Why = r.wait(c, m)
			if c.Why == "" {
				continue
			}
			c.State = Skipped
			if less, ok := r.demoted(c, st.roles); ok {
				demotions = append(demotions, less)
			}
		}
		d.changes = append(d.changes, demotions...)
		slices.SortFunc(d.changes, compareChanges)
	}
}

// wait says why a removal waits; empty when it is due.
func (r *Reconciler) wait(c *Change, m *memory) string {
	if m == nil {
		return inGrace + ": without history nobody knows for how long (S29)"
	}
	left := r.config.Grace - m.counted(c, r.now())
	switch {
	case m.clock.wrong != "":
		return fmt.Sprintf("%s, and its time stands still: %s (S28)", inGrace, m.clock.wrong)
	case left > 0:
		return fmt.Sprintf("%s until %s (S29)", inGrace, r.now().Add(left).UTC().Format("2006-01-02 15:04Z"))
	}
	return ""
}

// demoted is the change that leaves somebody who waits with a lesser role.
func (r *Reconciler) demoted(c *Change, roles roleBook) (Change, bool) {
	to := r.config.DemoteFirst
	if to == "" || !roles.atLeast(c.From, to) || roles.atLeast(to, c.From) {
		return Change{}, false
	}
	less := *c
	less.Action, less.To, less.Admin, less.State, less.Why = SetRole, to, roles.effect(c.From, to), Ready, ""
	less.Because = c.Because + "; demoted for the time of grace (demote_first)"
	return less, true
}

// waits reports whether a removal is left out for nothing but the grace.
func (c *Change) waits() bool {
	return c.Action == Remove && c.State == Skipped && strings.HasPrefix(c.Why, inGrace)
}

// rememberMissing counts for how long people are missing, in organizations
// whose losses nothing else holds; coming back clears it.
func (r *Reconciler) rememberMissing(n *notebook, s seen, plan *Plan) {
	if s.memory.clock.wrong != "" {
		return
	}
	whole, waiting := map[string]bool{}, map[string]bool{}
	for _, d := range s.drafts {
		whole[d.state.ID] = !slices.ContainsFunc(d.blocks, func(b block) bool { return b.scope != gains })
	}
	for _, c := range plan.Changes() {
		if !c.waits() {
			continue
		}
		key := membershipKey(c)
		waiting[key] = true
		fact := missingFact{s.memory.counted(c, r.now()), r.now().UTC()}
		if !whole[c.Organization] {
			fact.Counted = s.memory.missing[key].Counted
		}
		n.put(factMissing, key, fact)
	}
	for _, key := range slices.Sorted(maps.Keys(s.memory.missing)) {
		organization, _, _ := strings.Cut(key, " ")
		if whole[organization] && !waiting[key] {
			n.drop(factMissing, key)
		}
	}
}
