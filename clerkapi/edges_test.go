package clerkapi

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// The least bit of time counts: a slot that is free a nanosecond early is a
// request too many, as the server sees it.
func TestWindowToTheNanosecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(Rate{Requests: 2, Window: 10 * time.Second})
		taking := func(want time.Duration) {
			t.Helper()
			began := time.Now()
			if err := w.take(t.Context()); err != nil || time.Since(began) != want {
				t.Errorf("a slot after %s, want %s (%v)", time.Since(began), want, err)
			}
		}
		const whole = 10*time.Second + 20*time.Millisecond
		taking(0)
		taking(0)
		w.done(1, time.Time{}) // answered now
		w.done(2, time.Now())  // the transport repeated it: two slots
		taking(whole)
		w.done(0, time.Time{}) // not used: free at once
		taking(0)
		taking(0)
	})
}

func TestEarlierSendsInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, x := range map[string]struct {
			ages []time.Duration
			want time.Duration
		}{
			"the older one comes last": {[]time.Duration{time.Second, 9 * time.Second}, 1020 * time.Millisecond},
			"of the future":            {[]time.Duration{-time.Hour, -time.Minute}, 10020 * time.Millisecond},
			"just over":                {[]time.Duration{10020 * time.Millisecond, 0}, 0},
			"almost over":              {[]time.Duration{10020*time.Millisecond - 1, 0}, 1},
		} {
			w := newWindow(Rate{Requests: 2, Window: 10 * time.Second})
			var sends []time.Time
			for _, age := range x.ages {
				sends = append(sends, time.Now().Add(-age))
			}
			w.restore(sends)
			began := time.Now()
			if err := w.take(t.Context()); err != nil || time.Since(began) != x.want {
				t.Errorf("%s: a slot after %s, want %s (%v)", name, time.Since(began), x.want, err)
			}
		}
	})
}

// Who has given up gets no slot, though one is free, and passes on what came
// too late.
func TestNobodyIsServedAfterGivingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		w := newWindow(Rate{Requests: 100, Window: time.Second})
		for range 100 { // a select would choose by chance
			if err := w.take(ended); err == nil {
				t.Fatal("a slot for somebody who has gone")
			}
		}
		one := newWindow(Rate{Requests: 1, Window: time.Second})
		one.mu.Lock()
		late, next := one.waiting.join(), one.waiting.join()
		one.pump(time.Now())
		one.mu.Unlock()
		one.abandon(late)
		select {
		case <-next.ready:
		default:
			t.Error("the next one waits, though the slot was handed back")
		}
	})
}

func TestSmallBudgetsShrinkAndGrowByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(Rate{Requests: 10, Window: 10 * time.Second})
		for _, want := range []int{5, 2, 1, 1} {
			if w.shrink(); w.allowed(time.Now()) != want {
				t.Errorf("%d allowed, want %d", w.allowed(time.Now()), want)
			}
		}
		for want := 2; want <= 10; want++ {
			time.Sleep(w.span)
			if got := w.allowed(time.Now()); got != want {
				t.Errorf("%d allowed, want %d", got, want)
			}
		}
		time.Sleep(w.span)
		if got := w.allowed(time.Now()); got != 10 {
			t.Errorf("%d allowed, of 10", got)
		}
	})
}

// waiting waits at a gate and tells how long it took.
func waiting(ctx context.Context, g *gate) (<-chan time.Duration, *error) {
	took, failed := make(chan time.Duration, 1), new(error)
	began := time.Now()
	go func() {
		*failed = g.wait(ctx)
		took <- time.Since(began)
	}()
	synctest.Wait()
	return took, failed
}

func TestGateToTheNanosecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(time.Minute)
		if g.rejected(time.Minute, false); g.rejected(time.Second, false) {
			t.Error("a second rejection of the same herd is news")
		}
		if took, failed := waiting(t.Context(), g); <-took != time.Minute || *failed != nil {
			t.Errorf("waited %v (%v), want the longest pause that is sat out", time.Since(g.until), *failed)
		}
		g.rejected(time.Minute, false)
		time.Sleep(time.Minute - 1)
		if probe, ok := g.enter(); probe || ok {
			t.Errorf("a nanosecond before its time the gate gives %t, %t", probe, ok)
		}
		if _, changed := g.look(); changed == nil {
			t.Error("a nanosecond before its time the gate looks ripe")
		}
		time.Sleep(time.Nanosecond)
		if probe, ok := g.enter(); !probe || !ok {
			t.Errorf("at its time the gate gives %t, %t", probe, ok)
		}
	})
}

// While a probe is out all others wait for its answer, not for a time; what it
// brings wakes them at once.
func TestGateWaitsForItsProbe(t *testing.T) {
	for name, x := range map[string]struct {
		end  func(*gate)
		want time.Duration
	}{
		"answered":           {func(g *gate) { g.probed(true) }, time.Second},
		"lost":               {func(g *gate) { g.probed(false) }, time.Second},
		"rejected":           {func(g *gate) { g.rejected(5*time.Second, true) }, 6 * time.Second},
		"another's rejected": {func(g *gate) { g.rejected(5*time.Second, false); time.Sleep(time.Minute); g.probed(true) }, 61 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(time.Hour)
				g.rejected(time.Second, false)
				time.Sleep(time.Second)
				if probe, ok := g.enter(); !probe || !ok {
					t.Fatal("no probe at a ripe gate")
				}
				if probe, ok := g.enter(); probe || ok {
					t.Fatal("two probes at once")
				}
				took, failed := waiting(t.Context(), g)
				time.Sleep(time.Second)
				x.end(g)
				if got := <-took; got != x.want || *failed != nil {
					t.Errorf("waited %s (%v), want %s", got, *failed, x.want)
				}
			})
		})
	}
}

// An answer to the probe opens the gate, also when a rejection of the herd has
// moved its time on meanwhile.
func TestGateThatIsOpenIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(time.Hour)
		g.rejected(time.Second, false)
		time.Sleep(time.Second)
		g.enter()
		g.rejected(time.Minute, false)
		g.probed(true)
		if took, failed := waiting(t.Context(), g); <-took != 0 || *failed != nil {
			t.Errorf("an open gate makes wait (%v)", *failed)
		}
		if probe, ok := g.enter(); probe || !ok {
			t.Errorf("an open gate gives %t, %t", probe, ok)
		}
	})
}

func TestGateEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, why := newGate(time.Hour), errors.New("enough")
		g.rejected(time.Minute, false)
		ctx, cancel := context.WithCancelCause(t.Context())
		took, failed := waiting(ctx, g)
		cancel(why)
		if <-took; !errors.Is(*failed, why) {
			t.Errorf("ended with %v", *failed)
		}
	})
}

func TestLongPauseSaysHowLong(t *testing.T) {
	err := error(&longPauseError{wait: 90*time.Minute + 1400*time.Millisecond})
	if want := "Clerk asks to wait for 1h30m1s: run again after that"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	if !errors.Is(err, ErrTooManyRequests) || errors.Is(err, ErrNotFound) {
		t.Error("a long pause is a rate limit and nothing else")
	}
}

// What Clerk documents of invitations: 250 single calls and 50 bulk calls an
// hour, beside each other.
func TestInvitationLimitsOfAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(Rate{Requests: 1_000_000, Window: time.Second})
		for r, most := range map[route]int{invitations: 250, bulkInvitations: 50} {
			began := time.Now()
			for i := range most + 1 {
				p, err := a.admit(t.Context(), &call{method: "POST", route: r})
				if err != nil {
					t.Fatal(err)
				}
				if i == most-1 && time.Since(began) != 0 {
					t.Errorf("route %d: %d calls took %s", r, most, time.Since(began))
				}
				p.done(result{status: 200, sends: 1})
			}
			if took := time.Since(began); took != time.Hour+clockMargin {
				t.Errorf("route %d: one call over %d came after %s", r, most, took)
			}
		}
	})
}

// How long anybody waits at a closed gate: two minutes where limits are per
// 10 s, two hours where they are per hour. Who would wait longer is told so.
func TestLongestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(developmentRate)
		for name, x := range map[string]struct {
			gate    *gate
			longest time.Duration
		}{
			"general": {a.gates[general], 2 * time.Minute}, "membership": {a.membership("org user").gate, 2 * time.Minute},
			"invitations": {a.gates[invitations], 2 * time.Hour}, "bulk": {a.gates[bulkInvitations], 2 * time.Hour},
		} {
			x.gate.rejected(x.longest+1, false)
			if took, failed := waiting(t.Context(), x.gate); <-took != 0 || !errors.Is(*failed, ErrTooManyRequests) {
				t.Errorf("%s: waits over %s: %v", name, x.longest, *failed)
			}
			time.Sleep(time.Nanosecond)
			if took, failed := waiting(t.Context(), x.gate); <-took != x.longest || *failed != nil {
				t.Errorf("%s: does not sit out %s: %v", name, x.longest, *failed)
			}
		}
	})
}

func TestWhatCountsAsAFault(t *testing.T) {
	for want, results := range map[bool][]result{
		true:  {{}, {status: 500}, {status: 503}, {status: 200, timeout: true}, {timeout: true}},
		false: {{status: 200}, {status: 404}, {status: 429}, {status: 499}},
	} {
		for _, r := range results {
			if r.faulty() != want || r.rejected() != (r.status == 429) {
				t.Errorf("%+v: faulty %t, rejected %t", r, r.faulty(), r.rejected())
			}
		}
	}
}
