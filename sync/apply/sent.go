package apply

import (
	"rollcall/sync/plan"
)

// Sent is the result of sending the ready changes.
type Sent struct {
	// Outcomes are those of the changes that were tried, in the plan's order.
	Outcomes []Outcome `json:"outcomes,omitempty"`
	// NotTried counts ready changes that were not sent: interrupted, or changes of
	// their kind stopped in the organization.
	NotTried int `json:"not_tried,omitempty"`
	// Stopped are organizations in which calls of one kind stopped, and why.
	Stopped []plan.Note `json:"stopped,omitempty"`
	// Down are those of them whose losses stopped because of Clerk or the network, by
	// id: calls without a whole answer, server faults and rate limits alone were too
	// many.
	Down map[string]bool `json:"-"`
	// Refusals are those of whole organizations, and of the instance (S39).
	Refusals []plan.Refusal `json:"-"`
	// Recovered is the number of an earlier run that was cut off, and whose
	// last changes this one looked up in Clerk; 0 is none.
	Recovered int64 `json:"recovered,omitempty"`
	// EndedBy is Clerk's code of the answer after which no call of its kind could work:
	// the key was revoked, say. It is empty if there was none.
	EndedBy string `json:"ended_by,omitempty"`
	// Fault says why the run ended early: the journal could not be written (S32).
	Fault string `json:"fault,omitempty"`
	// Interrupted is true when the context ended before the run did.
	Interrupted bool `json:"interrupted,omitempty"`
}

// markDown notes that an organization stopped because of Clerk or the network.
func (r *Sent) markDown(organization string) {
	if r.Down == nil {
		r.Down = map[string]bool{}
	}
	r.Down[organization] = true
}
