package sync

import "rollcall/clerkapi"

// Report is what a run did: the plan, and what became of each ready change.
type Report struct {
	Plan *Plan `json:"plan"`
	// Applied is true when the run was to change Clerk.
	Applied bool `json:"applied"`
	// Outcomes are those of the changes that were tried, in the plan's order.
	Outcomes []Outcome `json:"outcomes,omitempty"`
	// NotTried counts ready changes that were not sent: interrupted, or their
	// organization stopped.
	NotTried int `json:"not_tried,omitempty"`
	// Stopped are organizations that stopped in the middle, and why.
	Stopped []Note `json:"stopped,omitempty"`
	// Interrupted is true when the context ended before the run did.
	Interrupted bool           `json:"interrupted,omitempty"`
	Stats       clerkapi.Stats `json:"-"`
}

// Result is what became of a change that was tried.
type Result string

// The results.
const (
	Done    Result = "done"    // Clerk did it
	Found   Result = "found"   // it was so already, and not by us (S33)
	Dropped Result = "dropped" // left out at the last moment, to keep a promise (last admin)
	Failed  Result = "failed"
)

// Outcome is what became of one change.
type Outcome struct {
	Change Change `json:"change"`
	Result Result `json:"result"`
	Error  string `json:"error,omitempty"`
	// fatal says that nothing further can work: the key was refused, say.
	fatal bool
}

// Tally counts outcomes by result.
func (r *Report) Tally(result Result) int {
	n := 0
	for i := range r.Outcomes {
		if r.Outcomes[i].Result == result {
			n++
		}
	}
	return n
}
