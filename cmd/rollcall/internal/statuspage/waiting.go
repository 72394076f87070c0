package statuspage

import (
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// waiter is a change that waits.
type waiter struct {
	OrganizationID string      `json:"organization_id"`
	Organization   string      `json:"organization"`
	Names          []string    `json:"names"` // of the person: user, id in the source, address
	Line           report.Line `json:"line"`
}

// waitingSet is all that waits after a run.
type waitingSet struct {
	Run     int64    `json:"run"`
	Waiters []waiter `json:"waiters,omitempty"`
	// More is how many are not in the list.
	More int `json:"more,omitempty"`
}

// mostWaiters is how many changes that wait are kept after a run.
const mostWaiters = 2000

func newWaitingSet(run int64, r *sync.Report) *waitingSet {
	set := &waitingSet{Run: run}
	keeps := plan.KeepFirst(mostWaiters, &set.More)
	for i := range r.Plan.Organizations {
		o := &r.Plan.Organizations[i]
		set.add(o, facts.OfState(o, plan.Held), keeps)
	}
	return set
}

// add adds those changes of an organization that the set keeps.
func (s *waitingSet) add(o *plan.Organization, changes []*plan.Change, keeps func(*plan.Change) bool) {
	for _, c := range changes {
		if keeps(c) {
			s.Waiters = append(s.Waiters, newWaiter(o, c))
		}
	}
}

func newWaiter(o *plan.Organization, c *plan.Change) waiter {
	w := waiter{OrganizationID: o.ID, Organization: escape.Brief(o.Label()),
		Line: report.Line{Symbol: c.Action.Symbol(), Who: facts.Person(c), What: facts.Change(c), Why: escape.Brief(c.Why), Admin: c.Admin == plan.AdminGained}}
	for _, name := range []string{c.UserID, c.ID, c.Email} {
		if name != "" {
			w.Names = append(w.Names, name)
		}
	}
	return w
}

// waitedSet is what waited when a run ended, as the history has it.
func waitedSet(run int64, w *memory.Waited) *waitingSet {
	return keptSet(run, w.More, w.Approval, w.Fix)
}

// skippedSet is what a run skipped, as the history has it.
func skippedSet(run int64, w *memory.Waited) *waitingSet {
	return keptSet(run, w.MoreSkipped, w.Skipped)
}

// keptSet has as many changes as the page of a run shows of one kind. More is how many
// the history has not kept.
func keptSet(run int64, more int, lists ...[]plan.Organization) *waitingSet {
	set := &waitingSet{Run: run, More: more}
	keeps := plan.KeepFirst(shownChanges, &set.More)
	for _, parts := range lists {
		for i := range parts {
			set.add(&parts[i], facts.Shown(&parts[i]), keeps)
		}
	}
	return set
}

// Count says how many changes there are.
func (s *waitingSet) Count() string { return facts.Count(s.All(), "change") }

// All is how many changes there are.
func (s *waitingSet) All() int { return len(s.Waiters) + s.More }

// of are the waiters that a condition selects; a set that is nil has none.
func (s *waitingSet) of(selects func(*waiter) bool) []waiter {
	var out []waiter
	if s != nil {
		for i := range s.Waiters {
			if selects(&s.Waiters[i]) {
				out = append(out, s.Waiters[i])
			}
		}
	}
	return out
}

// Path leads to the page of the person.
func (w *waiter) Path() string {
	if len(w.Names) == 0 {
		return ""
	}
	return personPath(w.Names[0])
}

// OrganizationPath leads to the page of the organization.
func (w *waiter) OrganizationPath() string { return organizationPath(w.OrganizationID) }
