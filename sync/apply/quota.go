package apply

import (
	"context"
	"fmt"
	"slices"
	stdsync "sync"
	"time"

	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// quotaMeter counts the invitations that a run sends against Clerk's limit for
// an hour, and writes the count to the journal. It writes before sending,
// because a run that is killed may have sent them. Afterwards it writes the
// time of the answer, which is nearer to Clerk's own count.
type quotaMeter struct {
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

func (r *Sender) newQuotaMeter(m *memory.Memory) *quotaMeter {
	h := &quotaMeter{journal: r.Journal, run: r.Run, now: r.Now, sent: map[string][]time.Time{}, spent: map[string]bool{}}
	if m != nil {
		for kind, sent := range m.Hour {
			h.sent[kind] = plan.LastHour(sent, h.now())
		}
	}
	return h
}

// spend writes that so many requests of a kind are about to be sent.
func (h *quotaMeter) spend(ctx context.Context, kind string, n int) (at time.Time, err error) {
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

// moveToAnswer moves requests to the time of their answer; close writes it down.
func (h *quotaMeter) moveToAnswer(kind string, at time.Time, n int) {
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

// hasRoom reports whether one more single invitation fits into the hour, and
// Clerk has refused none.
func (h *quotaMeter) hasRoom() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	slots := plan.SlotsOf(plan.HourSingle, h.sent[plan.HourSingle], now)
	return !h.full && slots.Free(now) > 0
}

// markFull notes that Clerk has refused an invitation: other programs use the
// hour too.
func (h *quotaMeter) markFull() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.full = true
}

func (h *quotaMeter) isFull() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.full
}

func (h *quotaMeter) write(ctx context.Context, kind string) error {
	if h.journal == nil {
		return nil
	}
	n := &memory.Update{}
	n.Put(memory.FactHour, kind, plan.LastHour(h.sent[kind], h.now()))
	if err := h.journal.Remember(ctx, h.run, n.Set, nil); err != nil {
		return fmt.Errorf("record the invitations of this hour: %w", err)
	}
	return nil
}

// close writes the times of the answers. If that fails, the journal still has
// the times from before sending; the fault ends the run as any other.
func (h *quotaMeter) close(ctx context.Context, report *Sent) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, kind := range []string{plan.HourSingle, plan.HourBulk} {
		if !h.spent[kind] {
			continue
		}
		if err := h.write(ctx, kind); err != nil {
			report.Fault = err.Error()
		}
	}
}
