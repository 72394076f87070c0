package limit

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestLongestPauseOfAKey(t *testing.T) {
	for key, want := range map[Key]time.Duration{
		{}: 2 * time.Minute, {Membership: "o u"}: 2 * time.Minute, {Route: Enquiries}: 2 * time.Minute,
		{Route: Invitations}: 2 * time.Hour, {Route: BulkInvitations}: 2 * time.Hour,
	} {
		if got := key.LongestPause(); got != want {
			t.Errorf("%+v: %s, want %s", key, got, want)
		}
	}
}

// Requests that another process sent count, and those in flight count too.
func TestWhatIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Rate{Requests: 10, Window: 10 * time.Second})
		l.Restore([]time.Time{time.Now().Add(-4 * time.Second), time.Now()})
		p := admitted(t, l, Key{})
		used := func(want float64, sends int) {
			t.Helper()
			if got := l.Used(); got != want || len(l.Sends()) != sends {
				t.Errorf("%v used, %d sends, want %v and %d", got, len(l.Sends()), want, sends)
			}
		}
		used(0.3, 3)
		sends := l.Sends()
		if !slices.IsSortedFunc(sends, time.Time.Compare) || time.Since(sends[0]) != 4*time.Second {
			t.Errorf("sends %v", sends)
		}
		time.Sleep(l.window.span - 4*time.Second)
		used(0.2, 2)
		p.Release(Result{Status: 200, Sends: 1})
		time.Sleep(4 * time.Second)
		if len(l.Sends()) != 1 {
			t.Errorf("%d sends: the window has passed for two of three", len(l.Sends()))
		}
		used(0.1, 1)
	})
}

func TestEvenPaceOfRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(development)
		l.PaceEvenly(development)
		began := time.Now()
		for i := range 4 {
			admitted(t, l, Key{}).Release(Result{Status: 200, Sends: 1})
			if want := time.Duration(i) * 100 * time.Millisecond; time.Since(began) != want {
				t.Errorf("request %d after %s, want %s", i, time.Since(began), want)
			}
		}
	})
}

func TestPatchesOfOneMembership(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, began, sent := New(development), time.Now(), 0
		for time.Since(began) < 10*time.Second {
			admitted(t, l, Key{Membership: "o u"}).Release(Result{Status: 200, Sends: 1})
			sent++
		}
		if sent != 10 { // the tenth ends the loop, after the window
			t.Errorf("%d patches of one membership in %s", sent, time.Since(began))
		}
	})
}

// A token that was waited for is used: the next one takes as long again.
func TestTokensThatWereWaitedForAreUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, began := New(Rate{Requests: 1, Window: 10 * time.Second}), time.Now()
		l.PaceEvenly(Rate{Requests: 1, Window: 10 * time.Second})
		for i := range 3 {
			if err := takeToken(t.Context(), l.even); err != nil || time.Since(began) != time.Duration(i)*10*time.Second {
				t.Errorf("token %d after %s (%v)", i, time.Since(began), err)
			}
		}
	})
}

// A caller that waits for a slot while the gate closes waits for the gate, too.
func TestAcquireLooksAtTheGateAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Rate{Requests: 1, Window: 10 * time.Second})
		first, began := admitted(t, l, Key{}), time.Now()
		second := make(chan time.Duration, 1)
		go func() {
			_, _ = l.Acquire(t.Context(), Key{})
			second <- time.Since(began)
		}()
		synctest.Wait()
		l.gates[General].rejected(time.Minute, false)
		first.Release(Result{Status: 200})
		if got := <-second; got != time.Minute {
			t.Errorf("the second one was admitted after %s", got)
		}
	})
}

// A pause that is too long ends the call before it takes anything.
func TestAcquireBehindALongPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(development)
		l.gates[General].rejected(time.Hour, false)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var long *PauseError
		if p, err := l.Acquire(ctx, Key{}); p != nil || !errors.As(err, &long) || long.Wait != time.Hour {
			t.Errorf("%v, %v", p, err)
		}
		if l.Used() != 0 {
			t.Error("a slot was taken")
		}
	})
}

// Room that a request leaves goes to the next one that waits.
func TestReleasedConcurrencyIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConcurrency(1000)
		for range startConcurrency {
			_ = c.acquire(t.Context())
		}
		done := make(chan error, 1)
		go func() { done <- c.acquire(soon(t)) }()
		synctest.Wait()
		c.release(time.Time{}, Result{})
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestQueueOfWaiters(t *testing.T) {
	q := &queue{}
	a, b := q.push(), q.push()
	if !q.remove(a) || q.remove(a) {
		t.Error("a waiter leaves once")
	}
	q.serve()
	select {
	case <-b.ready:
	default:
		t.Error("the second one was not served after the first had left")
	}
	if !q.empty() || q.remove(b) {
		t.Error("a served waiter is still there")
	}
}
