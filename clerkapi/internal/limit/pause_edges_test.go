package limit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// waiting waits at a gate and gives the time that it took.
func waiting(ctx context.Context, g *pauseGate) (<-chan time.Duration, *error) {
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
		g := newPauseGate(time.Minute)
		if g.rejected(time.Minute, false); g.rejected(time.Second, false) {
			t.Error("a second rejection of the same moment is news")
		}
		if took, failed := waiting(t.Context(), g); <-took != time.Minute || *failed != nil {
			t.Errorf("waited %v (%v), want the longest pause that is sat out", time.Since(g.until), *failed)
		}
		g.rejected(time.Minute, false)
		time.Sleep(time.Minute - 1)
		if probe, ok := g.tryEnter(); probe || ok {
			t.Errorf("a nanosecond before its time the gate gives %t, %t", probe, ok)
		}
		if g.ready() {
			t.Error("a nanosecond before its time the gate looks ripe")
		}
		if took, failed := waiting(t.Context(), g); <-took != 1 || *failed != nil {
			t.Errorf("a nanosecond before its time the gate makes wait for another time (%v)", *failed)
		}
		if !g.ready() {
			t.Error("at its time the gate is not ready")
		}
		if probe, ok := g.tryEnter(); !probe || !ok {
			t.Errorf("at its time the gate gives %t, %t", probe, ok)
		}
	})
}

// During a trial the others wait for its answer, not for a time. The answer
// wakes them at once.
func TestGateWaitsForItsProbe(t *testing.T) {
	for name, x := range map[string]struct {
		end  func(*pauseGate)
		want time.Duration
	}{
		"answered":           {func(g *pauseGate) { g.probeDone(true) }, time.Second},
		"lost":               {func(g *pauseGate) { g.probeDone(false) }, time.Second},
		"rejected":           {func(g *pauseGate) { g.rejected(5*time.Second, true) }, 6 * time.Second},
		"another's rejected": {func(g *pauseGate) { g.rejected(5*time.Second, false); time.Sleep(time.Minute); g.probeDone(true) }, 61 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newPauseGate(time.Hour)
				g.rejected(time.Second, false)
				time.Sleep(time.Second)
				if probe, ok := g.tryEnter(); !probe || !ok {
					t.Fatal("no probe at a ripe gate")
				}
				if probe, ok := g.tryEnter(); probe || ok {
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

// An answer to the trial opens the gate, also when another rejection has moved
// its time meanwhile.
func TestGateThatIsOpenIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newPauseGate(time.Hour)
		g.rejected(time.Second, false)
		time.Sleep(time.Second)
		g.tryEnter()
		g.rejected(time.Minute, false)
		g.probeDone(true)
		if took, failed := waiting(t.Context(), g); <-took != 0 || *failed != nil {
			t.Errorf("an open gate makes wait (%v)", *failed)
		}
		if probe, ok := g.tryEnter(); probe || !ok {
			t.Errorf("an open gate gives %t, %t", probe, ok)
		}
	})
}

// During a trial the time of the pause does not matter, however long it is.
func TestGateWithATrialAndALongPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newPauseGate(time.Minute)
		if g.rejected(time.Second, false); g.ready() {
			t.Error("a closed gate is ready")
		}
		time.Sleep(time.Second)
		g.tryEnter()
		if g.ready() {
			t.Error("a gate with a trial is ready")
		}
		g.rejected(time.Hour, false)
		took, failed := waiting(t.Context(), g)
		time.Sleep(time.Second)
		g.probeDone(true)
		if got := <-took; got != time.Second || *failed != nil {
			t.Errorf("waited %s (%v)", got, *failed)
		}
		if !g.ready() {
			t.Error("an open gate is not ready")
		}
	})
}

func TestGateEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, why := newPauseGate(time.Hour), errors.New("enough")
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
	err := error(&PauseError{Wait: 90*time.Minute + 1400*time.Millisecond})
	if want := "Clerk asks to wait for 1h30m1s: run again later"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	if !errors.Is(err, ErrTooManyRequests) || errors.Is(err, context.Canceled) {
		t.Error("a long pause is a rate limit and nothing else")
	}
}

// The longest wait at a closed gate is two minutes where limits are per 10 s,
// and two hours where they are per hour. A longer wait is an error at once.
func TestLongestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(development)
		for name, x := range map[string]struct {
			gate    *pauseGate
			longest time.Duration
		}{
			"general": {a.gates[General], 2 * time.Minute}, "enquiries": {a.gates[Enquiries], 2 * time.Minute}, "membership": {a.membership("org user").gate, 2 * time.Minute},
			"invitations": {a.gates[Invitations], 2 * time.Hour}, "bulk": {a.gates[BulkInvitations], 2 * time.Hour},
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
