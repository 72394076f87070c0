package sync

import "context"

// waves groups the ready changes, in order, by phase. Those that take admin
// rights away stand apart, since each of them looks at who is left, and so do
// those that more than one call makes, or one call several of.
func waves(changes []Change) [][]int {
	type wave struct {
		phase  int
		action Action
		loses  bool
	}
	var out [][]int
	last := wave{phase: -1}
	for i := range changes {
		c := &changes[i]
		if c.State != Ready {
			continue
		}
		key := wave{phase: c.phase(), loses: c.Admin == AdminLost}
		if c.Action == Invite || c.Action == CreateUser {
			key.action = c.Action
		}
		if key != last {
			out = append(out, nil)
			last = key
		}
		out[len(out)-1] = append(out[len(out)-1], i)
	}
	return out
}

// batch is how many changes of an organization are sent before its failures
// are counted.
const batch = 50

// inBatches makes the changes of a wave, batch by batch. What goes in one
// request is in one batch.
func (w *organizationWork) inBatches(ctx context.Context, wave []int, send func(context.Context, []int)) {
	for len(wave) > 0 && ctx.Err() == nil && w.stopped == "" {
		n := min(batch, len(wave))
		for n < len(wave) && w.shareRequest(wave[n-1], wave[n]) {
			n++
		}
		send(ctx, wave[:n])
		for _, i := range wave[:n] {
			w.count(i)
		}
		wave = wave[n:]
	}
}

func (w *organizationWork) shareRequest(a, b int) bool {
	one := w.plan.Changes[a].request
	return one != 0 && one == w.plan.Changes[b].request
}
