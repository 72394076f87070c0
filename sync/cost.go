package sync

import (
	"maps"
	"slices"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// spent is the requests between two readings of the client's counters.
func spent(before, after clerkapi.Stats) clerkapi.Stats {
	out := clerkapi.Stats{Requests: map[string]int{}, Retries: after.Retries - before.Retries, TooMany: after.TooMany - before.TooMany}
	for kind, n := range after.Requests {
		if n -= before.Requests[kind]; n > 0 {
			out.Requests[kind] = n
		}
	}
	return out
}

// price fills in the cost of a plan: the reads that were sent, without
// retries, and the writes of its ready changes.
func price(p *plan.Plan, used clerkapi.Stats, rate policy.Rate) {
	p.Cost.Reads = -used.Retries
	for _, n := range used.Requests {
		p.Cost.Reads += n
	}
	kinds := map[string]int{}
	total := 0
	shared := map[string]bool{}
	for _, c := range p.Changes() {
		if c.State != plan.Ready {
			continue
		}
		for _, kind := range c.Requests() {
			if key := c.SharedRequest(kind); key != "" && shared[key] {
				continue
			} else if key != "" {
				shared[key] = true
			}
			kinds[kind]++
			total++
		}
	}
	p.Cost.Writes = []plan.Calls{} // JSON has a list, if an empty one
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		p.Cost.Writes = append(p.Cost.Writes, plan.Calls{Kind: kind, Calls: kinds[kind]})
	}
	p.Cost.Seconds = int(rate.Floor(total) / time.Second)
}
