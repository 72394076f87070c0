package clerkapi

import (
	"testing"
	"time"

	"rollcall/clerkapi/internal/calls"
)

// The delays before repeats double from a quarter of a second, and a number from 0 to 1
// decides between half and one and a half of each.
func TestDelaysFollowTheGivenNumbers(t *testing.T) {
	t.Parallel()
	for number, want := range map[float64][]time.Duration{
		0:   {125 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond},
		0.5: {250 * time.Millisecond, 500 * time.Millisecond, time.Second},
		1:   {375 * time.Millisecond, 750 * time.Millisecond, 1500 * time.Millisecond},
	} {
		r := newRetries(func() float64 { return number })
		for i, wait := range want {
			if got, again := r.next(&calls.Call{Repeat: calls.Always}, &Error{retry: true}); got != wait || !again {
				t.Errorf("%v: wait %d is %s, again %t", number, i+1, got, again)
			}
		}
		if got, again := r.next(&calls.Call{Repeat: calls.Always}, &Error{retry: true, RetryAfter: time.Minute}); got != time.Minute || !again {
			t.Errorf("%v: Clerk asks for a minute, and the wait is %s, %t", number, got, again)
		}
	}
}
