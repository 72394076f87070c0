package limit

import (
	"context"
	"slices"
	"time"
)

// Permit is the right to send one request.
type Permit struct {
	limiter *Limiter
	key     Key
	gates   []*pauseGate // the special gate first
	probes  []*pauseGate // the gates whose trial request this one is
	slots   []*slidingWindow
	sent    time.Time
}

// Result is what became of a request, as far as limits are concerned.
type Result struct {
	Status     int // 0: no answer
	RetryAfter time.Duration
	Timeout    bool
	// Sends is how often the transport sent the request; 0: not at all.
	Sends int
	// AnsweredAt is when the status line arrived; the zero time without an
	// answer. The server had counted the request by then, however long its
	// body takes to arrive and to decode.
	AnsweredAt time.Time
}

// faulty reports that the server, or the way to it, is in trouble.
func (r Result) faulty() bool { return r.Timeout || r.Status == 0 || r.Status >= 500 }

func (r Result) rejected() bool { return r.Status == 429 }

// tryAcquire waits for every slot and then looks at the gates once more,
// because they may have closed meanwhile.
func (p *Permit) tryAcquire(ctx context.Context) (bool, error) {
	for _, g := range p.gates {
		if err := g.wait(ctx); err != nil {
			return false, err
		}
	}
	for _, w := range []*slidingWindow{p.limiter.routes[p.key.Route], p.limiter.window} {
		if w == nil {
			continue
		}
		if err := w.take(ctx); err != nil {
			p.returnSlots(0, time.Time{})
			return false, err
		}
		p.slots = append(p.slots, w)
	}
	if err := p.limiter.concurrency.acquire(ctx); err != nil {
		p.returnSlots(0, time.Time{})
		return false, err
	}
	if p.tryEnterGates() {
		return true, nil
	}
	p.limiter.concurrency.release(time.Time{}, Result{})
	p.returnSlots(0, time.Time{})
	return false, nil
}

func (p *Permit) tryEnterGates() bool {
	for _, g := range p.gates {
		probe, ok := g.tryEnter()
		if !ok {
			for _, claimed := range p.probes {
				claimed.probeDone(false)
			}
			p.probes = nil
			return false
		}
		if probe {
			p.probes = append(p.probes, g)
		}
	}
	return true
}

func (p *Permit) returnSlots(sends int, answered time.Time) {
	for _, w := range p.slots {
		w.release(sends, answered)
	}
	p.slots = nil
}

// Release ends the request: its slots are free, and the limits learn from its
// result.
func (p *Permit) Release(r Result) {
	p.returnSlots(r.Sends, r.AnsweredAt)
	p.limiter.concurrency.release(p.sent, r)
	limited := p.gateFor429(r)
	for _, g := range p.probes {
		if g != limited {
			g.probeDone(r.Status != 0)
		}
	}
	if limited == nil {
		return
	}
	news := limited.rejected(r.RetryAfter, slices.Contains(p.probes, limited))
	if news && limited == p.limiter.gates[General] {
		p.limiter.window.halve()
	}
}

// gateFor429 is the gate that a 429 closes: the special one of the request, if
// it has one. It is nil when the answer was no 429.
func (p *Permit) gateFor429(r Result) *pauseGate {
	if !r.rejected() {
		return nil
	}
	if p.limiter.noteRejection(p.key) {
		return p.limiter.gates[General]
	}
	return p.gates[0]
}
