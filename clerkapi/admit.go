package clerkapi

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// route names the separate limits that Clerk documents beside the general one.
type route uint8

const (
	general route = iota
	invitations
	bulkInvitations
)

// The limits of POST /organizations/{organization_id}/invitations and
// …/invitations/bulk, per instance. The budget's share does not apply: the
// website of the instance seldom invites, and the share would cost hours.
var routeRates = map[route]Rate{
	invitations:     {Requests: 250, Window: time.Hour},
	bulkInvitations: {Requests: 50, Window: time.Hour},
}

// The limit of PATCH on one membership, role and metadata together, is 10 in
// 10 s. Burst and refill must stay under it together: 5 + 10 × 0.5 = 10.
const (
	membershipBurst  = 5
	membershipRefill = rate.Limit(0.45)
	// membershipsKept is when limiters that are full again are dropped.
	membershipsKept = 4096
)

// admission decides when a request may be sent. The order matters: what
// concerns few is waited for first, so that a request which waits an hour for
// its invitation slot holds nothing that others need.
type admission struct {
	window *window
	flow   *flow
	even   *rate.Limiter // nil unless paced evenly
	routes map[route]*window
	gates  map[route]*gate

	mu          sync.Mutex
	memberships map[string]*membershipLimit
	// lastKey is the membership that was rejected last, and when.
	lastKey string
	lastAt  time.Time
}

type membershipLimit struct {
	rate *rate.Limiter
	gate *gate
}

func newAdmission(allowed Rate) *admission {
	a := &admission{
		window: newWindow(allowed), flow: newFlow(allowed.Requests),
		routes: map[route]*window{}, gates: map[route]*gate{general: newGate(maxGeneralPause)},
		memberships: map[string]*membershipLimit{},
	}
	for r, limit := range routeRates {
		a.routes[r], a.gates[r] = newWindow(limit), newGate(maxPause)
	}
	return a
}

// pass is the leave to send one request.
type pass struct {
	of     *admission
	call   *call
	gates  []*gate
	probes []*gate
	slots  []*window
	sent   time.Time
}

// result is what became of a request, as far as limits are concerned.
type result struct {
	status     int // 0: no answer
	retryAfter time.Duration
	timeout    bool
	sends      int
	// answered is when the status line was here; the zero time without an
	// answer. The server had counted the request by then, however long its
	// body takes to arrive and to decode.
	answered time.Time
}

// faulty reports that the server, or the way to it, is in trouble.
func (r result) faulty() bool { return r.timeout || r.status == 0 || r.status >= 500 }

func (r result) rejected() bool { return r.status == 429 }

// admit waits until the call may be sent.
func (a *admission) admit(ctx context.Context, c *call) (*pass, error) {
	gates, membership := a.concerned(c)
	if membership != nil {
		if err := spend(ctx, membership.rate); err != nil {
			return nil, err
		}
	}
	if a.even != nil {
		if err := spend(ctx, a.even); err != nil {
			return nil, err
		}
	}
	for {
		p := &pass{of: a, call: c, gates: gates}
		ok, err := p.try(ctx)
		if err != nil {
			return nil, err
		}
		if ok {
			p.sent = time.Now()
			return p, nil
		}
	}
}

// concerned lists the gates that a call must pass, the special one first.
func (a *admission) concerned(c *call) ([]*gate, *membershipLimit) {
	if c.membership != "" {
		m := a.membership(c.membership)
		return []*gate{m.gate, a.gates[general]}, m
	}
	if c.route != general {
		return []*gate{a.gates[c.route], a.gates[general]}, nil
	}
	return []*gate{a.gates[general]}, nil
}

// try waits for every slot and then looks at the gates once more, because
// they may have closed meanwhile.
func (p *pass) try(ctx context.Context) (bool, error) {
	for _, g := range p.gates {
		if err := g.wait(ctx); err != nil {
			return false, err
		}
	}
	for _, w := range []*window{p.of.routes[p.call.route], p.of.window} {
		if w == nil {
			continue
		}
		if err := w.take(ctx); err != nil {
			p.giveBack(0, time.Time{})
			return false, err
		}
		p.slots = append(p.slots, w)
	}
	if err := p.of.flow.take(ctx); err != nil {
		p.giveBack(0, time.Time{})
		return false, err
	}
	if p.enter() {
		return true, nil
	}
	p.of.flow.done(time.Time{}, result{})
	p.giveBack(0, time.Time{})
	return false, nil
}

func (p *pass) enter() bool {
	for _, g := range p.gates {
		probe, ok := g.enter()
		if !ok {
			for _, claimed := range p.probes {
				claimed.probed(false)
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

func (p *pass) giveBack(sends int, answered time.Time) {
	for _, w := range p.slots {
		w.done(sends, answered)
	}
	p.slots = nil
}

// done ends the request and draws the conclusions.
func (p *pass) done(r result) {
	p.giveBack(r.sends, r.answered)
	p.of.flow.done(p.sent, r)
	blamed := p.blamed(r)
	for _, g := range p.probes {
		if g != blamed {
			g.probed(r.status != 0)
		}
	}
	if blamed == nil {
		return
	}
	news := blamed.rejected(r.retryAfter, slices.Contains(p.probes, blamed))
	if news && blamed == p.of.gates[general] {
		p.of.window.shrink()
	}
}

// blamed is the gate that a 429 closes: the special one of the call, if it
// has one; nil when the answer was no 429.
func (p *pass) blamed(r result) *gate {
	if !r.rejected() {
		return nil
	}
	if p.call.membership != "" && p.of.elsewhere(p.call.membership) {
		return p.of.gates[general]
	}
	return p.gates[0]
}

// elsewhere reports whether another membership was rejected within a window,
// too. The answer does not say which limit it means, and our own sends never
// exceed the one per membership: two memberships mean the general limit.
func (a *admission) elsewhere(key string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	other := a.lastKey != "" && a.lastKey != key && now.Sub(a.lastAt) < a.window.span
	a.lastKey, a.lastAt = key, now
	return other
}

func (a *admission) membership(key string) *membershipLimit {
	a.mu.Lock()
	defer a.mu.Unlock()
	if m, ok := a.memberships[key]; ok {
		return m
	}
	if len(a.memberships) >= membershipsKept {
		a.forgetIdle()
	}
	m := &membershipLimit{rate: rate.NewLimiter(membershipRefill, membershipBurst), gate: newGate(maxGeneralPause)}
	a.memberships[key] = m
	return m
}

func (a *admission) forgetIdle() {
	for key, m := range a.memberships {
		if _, closed := m.gate.look(); closed == nil && m.rate.Tokens() >= membershipBurst {
			delete(a.memberships, key)
		}
	}
}

// spend takes one token. It does not use Wait, which fails at once, and not
// with the context's error, when the deadline is nearer than the token.
func spend(ctx context.Context, l *rate.Limiter) error {
	r := l.Reserve()
	if d := r.Delay(); d > 0 {
		if err := pause(ctx, d, nil); err != nil {
			r.Cancel()
			return err
		}
	}
	return ctx.Err()
}
