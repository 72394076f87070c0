package limit

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// answered sends n requests one after the other, each with this latency.
func answered(t *testing.T, f *concurrency, n int, took time.Duration) {
	t.Helper()
	for range n {
		if err := f.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		sent := time.Now()
		time.Sleep(took)
		f.release(sent, Result{Status: 200})
	}
}

// Eight requests are in flight before the first answer. Then as many as send the
// budget in a second at the observed latency, smoothed over eight answers, from
// 4 to 64.
func TestConcurrencyLimits(t *testing.T) {
	for name, x := range map[string]struct {
		budget int
		took   []time.Duration
		want   int
	}{
		"nothing known":       {1000, nil, 8},
		"at once":             {1000, []time.Duration{0}, 8},
		"quick":               {1000, []time.Duration{time.Nanosecond}, 4},
		"slow":                {1000, []time.Duration{10 * time.Second}, 64},
		"a tenth of a second": {100, []time.Duration{100 * time.Millisecond}, 10},
		"rounded up":          {100, []time.Duration{101 * time.Millisecond}, 11},
		"slower once":         {100, []time.Duration{100 * time.Millisecond, 180 * time.Millisecond}, 11},
		"quicker once":        {100, []time.Duration{180 * time.Millisecond, 100 * time.Millisecond}, 17},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newConcurrency(x.budget)
			for _, took := range x.took {
				answered(t, f, 1, took)
			}
			n := 0
			for short := soon(t); f.acquire(short) == nil; {
				n++
			}
			if n != x.want {
				t.Errorf("%s: %d in flight, want %d", name, n, x.want)
			}
		})
	}
}

// After faults the limit grows by one for as many good answers as are in flight,
// and never over 64.
func TestConcurrencyGrowsByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newConcurrency(1000)
		answered(t, f, 200, 10*time.Second)
		if f.limit() != 64 {
			t.Errorf("%d in flight after many good answers, want 64", f.limit())
		}
		for range 6 {
			f.release(time.Now(), Result{Timeout: true})
			f.inFlight++
			time.Sleep(time.Second)
		}
		for i, want := range []int{1, 2, 2, 2, 3, 3, 3, 4, 4} {
			if got := f.limit(); got != want {
				t.Errorf("%d in flight after %d good answers, want %d", got, i, want)
			}
			answered(t, f, 1, 10*time.Second)
		}
	})
}

// Faults of requests that were in flight together count once. A request that was
// not sent does not count.
func TestConcurrencyIsHalvedOnceForOneFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newConcurrency(1000)
		answered(t, f, 1, 10*time.Second)
		f.inFlight += 4
		f.release(time.Time{}, Result{})
		if got := f.limit(); got != 64 {
			t.Errorf("a request that was not sent reduced the concurrency to %d", got)
		}
		sent := time.Now()
		time.Sleep(time.Second)
		f.release(sent, Result{Status: 503})
		f.release(sent, Result{Status: 503})
		if got := f.limit(); got != 32 {
			t.Errorf("two faults of one moment: %d in flight, want 32", got)
		}
		f.release(time.Now(), Result{Status: 503})
		if got := f.limit(); got != 16 {
			t.Errorf("one that was sent after: %d in flight, want 16", got)
		}
	})
}

// A cancelled caller takes no slot and leaves no other caller waiting.
func TestConcurrencyOfCancelledCallers(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	f := newConcurrency(1000)
	got := 0
	for range 200 { // a select chooses by chance
		if f.acquire(ended) == nil {
			got++
			f.release(time.Time{}, Result{})
		}
	}
	if f.inFlight != 0 || !f.queue.empty() {
		t.Errorf("%d in flight after all have gone (%d were served), line empty %t", f.inFlight, got, f.queue.empty())
	}
	for range startConcurrency {
		_ = f.acquire(t.Context())
	}
	leaving, leave := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- f.acquire(leaving) }()
	for f.waits() < 1 {
		time.Sleep(time.Millisecond)
	}
	go func() { second <- f.acquire(t.Context()) }()
	for f.waits() < 2 {
		time.Sleep(time.Millisecond)
	}
	f.mu.Lock()
	leave()
	time.Sleep(20 * time.Millisecond) // the first one has chosen to leave, and waits for the mutex
	f.inFlight--
	f.serveQueue() // its turn comes all the same
	f.mu.Unlock()
	if err := <-first; err == nil {
		f.release(time.Time{}, Result{}) // it had not chosen yet
	}
	select {
	case err := <-second:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("nobody passed the turn on")
	}
}

func (f *concurrency) waits() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.queue.waiters.Len()
}
