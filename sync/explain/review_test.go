package explain

import (
	"testing"
	"time"
)

// When somebody was last seen is the later of what Clerk tells.
func TestLastSeen(t *testing.T) {
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	for _, x := range []struct{ signIn, active, want *time.Time }{
		{nil, nil, nil}, {&early, nil, &early}, {nil, &early, &early}, {&early, &late, &late}, {&late, &early, &late},
	} {
		if got := (&Access{LastSignIn: x.signIn, LastActive: x.active}).Seen(); got != x.want {
			t.Errorf("%v, %v: %v", x.signIn, x.active, got)
		}
	}
}
