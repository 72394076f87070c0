package sync

import (
	"maps"
	"slices"

	"rollcall/clerkapi"
)

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
	// Down are those of them that stopped for what Clerk or the line did, by id:
	// calls without a whole answer, server faults and rate limits alone were too many.
	Down map[string]bool `json:"-"`
	// Recovered is the number of an earlier run that was cut off, and whose
	// last changes this one looked up in Clerk; 0 is none.
	Recovered int64 `json:"recovered,omitempty"`
	// Fault says why the run ended early: the journal could not be written (S32).
	Fault string `json:"fault,omitempty"`
	// Interrupted is true when the context ended before the run did.
	Interrupted bool `json:"interrupted,omitempty"`
	// Requests is what the run sent, by kind of call. Retries were among it,
	// TooMany of them after a 429.
	Requests []Traffic      `json:"requests,omitempty"`
	Retries  int            `json:"retries,omitempty"`
	TooMany  int            `json:"too_many_requests,omitempty"`
	Stats    clerkapi.Stats `json:"-"`
	// Explanation is the answer to Run.Explain.
	Explanation *Explanation `json:"-"`
	// Review is the answer to Run.Review.
	Review *Review `json:"-"`
}

func (r *Report) down(organization string) {
	if r.Down == nil {
		r.Down = map[string]bool{}
	}
	r.Down[organization] = true
}

// Traffic is how many calls of one kind a run sent, and the computed minimum
// for what it had to know and to do: [LookUpRequests] for look-ups, one call
// for each change, and for the rest the formulas that [clerkapi.Stats] names.
type Traffic struct {
	Kind  string `json:"kind"`
	Sent  int    `json:"sent"`
	Least int    `json:"least"`
}

// count fills in what was sent since the client had counted before.
func (r *Report) count(before, after clerkapi.Stats) {
	r.Stats = spent(before, after)
	r.Retries, r.TooMany = r.Stats.Retries, r.Stats.TooMany
	kinds := slices.AppendSeq(slices.Collect(maps.Keys(after.Requests)), maps.Keys(after.Least))
	slices.Sort(kinds)
	for _, kind := range slices.Compact(kinds) {
		t := Traffic{kind, after.Requests[kind] - before.Requests[kind], after.Least[kind] - before.Least[kind]}
		if t.Sent > 0 || t.Least > 0 {
			r.Requests = append(r.Requests, t)
		}
	}
}

// Result is what became of a change that was tried.
type Result string

// The results.
const (
	Done    Result = "done"    // Clerk did it
	Found   Result = "found"   // it was so already, and not by us (S33)
	Dropped Result = "dropped" // left out at the last moment, to keep a promise (last admin)
	Failed  Result = "failed"
	// NotSent is written down of what an interruption, or the end of the
	// process, kept from being sent.
	NotSent Result = "not_sent"
)

// Outcome is what became of one change.
type Outcome struct {
	Change Change `json:"change"`
	Result Result `json:"result"`
	Error  string `json:"error,omitempty"`
	// fatal says that nothing further can work: the key was refused, say.
	fatal bool
	// outage says that the failure is Clerk's own, or the line's.
	outage bool
	// managed says that Clerk's own directory sync has the membership (S19).
	managed bool
	// answer is what Clerk said of the membership: as it is now or, of a
	// removal, as it was (S33).
	answer *clerkapi.Membership
	// invitation is what Clerk said of the invitation, refused what it has
	// against this one.
	invitation *clerkapi.Invitation
	refused    string
	// user is who was created.
	user string
}

// Now is how many members an organization has after what was done: in all,
// those with our marker, and admins. What was found was there without us.
func (r *Report) Now(o *OrganizationPlan) (members, ours, admins int) {
	members, ours, admins = o.Members, o.Ours, o.AdminsBefore
	for i := range r.Outcomes {
		c := &r.Outcomes[i].Change
		if c.Organization != o.ID || r.Outcomes[i].Result != Done {
			continue
		}
		admins += c.adminDelta()
		switch c.Action {
		case Add, CreateUser:
			members, ours = members+1, ours+1
		case Adopt:
			ours++
		case Remove:
			members--
			if c.ID != "" { // it carried our marker
				ours--
			}
		case Invite, RevokeInvitation, SetRole, SetMetadata:
		}
	}
	return members, ours, admins
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
