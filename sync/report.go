package sync

import (
	"maps"
	"slices"

	"rollcall/clerkapi"
	"rollcall/sync/apply"
	"rollcall/sync/assign"
	"rollcall/sync/explain"
	"rollcall/sync/plan"
	"rollcall/sync/recent"
)

// Report is the result of a run: the plan, and the outcome of each ready
// change.
type Report struct {
	Plan *plan.Plan `json:"plan"`
	// Applied is true when the run was to change Clerk.
	Applied bool `json:"applied"`
	// Members is what a run for one person has read of the members of organizations; nil
	// for any other run, which reads all.
	Members *recent.Scope `json:"members,omitempty"`
	apply.Sent
	// Requests is what the run sent, by kind of call. Retries were among it,
	// TooMany of them after a 429.
	Requests []Traffic      `json:"requests,omitempty"`
	Retries  int            `json:"retries,omitempty"`
	TooMany  int            `json:"too_many_requests,omitempty"`
	Stats    clerkapi.Stats `json:"-"`
	// Grants say which group gives what to how many people, the largest first. It is
	// empty for an undo.
	Grants []assign.Grant `json:"-"`
	// Explanation is the answer to Run.Explain.
	Explanation *explain.Explanation `json:"-"`
	// Explanations are the answers to Run.ExplainAll, in its order.
	Explanations []*explain.Explanation `json:"-"`
	// Review is the answer to Run.Review.
	Review *explain.Review `json:"-"`
}

// Traffic is the number of calls of one kind that a run sent, and the computed
// minimum for its task: [identity.LookUpRequests] for look-ups, one call for
// each change, and for the rest the formulas that [clerkapi.Stats] names.
type Traffic struct {
	Kind  string `json:"kind"`
	Sent  int    `json:"sent"`
	Least int    `json:"least"`
}

// count fills in the calls since the earlier reading of the counters.
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

// Now is the size of an organization after the run: all members, those with
// our marker, and admins. A membership that was found is not ours.
func (r *Report) Now(o *plan.Organization) (members, ours, admins int) {
	members, ours, admins = o.Members, o.Ours, o.AdminsBefore
	for i := range r.Outcomes {
		outcome := &r.Outcomes[i]
		c := &outcome.Change
		if c.Organization != o.ID {
			continue
		}
		more, moreAdmins := outcome.Effect()
		members, admins = members+more, admins+moreAdmins
		switch {
		case c.Action == plan.Remove && c.ID != "": // it carried our marker
			ours += more
		case outcome.Result == apply.Done && c.Action == plan.Adopt:
			ours++
		case outcome.Result == apply.Done && c.Action != plan.Remove:
			ours += more
		}
	}
	return members, ours, admins
}

// Tally counts outcomes by result.
func (r *Report) Tally(result apply.Result) int {
	n := 0
	for i := range r.Outcomes {
		if r.Outcomes[i].Result == result {
			n++
		}
	}
	return n
}

// appliedWhole are the organizations with all changes applied: nothing waits,
// and nothing failed or was left out.
func (r *Report) appliedWhole(run Run) map[string]bool {
	good := map[string]int{}
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Result.Reached() || o.Result == apply.Dropped && o.Deferral != apply.OtherMembership {
			good[o.Change.Organization]++
		}
	}
	out := map[string]bool{}
	for i := range r.Plan.Organizations {
		o := &r.Plan.Organizations[i]
		out[o.ID] = run.Only == "" && o.Complete() && good[o.ID] == o.Ready()
	}
	return out
}
