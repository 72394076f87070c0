package clerkapi

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// admitted fails the test when the call does not get through.
func admitted(t *testing.T, a *admission, c *call) *pass {
	t.Helper()
	p, err := a.admit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var errWhy = errors.New("enough")

// soon is a context that ends after a second, and says why.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errWhy)
	t.Cleanup(cancel)
	return ctx
}

// Whoever gives up on the way, at whatever limit, has used nothing of any.
func TestGivingUpCostsNoLimit(t *testing.T) {
	const once = time.Hour
	invite, patch, read := &call{method: "POST", route: invitations}, &call{method: "PATCH", membership: "o u"}, &call{method: "GET"}
	for name, x := range map[string]struct {
		call *call
		full func(*testing.T, *admission)
	}{
		"membership": {patch, func(t *testing.T, a *admission) {
			for range membershipBurst {
				_ = spend(t.Context(), a.membership("o u").rate)
			}
			a.memberships["o u"].rate.SetLimit(rate.Every(once))
		}},
		"even pace": {read, func(t *testing.T, a *admission) {
			a.even = rate.NewLimiter(rate.Every(once), 1)
			_ = spend(t.Context(), a.even)
		}},
		"route": {invite, func(t *testing.T, a *admission) {
			for range 250 {
				_ = a.routes[invitations].take(t.Context())
			}
		}},
		"window": {invite, func(t *testing.T, a *admission) {
			for range 100 {
				_ = a.window.take(t.Context())
			}
		}},
		"flow": {invite, func(t *testing.T, a *admission) {
			for range startFlow {
				_ = a.flow.take(t.Context())
			}
		}},
		"gate": {read, func(_ *testing.T, a *admission) { a.gates[general].rejected(time.Minute, false) }},
	} {
		synctest.Test(t, func(t *testing.T) {
			a := newAdmission(developmentRate)
			x.full(t, a)
			use := func() string {
				return fmt.Sprint(a.window.used(), a.routes[invitations].used(), a.flow.inFlight, len(a.window.answered), len(a.routes[invitations].answered))
			}
			before := use()
			if p, err := a.admit(soon(t), x.call); !errors.Is(err, errWhy) || p != nil {
				t.Errorf("%s: %v, %v", name, p, err)
			}
			if after := use(); after != before {
				t.Errorf("%s: used %s, before %s", name, after, before)
			}
		})
	}
}

func TestATokenThatWasNotWaitedForIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rate.NewLimiter(rate.Every(10*time.Second), 1)
		if err := spend(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		if err := spend(soon(t), l); !errors.Is(err, errWhy) {
			t.Errorf("gave up with %v", err)
		}
		began := time.Now()
		if err := spend(t.Context(), l); err != nil || time.Since(began) != 9*time.Second {
			t.Errorf("the next one waited %s, want 9s (%v)", time.Since(began), err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := spend(ended, rate.NewLimiter(1, 1)); err == nil {
			t.Error("somebody who has gone got a token")
		}
	})
}

// What an answer took, the flow learns; a gate that closes while somebody
// waits for a slot sends them back with everything.
func TestPassTellsTheFlowAndGivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(Rate{Requests: 1000, Window: 10 * time.Second})
		p := admitted(t, a, &call{method: "GET"})
		time.Sleep(25 * time.Millisecond)
		p.done(result{status: 200, sends: 1})
		if got := a.flow.bound(); got != 25 {
			t.Errorf("%d in flight after 25 ms, want 25", got)
		}
		one := newAdmission(Rate{Requests: 1, Window: 10 * time.Second})
		first := admitted(t, one, &call{method: "GET"})
		tried := make(chan bool, 1)
		second := &pass{of: one, call: &call{method: "GET"}, gates: []*gate{one.gates[general]}}
		go func() { ok, _ := second.try(t.Context()); tried <- ok }()
		synctest.Wait()
		one.gates[general].rejected(time.Minute, false)
		first.done(result{status: 200, sends: 0})
		if <-tried {
			t.Error("a closed gate was passed")
		}
		if one.flow.inFlight != 0 || one.window.inFlight != 0 || len(one.window.answered) != 0 {
			t.Errorf("in flight %d and %d, %d answered: nothing was sent", one.flow.inFlight, one.window.inFlight, len(one.window.answered))
		}
	})
}

// Of two gates both must be passed: a probe of the first is handed back when
// the second stays closed.
func TestProbeIsHandedBackAtTheSecondGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(developmentRate)
		c := &call{method: "POST", route: invitations}
		ripe, shut := a.gates[invitations], a.gates[general]
		ripe.rejected(time.Second, false)
		shut.rejected(time.Minute, false)
		time.Sleep(time.Second)
		p := &pass{of: a, call: c, gates: []*gate{ripe, shut}}
		if p.enter() || len(p.probes) != 0 {
			t.Errorf("entered, or kept %d probes", len(p.probes))
		}
		if probe, ok := ripe.enter(); !probe || !ok {
			t.Error("the first gate still waits for a probe that nobody sent")
		}
	})
}

// Only a probe's answer opens a gate, and only one that came.
func TestWhoseAnswerOpensAGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(developmentRate)
		g := a.gates[general]
		early, other := admitted(t, a, &call{method: "GET"}), admitted(t, a, &call{method: "GET"})
		other.done(result{status: 429, retryAfter: time.Second, sends: 1})
		early.done(result{status: 200, sends: 1}) // was under way before
		if !g.closed {
			t.Error("an answer that was under way opened the gate")
		}
		time.Sleep(time.Second)
		probe := admitted(t, a, &call{method: "GET"})
		probe.done(result{sends: 1})
		if !g.closed || g.probing {
			t.Error("a probe without an answer opened the gate, or is still waited for")
		}
		again := admitted(t, a, &call{method: "GET"})
		if again.done(result{status: 503, sends: 1}); g.closed {
			t.Error("an answered probe left the gate closed")
		}
	})
}

// A 429 shrinks the budget once for all that was under way, and only when it
// means the general limit.
func TestWhatA429Shrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rejected := result{status: 429, retryAfter: time.Second, sends: 1}
		allowed := func(a *admission, calls ...*call) int {
			var all []*pass
			for _, c := range calls {
				all = append(all, admitted(t, a, c))
			}
			for _, p := range all {
				p.done(rejected)
			}
			return a.window.allowed(time.Now())
		}
		read, invite := &call{method: "GET"}, &call{method: "POST", route: invitations}
		patch := func(key string) *call { return &call{method: "PATCH", membership: key} }
		for name, x := range map[string]struct {
			calls []*call
			want  int
		}{
			"one": {[]*call{read}, 50}, "a herd": {[]*call{read, read, read}, 50}, "an invitation": {[]*call{invite}, 100},
			"one membership": {[]*call{patch("o u")}, 100}, "one membership twice": {[]*call{patch("o u"), patch("o u")}, 100},
			"two memberships":              {[]*call{patch("o u"), patch("o v")}, 50},
			"a membership, an invitation":  {[]*call{patch("o u"), invite}, 100},
			"a membership, then the whole": {[]*call{patch("o u"), read}, 50},
		} {
			if got := allowed(newAdmission(developmentRate), x.calls...); got != x.want {
				t.Errorf("%s: %d allowed, want %d", name, got, x.want)
			}
		}
	})
}

func TestElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(developmentRate)
		for i, x := range []struct {
			key   string
			after time.Duration
			want  bool
		}{
			{"a", 0, false}, {"a", time.Second, false}, {"b", time.Second, true}, {"b", time.Second, false},
			{"a", a.window.span - 1, true}, {"b", a.window.span, false}, {"c", a.window.span + time.Hour, false},
		} {
			time.Sleep(x.after)
			if got := a.elsewhere(x.key); got != x.want {
				t.Errorf("%d: %s after %s: elsewhere %t", i, x.key, x.after, got)
			}
		}
	})
}

// What is in use, or closed, is not forgotten when room is made.
func TestOnlyIdleLimitersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(developmentRate)
		for i := range membershipsKept {
			a.membership(fmt.Sprint(i))
		}
		used, closed := a.membership("1"), a.membership("2")
		_ = spend(t.Context(), used.rate)
		closed.gate.rejected(time.Hour, false)
		if len(a.memberships) != membershipsKept {
			t.Fatalf("%d kept before there are too many", len(a.memberships))
		}
		a.membership("one more")
		if len(a.memberships) != 3 || a.membership("1") != used || a.membership("2") != closed {
			t.Errorf("%d kept, want the used, the closed and the new one", len(a.memberships))
		}
	})
}
