package limit

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// development is the rate of a development instance.
var development = Rate{Requests: 100, Window: 10 * time.Second}

// admitted fails the test when the request does not get through.
func admitted(t *testing.T, a *Limiter, c Key) *Permit {
	t.Helper()
	p, err := a.Acquire(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var errWhy = errors.New("enough")

// soon is a context that ends after a second, with a cause.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errWhy)
	t.Cleanup(cancel)
	return ctx
}

// A caller that is cancelled at any limit has used nothing of any limit.
func TestGivingUpCostsNoLimit(t *testing.T) {
	const once = time.Hour
	invite, patch, read := Key{Route: Invitations}, Key{Membership: "o u"}, Key{}
	for name, x := range map[string]struct {
		key  Key
		full func(*testing.T, *Limiter)
	}{
		"membership": {patch, func(t *testing.T, a *Limiter) {
			for range membershipBurst {
				_ = takeToken(t.Context(), a.membership("o u").rate)
			}
			a.memberships["o u"].rate.SetLimit(rate.Every(once))
		}},
		"even pace": {read, func(t *testing.T, a *Limiter) {
			a.even = rate.NewLimiter(rate.Every(once), 1)
			_ = takeToken(t.Context(), a.even)
		}},
		"route": {invite, func(t *testing.T, a *Limiter) {
			for range 250 {
				_ = a.routes[Invitations].take(t.Context())
			}
		}},
		"window": {invite, func(t *testing.T, a *Limiter) {
			for range 100 {
				_ = a.window.take(t.Context())
			}
		}},
		"concurrency": {invite, func(t *testing.T, a *Limiter) {
			for range startConcurrency {
				_ = a.concurrency.acquire(t.Context())
			}
		}},
		"gate": {read, func(_ *testing.T, a *Limiter) { a.gates[General].rejected(time.Minute, false) }},
	} {
		synctest.Test(t, func(t *testing.T) {
			a := New(development)
			x.full(t, a)
			use := func() string {
				return fmt.Sprint(a.window.used(), a.routes[Invitations].used(), a.concurrency.inFlight, len(a.window.answered), len(a.routes[Invitations].answered))
			}
			before := use()
			if p, err := a.Acquire(soon(t), x.key); !errors.Is(err, errWhy) || p != nil {
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
		if err := takeToken(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		if err := takeToken(soon(t), l); !errors.Is(err, errWhy) {
			t.Errorf("gave up with %v", err)
		}
		began := time.Now()
		if err := takeToken(t.Context(), l); err != nil || time.Since(began) != 9*time.Second {
			t.Errorf("the next one waited %s, want 9s (%v)", time.Since(began), err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := takeToken(ended, rate.NewLimiter(1, 1)); err == nil {
			t.Error("somebody who has gone got a token")
		}
	})
}

// The concurrency learns from the latency of an answer. A gate that closes while a
// request waits for a slot makes it return all of its slots.
func TestPermitReportsLatencyAndReturnsSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(Rate{Requests: 1000, Window: 10 * time.Second})
		p := admitted(t, a, Key{})
		time.Sleep(25 * time.Millisecond)
		p.Release(Result{Status: 200, Sends: 1})
		if got := a.concurrency.limit(); got != 25 {
			t.Errorf("%d in flight after 25 ms, want 25", got)
		}
		one := New(Rate{Requests: 1, Window: 10 * time.Second})
		first := admitted(t, one, Key{})
		tried := make(chan bool, 1)
		second := &Permit{limiter: one, key: Key{}, gates: []*pauseGate{one.gates[General]}}
		go func() { ok, _ := second.tryAcquire(t.Context()); tried <- ok }()
		synctest.Wait()
		one.gates[General].rejected(time.Minute, false)
		first.Release(Result{Status: 200, Sends: 0})
		if <-tried {
			t.Error("a closed gate was passed")
		}
		if one.concurrency.inFlight != 0 || one.window.inFlight != 0 || len(one.window.answered) != 0 {
			t.Errorf("in flight %d and %d, %d answered: nothing was sent", one.concurrency.inFlight, one.window.inFlight, len(one.window.answered))
		}
	})
}

// A request must pass both of its gates. If the second one stays closed, the
// trial at the first one is returned.
func TestProbeIsHandedBackAtTheSecondGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(development)
		c := Key{Route: Invitations}
		ripe, shut := a.gates[Invitations], a.gates[General]
		ripe.rejected(time.Second, false)
		shut.rejected(time.Minute, false)
		time.Sleep(time.Second)
		p := &Permit{limiter: a, key: c, gates: []*pauseGate{ripe, shut}}
		if p.tryEnterGates() || len(p.probes) != 0 {
			t.Errorf("entered, or kept %d probes", len(p.probes))
		}
		if probe, ok := ripe.tryEnter(); !probe || !ok {
			t.Error("the first gate still waits for a probe that nobody sent")
		}
	})
}

// Only an answer to the trial request opens a gate.
func TestWhoseAnswerOpensAGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(development)
		g := a.gates[General]
		early, other := admitted(t, a, Key{}), admitted(t, a, Key{})
		other.Release(Result{Status: 429, RetryAfter: time.Second, Sends: 1})
		early.Release(Result{Status: 200, Sends: 1}) // was under way before
		if g.state != closed {
			t.Error("an answer that was under way opened the gate")
		}
		time.Sleep(time.Second)
		probe := admitted(t, a, Key{})
		probe.Release(Result{Sends: 1})
		if g.state != closed {
			t.Error("a probe without an answer opened the gate, or is still waited for")
		}
		again := admitted(t, a, Key{})
		if again.Release(Result{Status: 503, Sends: 1}); g.state != open {
			t.Error("an answered probe left the gate closed")
		}
	})
}

// A 429 reduces the budget once for all requests that were under way, and only
// when it means the general limit.
func TestWhatA429Shrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rejected := Result{Status: 429, RetryAfter: time.Second, Sends: 1}
		allowed := func(a *Limiter, keys ...Key) int {
			var all []*Permit
			for _, c := range keys {
				all = append(all, admitted(t, a, c))
			}
			for _, p := range all {
				p.Release(rejected)
			}
			return a.window.allowed(time.Now())
		}
		read, invite := Key{}, Key{Route: Invitations}
		patch := func(key string) Key { return Key{Membership: key} }
		for name, x := range map[string]struct {
			keys []Key
			want int
		}{
			"one": {[]Key{read}, 50}, "several at once": {[]Key{read, read, read}, 50}, "an invitation": {[]Key{invite}, 100}, "an enquiry": {[]Key{{Route: Enquiries}}, 100},
			"one membership": {[]Key{patch("o u")}, 100}, "one membership twice": {[]Key{patch("o u"), patch("o u")}, 100},
			"two memberships":              {[]Key{patch("o u"), patch("o v")}, 50},
			"a membership, an invitation":  {[]Key{patch("o u"), invite}, 100},
			"a membership, then the whole": {[]Key{patch("o u"), read}, 50},
		} {
			if got := allowed(New(development), x.keys...); got != x.want {
				t.Errorf("%s: %d allowed, want %d", name, got, x.want)
			}
		}
	})
}

func TestTwoMembershipsMeanTheGeneralLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(development)
		for i, x := range []struct {
			key   string
			after time.Duration
			want  bool
		}{
			{"a", 0, false}, {"a", time.Second, false}, {"b", time.Second, true}, {"b", time.Second, false},
			{"a", a.window.span - 1, true}, {"b", a.window.span, false}, {"c", a.window.span + time.Hour, false},
		} {
			time.Sleep(x.after)
			if got := a.noteRejection(Key{Membership: x.key}); got != x.want {
				t.Errorf("%d: %s after %s: general %t", i, x.key, x.after, got)
			}
		}
	})
}

// A 429 to an enquiry stops enquiries and nothing else; one to anything else stops
// enquiries too (S39).
func TestS39WhatWaitsForAnEnquiry(t *testing.T) {
	for name, x := range map[string]struct {
		rejected Key
		waits    map[Key]bool
	}{
		"an enquiry": {Key{Route: Enquiries}, map[Key]bool{{Route: Enquiries}: true, {}: false, {Membership: "o u"}: false, {Route: Invitations}: false}},
		"a removal":  {Key{}, map[Key]bool{{Route: Enquiries}: true, {}: true}},
	} {
		for key, want := range x.waits {
			synctest.Test(t, func(t *testing.T) {
				a := New(development)
				admitted(t, a, x.rejected).Release(Result{Status: 429, RetryAfter: time.Minute, Sends: 1})
				began := time.Now()
				admitted(t, a, key).Release(Result{Status: 200, Sends: 1})
				if waits := time.Since(began) >= time.Minute; waits != want {
					t.Errorf("%s is rejected: %+v waits: %t", name, key, waits)
				}
			})
		}
	}
}

// A membership limit that is in use or paused is not dropped when room is made.
func TestOnlyIdleLimitersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(development)
		for i := range membershipsKept {
			a.membership(fmt.Sprint(i))
		}
		used, closed := a.membership("1"), a.membership("2")
		_ = takeToken(t.Context(), used.rate)
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

func TestIdleMembershipLimitsAreForgotten(t *testing.T) {
	a := New(development)
	for i := range membershipsKept + 1 {
		a.membership(string(rune('0' + i)))
	}
	if len(a.memberships) > membershipsKept {
		t.Errorf("%d limiters kept", len(a.memberships))
	}
}

// Clerk documents 250 single calls and 50 bulk calls an hour, beside each other.
func TestInvitationLimitsOfAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(Rate{Requests: 1_000_000, Window: time.Second})
		for r, most := range map[Route]int{Invitations: 250, BulkInvitations: 50} {
			began := time.Now()
			for i := range most + 1 {
				p, err := a.Acquire(t.Context(), Key{Route: r})
				if err != nil {
					t.Fatal(err)
				}
				if i == most-1 && time.Since(began) != 0 {
					t.Errorf("route %d: %d calls took %s", r, most, time.Since(began))
				}
				p.Release(Result{Status: 200, Sends: 1})
			}
			if took := time.Since(began); took != time.Hour+clockMargin {
				t.Errorf("route %d: one call over %d came after %s", r, most, took)
			}
		}
	})
}

func TestWhatCountsAsAFault(t *testing.T) {
	for want, results := range map[bool][]Result{
		true:  {{}, {Status: 500}, {Status: 503}, {Status: 200, Timeout: true}, {Timeout: true}},
		false: {{Status: 200}, {Status: 404}, {Status: 429}, {Status: 499}},
	} {
		for _, r := range results {
			if r.faulty() != want || r.rejected() != (r.Status == 429) {
				t.Errorf("%+v: faulty %t, rejected %t", r, r.faulty(), r.rejected())
			}
		}
	}
}
