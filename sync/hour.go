package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	stdsync "sync"
	"time"
)

// Clerk allows 250 single invitations an hour, and 50 requests that carry up
// to 10 of one organization, counted apart for the whole instance. Both are
// used: 750 an hour where 10 or more of an organization wait. What was sent is
// kept in the journal, so that a restart begins no new hour.
const (
	singlesPerHour = 250
	bulksPerHour   = 50
	perBulk        = 10
)

// The keys of the facts that keep the hour.
const (
	hourSingle = "single"
	hourBulk   = "bulk"
)

// within drops the times that count no more, and those that a clock wrote which
// was far ahead: nobody would be invited until then.
func within(sent []time.Time, now time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(sent), func(t time.Time) bool { return now.Sub(t).Abs() >= time.Hour })
}

// ration leaves the invitations for a later run that Clerk's hour has no room
// for, and says when each can go out.
func (r *Reconciler) ration(p *Plan, m *memory) {
	waiting := p.waiting()
	if len(waiting) == 0 {
		return
	}
	now := r.now()
	single, bulk := slots{limit: singlesPerHour}, slots{limit: bulksPerHour}
	if m != nil {
		single.sent, bulk.sent = within(m.hour[hourSingle], now), within(m.hour[hourBulk], now)
	}
	q := Queue{}
	request := 0
	for at := now; len(waiting) > 0; at = later(&single, &bulk, at) {
		var calls [][]*Change
		calls, waiting = allot(waiting, single.free(at), bulk.free(at))
		for _, call := range calls {
			slot := &single
			if len(call) > 1 {
				slot = &bulk
				request++
			}
			slot.sent = append(slot.sent, at)
			for _, c := range call {
				if at.Equal(now) {
					c.request = 0
					if len(call) > 1 {
						c.request = request
					}
					q.Now++
					continue
				}
				q.Later++
				q.Last = minute(at)
				c.State, c.Why = Skipped, hourIsFull+", about "+q.Last.Format("2006-01-02 15:04Z")
			}
		}
	}
	if q.Later > 0 {
		p.Invitations = &q
	}
}

// minute rounds up, in UTC.
func minute(t time.Time) time.Time {
	return t.UTC().Add(time.Minute - time.Nanosecond).Truncate(time.Minute)
}

// waiting are the invitations that are ready, the first to go out first: the
// highest rule, then who starts first, then as they stand in the plan.
func (p *Plan) waiting() []*Change {
	var out []*Change
	for _, c := range p.Changes() {
		if c.Action == Invite && c.State == Ready {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b *Change) int { return a.rank.compare(b.rank) })
	return out
}

// slots are the requests of one kind that an hour takes.
type slots struct {
	limit int
	sent  []time.Time // oldest first; those that the forecast sends come last
}

func (s *slots) free(at time.Time) int {
	n := 0
	for _, t := range slices.Backward(s.sent) {
		if at.Sub(t) >= time.Hour {
			break
		}
		n++
	}
	return max(0, s.limit-n)
}

// later is when the next slots are free again. What was sent within a minute
// is waited for together: a run takes them at once.
func later(single, bulk *slots, at time.Time) time.Time {
	var next []time.Time
	for _, t := range append(slices.Clone(single.sent), bulk.sent...) {
		if back := t.Add(time.Hour); back.After(at) {
			next = append(next, back)
		}
	}
	slices.SortFunc(next, time.Time.Compare)
	last := next[0]
	for _, t := range next {
		if t.Sub(next[0]) < time.Minute {
			last = t
		}
	}
	return last
}

// allot puts those who wait, the first first, into so many requests of the two
// kinds. Ten of one organization share one; the others go alone. Where more
// are left than can, the largest groups that are left share one too.
func allot(waiting []*Change, single, bulk int) (calls [][]*Change, rest []*Change) {
	taken := map[*Change]bool{}
	share := func(group []*Change) {
		calls = append(calls, group)
		bulk--
		for _, c := range group {
			taken[c] = true
		}
	}
	groups := map[string][]*Change{}
	var order []string
	for _, c := range waiting {
		if _, known := groups[c.Organization]; !known {
			order = append(order, c.Organization)
		}
		groups[c.Organization] = append(groups[c.Organization], c)
		if g := groups[c.Organization]; len(g) == perBulk && bulk > 0 {
			share(g)
			groups[c.Organization] = nil
		}
	}
	left := len(waiting) - len(taken)
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(len(groups[b]), len(groups[a])) })
	for _, o := range order {
		if g := groups[o]; left > single && bulk > 0 && len(g) > 1 {
			share(g)
			left -= len(g)
		}
	}
	for _, c := range waiting {
		switch {
		case taken[c]:
		case single > 0:
			calls = append(calls, []*Change{c})
			single--
		default:
			rest = append(rest, c)
		}
	}
	return calls, rest
}

// hourglass counts what a run sends against the hour, and keeps it in the
// journal: as sent before it is, for who is killed meanwhile has sent it, and
// by the time of the answer afterwards, which is nearer to Clerk's own.
type hourglass struct {
	journal Journal
	run     int64
	now     func() time.Time

	mu   stdsync.Mutex
	sent map[string][]time.Time
	// spent are the kinds of which this run has sent any.
	spent map[string]bool
	// full says that Clerk has refused one: others use the hour too.
	full bool
}

func (r *Reconciler) newHourglass(m *memory) *hourglass {
	h := &hourglass{journal: r.journal, run: r.run, now: r.now, sent: map[string][]time.Time{}, spent: map[string]bool{}}
	if m != nil {
		for kind, sent := range m.hour {
			h.sent[kind] = within(sent, h.now())
		}
	}
	return h
}

// spend writes down that so many requests of a kind are sent.
func (h *hourglass) spend(ctx context.Context, kind string, n int) (at time.Time, err error) {
	if n == 0 {
		return time.Time{}, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	at, h.spent[kind] = h.now(), true
	for range n {
		h.sent[kind] = append(h.sent[kind], at)
	}
	return at, h.write(ctx, kind)
}

// answered moves requests to the time of their answer; close writes it down.
func (h *hourglass) answered(kind string, at time.Time, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	for i := range h.sent[kind] {
		if n > 0 && h.sent[kind][i].Equal(at) {
			h.sent[kind][i] = now
			n--
		}
	}
	slices.SortFunc(h.sent[kind], time.Time.Compare)
}

// room reports whether one more single invitation fits, and is not refused.
func (h *hourglass) room() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.full && len(within(h.sent[hourSingle], h.now())) < singlesPerHour
}

func (h *hourglass) overflow() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.full = true
}

func (h *hourglass) isFull() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.full
}

func (h *hourglass) write(ctx context.Context, kind string) error {
	if h.journal == nil {
		return nil
	}
	n := &notebook{}
	n.put(factHour, kind, within(h.sent[kind], h.now()))
	if err := h.journal.Remember(ctx, h.run, n.set, nil); err != nil {
		return fmt.Errorf("write down what the hour of invitations has had: %w", err)
	}
	return nil
}

// close writes down when what was sent was answered. What cannot be written
// was written before it was sent; the fault ends the run as any other.
func (h *hourglass) close(ctx context.Context, report *Report) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, kind := range []string{hourSingle, hourBulk} {
		if !h.spent[kind] {
			continue
		}
		if err := h.write(ctx, kind); err != nil {
			report.Fault = err.Error()
		}
	}
}
