package limit

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Route names the separate limits that Clerk documents beside the general one.
type Route uint8

// General is the limit of the whole instance; the others count beside it. Enquiries are
// reads that no change needs. Clerk documents no limit for them: if it has one, they
// wait alone, and no removal waits for them (S39).
const (
	General Route = iota
	Invitations
	BulkInvitations
	Enquiries
)

// Key says which limits a request counts against.
type Key struct {
	Route Route
	// Membership is organization and user of a PATCH on one membership, which
	// has a limit of its own; empty for every other request.
	Membership string
}

// Rate is a number of requests in a window of time.
type Rate struct {
	Requests int
	Window   time.Duration
}

// The limits of POST /organizations/{organization_id}/invitations and
// …/invitations/bulk, per instance. The budget's share does not apply: the
// website of the instance seldom invites, and the share would cost hours.
var routeRates = map[Route]Rate{
	Invitations:     {Requests: 250, Window: time.Hour},
	BulkInvitations: {Requests: 50, Window: time.Hour},
}

// The limit of PATCH on one membership, role and metadata together, is 10 in
// 10 s. Burst and refill must stay under it together: 5 + 10 × 0.5 = 10.
const (
	membershipBurst  = 5
	membershipRefill = rate.Limit(0.45)
	// membershipsKept is the number of membership limits at which idle ones
	// are dropped.
	membershipsKept = 4096
)

// Limiter decides when a request may be sent. The limits that concern few
// requests are waited for first, so that a request which waits an hour for its
// invitation slot holds nothing that others need.
type Limiter struct {
	window      *slidingWindow
	concurrency *concurrency
	even        *rate.Limiter // nil unless paced evenly
	routes      map[Route]*slidingWindow
	gates       map[Route]*pauseGate

	mu          sync.Mutex
	memberships map[string]*membershipLimit
	// rejectedKey is the membership that was rejected last, at rejectedAt.
	rejectedKey string
	rejectedAt  time.Time
}

type membershipLimit struct {
	rate *rate.Limiter
	gate *pauseGate
}

// New makes a limiter for what may be sent in any window.
func New(allowed Rate) *Limiter {
	l := &Limiter{
		window: newSlidingWindow(allowed), concurrency: newConcurrency(allowed.Requests),
		routes: map[Route]*slidingWindow{}, gates: map[Route]*pauseGate{General: newPauseGate(maxGeneralPause), Enquiries: newPauseGate(maxGeneralPause)},
		memberships: map[string]*membershipLimit{},
	}
	for r, limit := range routeRates {
		l.routes[r], l.gates[r] = newSlidingWindow(limit), newPauseGate(maxPause)
	}
	return l
}

// PaceEvenly spreads requests over the window. Call it before the first Acquire.
func (l *Limiter) PaceEvenly(allowed Rate) {
	l.even = rate.NewLimiter(rate.Limit(float64(allowed.Requests)/allowed.Window.Seconds()), 1)
}

// Announce sets what is called when requests wait a second or longer for a limit,
// once a window. Call it before the first Acquire. The function must not call
// the limiter.
func (l *Limiter) Announce(waiting func(wait time.Duration, allowed Rate)) {
	l.window.announce = waiting
	for _, w := range l.routes {
		w.announce = waiting
	}
}

// Restore counts the requests that an earlier process sent.
func (l *Limiter) Restore(sends []time.Time) { l.window.restore(sends) }

// Sends lists the requests that still count against the window.
func (l *Limiter) Sends() []time.Time { return l.window.sends() }

// Used is the share of the window that is taken, from 0 to 1.
func (l *Limiter) Used() float64 { return l.window.used() }

// Acquire waits until the request may be sent. Every Permit must be released.
func (l *Limiter) Acquire(ctx context.Context, key Key) (*Permit, error) {
	gates, membership := l.gatesOf(key)
	if membership != nil {
		if err := takeToken(ctx, membership.rate); err != nil {
			return nil, err
		}
	}
	if l.even != nil {
		if err := takeToken(ctx, l.even); err != nil {
			return nil, err
		}
	}
	for {
		p := &Permit{limiter: l, key: key, gates: gates}
		ok, err := p.tryAcquire(ctx)
		if err != nil {
			return nil, err
		}
		if ok {
			p.sent = time.Now()
			return p, nil
		}
	}
}

// gatesOf lists the gates that a request must pass, the special one first.
func (l *Limiter) gatesOf(key Key) ([]*pauseGate, *membershipLimit) {
	if key.Membership != "" {
		m := l.membership(key.Membership)
		return []*pauseGate{m.gate, l.gates[General]}, m
	}
	if key.Route != General {
		return []*pauseGate{l.gates[key.Route], l.gates[General]}, nil
	}
	return []*pauseGate{l.gates[General]}, nil
}

// noteRejection remembers the membership of a 429 and reports whether the
// answer means the general limit: another membership was rejected within the
// same window. The answer does not say which limit it means, and rollcall's
// own sends never exceed the one per membership.
func (l *Limiter) noteRejection(key Key) (general bool) {
	if key.Membership == "" {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	general = l.rejectedKey != "" && l.rejectedKey != key.Membership && now.Sub(l.rejectedAt) < l.window.span
	l.rejectedKey, l.rejectedAt = key.Membership, now
	return general
}

func (l *Limiter) membership(key string) *membershipLimit {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m, ok := l.memberships[key]; ok {
		return m
	}
	if len(l.memberships) >= membershipsKept {
		l.dropIdleMemberships()
	}
	m := &membershipLimit{rate: rate.NewLimiter(membershipRefill, membershipBurst), gate: newPauseGate(maxGeneralPause)}
	l.memberships[key] = m
	return m
}

func (l *Limiter) dropIdleMemberships() {
	for key, m := range l.memberships {
		if m.gate.ready() && m.rate.Tokens() >= membershipBurst {
			delete(l.memberships, key)
		}
	}
}

// takeToken takes one token. It does not use rate.Limiter.Wait, because that
// fails at once, and not with the context's error, when the deadline is nearer
// than the token.
func takeToken(ctx context.Context, l *rate.Limiter) error {
	r := l.Reserve()
	if d := r.Delay(); d > 0 {
		if err := Sleep(ctx, d); err != nil {
			r.Cancel()
			return err
		}
	}
	return ctx.Err()
}
