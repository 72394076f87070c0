package sync

import (
	"maps"
	"slices"

	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// rememberRefusals keeps what Clerk refused to whole organizations and to the
// instance (S39). A refusal that this run has told is tried again in the next one;
// a refusal that was tried again without another one is forgotten.
func rememberRefusals(n *update, report *Report, whole bool) {
	now := map[string]bool{}
	for _, f := range report.Refusals {
		key := memory.RefusalKey(f.Organization, f.Reason)
		now[key] = true
		n.Put(memory.FactRefusal, key, memory.RefusalFact{Code: f.Code})
	}
	told := map[string]bool{}
	for _, c := range report.Plan.Changes() {
		if reason := c.SkippedFor(); slices.Contains(plan.Refusals(), reason) {
			told[memory.RefusalKey(c.Organization, reason)] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(n.Memory.Refusals)) {
		f := n.Memory.Refusals[key]
		switch {
		case now[key] || report.Interrupted:
		case told[key]:
			n.Put(memory.FactRefusal, key, memory.RefusalFact{Code: f.Code, Told: true})
		case whole:
			n.Drop(memory.FactRefusal, key)
		}
	}
}
