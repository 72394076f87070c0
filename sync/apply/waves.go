package apply

import (
	"context"
	"math/rand/v2"
	"slices"

	"rollcall/sync/plan"
)

// ready lists the ready changes of a kind that have no outcome yet, in the plan's order.
func (w *organizationRun) ready(kind func(*plan.Change) bool) []int {
	var out []int
	for i := range w.plan.Changes {
		if c := &w.plan.Changes[i]; c.State == plan.Ready && w.outcomes[i] == nil && kind(c) {
			out = append(out, i)
		}
	}
	return out
}

// batch is how many changes of an organization are written to the journal
// together, and how many of its losses are sent at once.
const batch = 50

// inBatches sends changes of one class, batch by batch. What goes in one request
// is in one batch.
func (w *organizationRun) inBatches(ctx context.Context, of class, list []int, send func(context.Context, []int)) {
	if of == losses && len(list) > batch {
		list = w.inTurn(list)
	}
	for w.goesOn(ctx, of) {
		if list = w.leaveRefused(list); len(list) == 0 {
			return
		}
		n := min(w.tallies[of].batchSize(of), len(list))
		for n < len(list) && shareRequest(&w.plan.Changes[list[n-1]], &w.plan.Changes[list[n]]) {
			n++
		}
		send(ctx, list[:n])
		list = list[n:]
	}
}

// inTurn begins a list of losses at another place in each run that has a number. Clerk may
// refuse so many of them for good that the error budget ends the rest: whoever stands
// behind them is tried in a later run (S39).
func (w *organizationRun) inTurn(list []int) []int {
	if len(list) <= leastCalls || w.sender.Run <= 0 {
		return list
	}
	at := rand.New(rand.NewPCG(uint64(w.sender.Run), 0)).IntN(len(list)) // a run that is repeated does the same
	return slices.Concat(list[at:], list[:at])
}

// batchSize is the size of the next batch. The first gain is alone: if Clerk
// refuses it for all, the history has one entry.
func (t *tally) batchSize(of class) int {
	if of == gains && t.accepted+t.outages == 0 {
		return 1
	}
	return batch
}

// shareRequest reports whether two invitations go in one request.
func shareRequest(a, b *plan.Change) bool { return a.Bulk != 0 && a.Bulk == b.Bulk }
