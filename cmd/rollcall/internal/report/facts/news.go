package facts

import (
	"rollcall/sync"
	"rollcall/sync/plan"
)

// HasNews reports whether --quiet has something to tell: what changed or would
// change, what waits for an approval, what failed, what an undo leaves as it is, and what was skipped and stays
// so until somebody acts.
func HasNews(r *sync.Report) bool {
	p := r.Plan
	if p.Count(plan.Ready) > 0 || p.Count(plan.Held) > 0 || len(p.Holds) > 0 || len(p.Failures) > 0 || p.LeavesOut() {
		return true
	}
	if len(r.Outcomes) > 0 || len(r.Stopped) > 0 || r.NotTried > 0 || r.Fault != "" || r.Interrupted || r.Recovered != 0 {
		return true
	}
	for _, c := range p.Changes() {
		if c.State == plan.Skipped && c.Reasons.NeedSomebody() {
			return true
		}
	}
	return false
}
