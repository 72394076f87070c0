package memory

import (
	"rollcall/sync/plan"
)

// Clerk may refuse a whole organization or the instance (S39). The next run tells
// so and sends nothing there; the run after it tries again. At most one call in two
// runs is in vain, and whoever may be let in again is in after two runs.

// RefusalFact is that Clerk refused an organization or the instance.
type RefusalFact struct {
	// Code is Clerk's error code.
	Code string `json:"code"`
	// Told says that a run has left changes out because of it. The next one tries
	// again.
	Told bool `json:"told,omitempty"`
}

// RefusalKey is the key of a [RefusalFact].
func RefusalKey(organization string, reason plan.Reason) string {
	if reason.OfInstance() {
		organization = ""
	}
	return organization + " " + reason.String()
}

// RefusalOf is what is remembered of a refusal.
func (m *Memory) RefusalOf(organization string, reason plan.Reason) (f RefusalFact, ok bool) {
	if m == nil {
		return f, false
	}
	f, ok = m.Refusals[RefusalKey(organization, reason)]
	return f, ok
}
