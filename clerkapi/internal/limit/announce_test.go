package limit

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A wait for a limit is said once a window, with how long it lasts; requests that
// fit are sent without a word.
func TestWaitIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type wait struct {
			seconds time.Duration
			allowed Rate
		}
		var said []wait
		allowed := Rate{Requests: 3, Window: 10 * time.Second}
		l := New(allowed)
		l.Announce(func(d time.Duration, r Rate) { said = append(said, wait{d.Round(time.Second), r}) })
		send := func() {
			p, err := l.Acquire(t.Context(), Key{})
			if err != nil {
				t.Fatal(err)
			}
			p.Release(Result{Status: 200, Sends: 1, AnsweredAt: time.Now()})
		}
		for range 3 {
			send()
		}
		if len(said) != 0 {
			t.Errorf("said %v of requests that did not wait", said)
		}
		time.Sleep(2 * time.Second)
		for range 4 {
			send()
		}
		want := []wait{{8 * time.Second, allowed}, {10 * time.Second, allowed}}
		if !slices.Equal(said, want) {
			t.Errorf("said %v, want %v", said, want)
		}
	})
}

// So is a wait for the limit of invitations, which lasts up to an hour.
func TestWaitOfInvitationsIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []Rate
		l := New(Rate{Requests: 1000, Window: 10 * time.Second})
		l.Announce(func(_ time.Duration, r Rate) { said = append(said, r) })
		for range routeRates[BulkInvitations].Requests + 1 {
			admitted(t, l, Key{Route: BulkInvitations}).Release(Result{Status: 200, Sends: 1, AnsweredAt: time.Now()})
		}
		if want := []Rate{routeRates[BulkInvitations]}; !slices.Equal(said, want) {
			t.Errorf("said %v, want %v", said, want)
		}
	})
}
