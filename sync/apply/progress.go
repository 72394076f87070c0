package apply

import (
	"sync"

	"rollcall/sync/plan"
)

// meter counts the changes of a run for its progress. A nil meter does nothing.
type meter struct {
	watcher plan.Watcher
	mu      sync.Mutex
	p       plan.Progress
}

// newMeter begins the stage.
func (r *Sender) newMeter(p *plan.Plan) *meter {
	if r.Watcher == nil {
		return nil
	}
	m := &meter{watcher: r.Watcher, p: plan.Progress{Stage: plan.Applying, Unit: plan.Changes, Total: p.Count(plan.Ready)}}
	m.watcher.Watch(m.p)
	return m
}

// count counts an outcome when its answer comes. The user of a newcomer counts
// with the membership, and an add that is tried again with its second answer.
func (m *meter) count(o *Outcome) {
	creation := o.Change.Action == plan.CreateUser && o.Change.To == "" && o.Result.Reached()
	if m == nil || creation || o.Deferral == OtherMembership && o.Result != Failed {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.p.Tally.Count(o.Change.Action, o.Result.Reached(), o.Result == Failed)
	m.report()
}

// complete counts what the report has: some outcomes had no call of their own.
func (m *meter) complete(outcomes []Outcome) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.p.Tally = plan.Tally{}
	for i := range outcomes {
		o := &outcomes[i]
		m.p.Tally.Count(o.Change.Action, o.Result.Reached(), o.Result == Failed)
	}
	m.report()
}

func (m *meter) report() {
	m.p.Done = min(m.p.Tally.Sum(), m.p.Total)
	m.watcher.Watch(m.p)
}
