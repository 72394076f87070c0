package limit

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestConcurrencyFollowsLatencyAndFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		run := func(f *concurrency, took time.Duration, r Result) {
			if err := f.acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
			sent := time.Now()
			time.Sleep(took)
			f.release(sent, r)
		}
		f := newConcurrency(1000)
		run(f, 25*time.Millisecond, Result{Status: 200})
		if got := f.limit(); got != 25 {
			t.Errorf("1000 a window at 25 ms: %d in flight, want 25", got)
		}
		run(f, 25*time.Millisecond, Result{Status: 503})
		if got := f.limit(); got != 12 {
			t.Errorf("after a 503: %d, want 12", got)
		}
		for range 10 {
			run(f, time.Millisecond, Result{Status: 503})
		}
		if got := f.limit(); got != minConcurrency {
			t.Errorf("after many 503: %d, want %d", got, minConcurrency)
		}
		for range 3 {
			run(f, time.Minute, Result{Timeout: true})
		}
		if got := f.limit(); got != 1 {
			t.Errorf("after time-outs: %d, want 1", got)
		}
		for range 1000 {
			run(f, 25*time.Millisecond, Result{Status: 200})
		}
		if got := f.limit(); got < 24 {
			t.Errorf("recovered to %d only", got)
		}
		f.halvedAt = time.Now()
		f.halve(time.Now().Add(-time.Second), false)
		if got := f.limit(); got < 24 {
			t.Errorf("what was sent before the last cut cut again: %d", got)
		}
	})
}
