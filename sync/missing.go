package sync

import (
	"maps"
	"slices"
	"strings"

	"rollcall/sync/diff"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// rememberMissing counts how long people are missing (S29). The count goes on
// until the removal is done: a removal that is held, paused or refused after the
// time of grace begins no other one. It ends when the person is wanted again. In
// organizations whose losses something holds, the count stands still.
func rememberMissing(n *update, s *diff.Comparison, report *Report) {
	if s.Memory.Clock.Wrong != "" {
		return
	}
	whole := comparedWhole(s)
	leaving, gone := map[string]bool{}, removedMembers(report)
	for _, c := range report.Plan.Changes() {
		key := plan.MembershipKey(c)
		known, counted := s.Memory.Missing[key]
		if c.Action != plan.Remove || gone[key] || !counted && !c.InGrace() {
			continue
		}
		leaving[key] = true
		fact := memory.MissingFact{Counted: s.Memory.MissingFor(c, n.now()), Last: n.now().UTC()}
		if whole[c.Organization] == nil {
			fact.Counted = known.Counted
		}
		n.Put(memory.FactMissing, key, fact)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Memory.Missing)) {
		organization, user, _ := strings.Cut(key, " ")
		if d := whole[organization]; d != nil && !leaving[key] && (gone[key] || returned(d, user)) {
			n.Drop(memory.FactMissing, key)
		}
	}
}

// comparedWhole are the organizations whose losses nothing holds that was not read,
// by id.
func comparedWhole(s *diff.Comparison) map[string]*diff.Proposal {
	whole := map[string]*diff.Proposal{}
	for _, d := range s.Proposals {
		if !slices.ContainsFunc(d.Blocks, func(b plan.Block) bool { return b.Scope != plan.Gains }) {
			whole[d.Organization.ID] = d
		}
	}
	return whole
}

// rememberSeen keeps when the people who left were last in the directory, for as
// long as their removals wait.
func rememberSeen(n *update, s *diff.Comparison, report *Report) {
	if s.Memory.Clock.Wrong != "" {
		return
	}
	whole := comparedWhole(s)
	leaving, gone := map[string]bool{}, removedMembers(report)
	for _, c := range report.Plan.Changes() {
		key := plan.MembershipKey(c)
		if c.Action != plan.Remove || gone[key] || c.LastSeen.IsZero() {
			continue
		}
		leaving[key] = true
		if _, known := s.Memory.Seen[key]; !known {
			n.Put(memory.FactSeen, key, c.LastSeen)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Memory.Seen)) {
		organization, _, _ := strings.Cut(key, " ")
		if gone[key] || whole[organization] != nil && !leaving[key] {
			n.Drop(memory.FactSeen, key)
		}
	}
	n.Put(memory.FactCompared, "", s.Memory.Compared.With(n.now(), s.Memory.Organizations, func(id string) bool { return whole[id] != nil }))
}

// removedMembers are the memberships that a run removed.
func removedMembers(report *Report) map[string]bool {
	out := map[string]bool{}
	for i := range report.Outcomes {
		if o := &report.Outcomes[i]; o.Change.Action == plan.Remove && o.Result.Reached() {
			out[plan.MembershipKey(&o.Change)] = true
		}
	}
	return out
}

// returned reports whether a user who was missing is wanted again, or is nobody
// of ours any more. While it is unclear who some of the people are, a user that
// the plan leaves alone may be one of them.
func returned(d *diff.Proposal, user string) bool {
	if d.Organization.Member(user) == nil || len(d.Findings.Conflicts)+len(d.Findings.Unusable) == 0 {
		return true
	}
	for i := range d.Wants {
		if p := d.Wants[i].Person; p.UserID == user && p.Problem == nil {
			return true
		}
	}
	return false
}
