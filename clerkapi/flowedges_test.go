package clerkapi

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// answered lets one request after the other come back after so long.
func answered(t *testing.T, f *flow, n int, took time.Duration) {
	t.Helper()
	for range n {
		if err := f.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		sent := time.Now()
		time.Sleep(took)
		f.done(sent, result{status: 200})
	}
}

// How many requests are in flight: eight before anything is known, then as
// many as send the budget in a second at the latency that is seen, smoothed
// over eight answers, between four and 64.
func TestFlowBounds(t *testing.T) {
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
			f := newFlow(x.budget)
			for _, took := range x.took {
				answered(t, f, 1, took)
			}
			n := 0
			for short := soon(t); f.take(short) == nil; {
				n++
			}
			if n != x.want {
				t.Errorf("%s: %d in flight, want %d", name, n, x.want)
			}
		})
	}
}

// After faults the bound comes back by one for as many good answers as are in
// flight, and never beyond 64.
func TestFlowComesBackByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(1000)
		answered(t, f, 200, 10*time.Second)
		if f.bound() != 64 {
			t.Errorf("%d in flight after many good answers, want 64", f.bound())
		}
		for range 6 {
			f.done(time.Now(), result{timeout: true})
			f.inFlight++
			time.Sleep(time.Second)
		}
		for i, want := range []int{1, 2, 2, 2, 3, 3, 3, 4, 4} {
			if got := f.bound(); got != want {
				t.Errorf("%d in flight after %d good answers, want %d", got, i, want)
			}
			answered(t, f, 1, 10*time.Second)
		}
	})
}

// All that was in flight together is one fault; what was never sent is none.
func TestFlowIsCutOnceForOneFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(1000)
		answered(t, f, 1, 10*time.Second)
		f.inFlight += 4
		f.done(time.Time{}, result{})
		if got := f.bound(); got != 64 {
			t.Errorf("a request that was not sent cut the flow to %d", got)
		}
		sent := time.Now()
		time.Sleep(time.Second)
		f.done(sent, result{status: 503})
		f.done(sent, result{status: 503})
		if got := f.bound(); got != 32 {
			t.Errorf("two faults of one moment: %d in flight, want 32", got)
		}
		f.done(time.Now(), result{status: 503})
		if got := f.bound(); got != 16 {
			t.Errorf("one that was sent after: %d in flight, want 16", got)
		}
	})
}

// Who gives up leaves neither a slot behind nor anybody waiting for one.
func TestFlowOfThoseWhoGiveUp(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	f := newFlow(1000)
	got := 0
	for range 200 { // a select chooses by chance
		if f.take(ended) == nil {
			got++
			f.done(time.Time{}, result{})
		}
	}
	if f.inFlight != 0 || !f.waiting.empty() {
		t.Errorf("%d in flight after all have gone (%d were served), line empty %t", f.inFlight, got, f.waiting.empty())
	}
	for range startFlow {
		_ = f.take(t.Context())
	}
	leaving, leave := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- f.take(leaving) }()
	for f.waits() < 1 {
		time.Sleep(time.Millisecond)
	}
	go func() { second <- f.take(t.Context()) }()
	for f.waits() < 2 {
		time.Sleep(time.Millisecond)
	}
	f.mu.Lock()
	leave()
	time.Sleep(20 * time.Millisecond) // the first one has chosen to leave, and waits for the mutex
	f.inFlight--
	f.pump() // its turn comes all the same
	f.mu.Unlock()
	if err := <-first; err == nil {
		f.done(time.Time{}, result{}) // it had not chosen yet
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

func (f *flow) waits() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.waiting.waiting.Len()
}
