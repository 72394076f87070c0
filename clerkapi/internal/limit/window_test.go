package limit

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSlidingWindow(Rate{Requests: 1, Window: time.Hour})
		if err := w.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.take(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting ended with %v", err)
		}
		if err := w.take(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an ended context got %v", err)
		}
		w.release(0, time.Time{})
		if err := w.take(t.Context()); err != nil || len(w.sends()) != 1 {
			t.Errorf("the slot was not given back: %v, %d", err, len(w.sends()))
		}
		f := newConcurrency(1000)
		for range f.limit() {
			_ = f.acquire(t.Context())
		}
		if err := f.acquire(ctx); err == nil {
			t.Error("one request too many")
		}
	})
}

func TestWaitersGoInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSlidingWindow(Rate{Requests: 1, Window: time.Second})
		var order []int
		var g errgroup.Group
		for i := range 5 {
			g.Go(func() error {
				err := w.take(t.Context())
				order = append(order, i) // one slot: one at a time
				w.release(1, time.Time{})
				return err
			})
			synctest.Wait()
		}
		if err := g.Wait(); err != nil || !slices.IsSorted(order) {
			t.Errorf("order %v, %v", order, err)
		}
	})
}

func TestSlotThatCameTooLateIsReturned(t *testing.T) {
	l := &queue{}
	l.serve() // nobody there
	a := l.push()
	l.serve()
	if l.remove(a) {
		t.Error("a turn that has come cannot leave the line")
	}
	w := newSlidingWindow(Rate{Requests: 1, Window: time.Second})
	w.mu.Lock()
	turn := w.queue.push()
	w.serveQueue(time.Now())
	w.mu.Unlock()
	w.abandon(turn)
	if w.inFlight != 0 {
		t.Errorf("%d in flight after giving up", w.inFlight)
	}
}

func TestSharedBudgetIsLearnedAndForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSlidingWindow(Rate{Requests: 100, Window: 10 * time.Second})
		w.halve()
		if got := w.allowed(time.Now()); got != 50 {
			t.Errorf("after a 429: %d, want 50", got)
		}
		w.halve()
		if got := w.allowed(time.Now()); got != 25 {
			t.Errorf("after two: %d, want 25", got)
		}
		time.Sleep(31 * time.Second)
		if got := w.allowed(time.Now()); got != 40 {
			t.Errorf("three windows later: %d, want 40", got)
		}
		time.Sleep(10 * time.Minute)
		if got := w.allowed(time.Now()); got != 100 {
			t.Errorf("much later: %d, want 100", got)
		}
	})
}

// A long body keeps its slot no longer than the server counts it.
func TestSlotIsFreeOneWindowAfterTheAnswerBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSlidingWindow(Rate{Requests: 2, Window: 10 * time.Second})
		start := time.Now()
		for range 2 {
			if err := w.take(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Second)
		w.release(1, time.Now())
		w.release(1, start) // the body of the one that was answered first came last
		for _, want := range []time.Duration{w.span, w.span + 3*time.Second} {
			if err := w.take(t.Context()); err != nil || time.Since(start) != want {
				t.Errorf("a slot was free after %v, want %v (%v)", time.Since(start), want, err)
			}
		}
	})
}

// A slot that is free a nanosecond too early is one request too many, as the
// server sees it.
func TestWindowToTheNanosecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSlidingWindow(Rate{Requests: 2, Window: 10 * time.Second})
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
		w.release(1, time.Time{}) // answered now
		w.release(2, time.Now())  // the transport repeated it: two slots
		taking(whole)
		w.release(0, time.Time{}) // not used: free at once
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
			w := newSlidingWindow(Rate{Requests: 2, Window: 10 * time.Second})
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

// A cancelled caller gets no slot, also when one is free, and passes on a slot
// that came too late.
func TestNobodyIsServedAfterGivingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		w := newSlidingWindow(Rate{Requests: 100, Window: time.Second})
		for range 100 { // a select would choose by chance
			if err := w.take(ended); err == nil {
				t.Fatal("a slot for somebody who has gone")
			}
		}
		one := newSlidingWindow(Rate{Requests: 1, Window: time.Second})
		one.mu.Lock()
		late, next := one.queue.push(), one.queue.push()
		one.serveQueue(time.Now())
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
		w := newSlidingWindow(Rate{Requests: 10, Window: 10 * time.Second})
		for _, want := range []int{5, 2, 1, 1} {
			if w.halve(); w.allowed(time.Now()) != want {
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
