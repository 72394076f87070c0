package source

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestS12Older(t *testing.T) {
	const early, late = "20261124010000.000000Z#000000#001#000000", "20261124020000.000000Z#000000#001#000000"
	for _, c := range []struct {
		name         string
		now, then    Revision
		older, known bool
	}{
		{"nothing to compare", "", "", false, false},
		{"nothing stored", "time read=20261124010000Z", "", false, false},
		{"the same", "contextCSN 001=" + early, "contextCSN 001=" + early, false, true},
		{"newer", "contextCSN 001=" + late, "contextCSN 001=" + early, false, true},
		{"behind", "contextCSN 001=" + early, "contextCSN 001=" + late, true, true},
		{"ahead of one server, behind another", "contextCSN 001=" + late + " 002=" + early, "contextCSN 001=" + early + " 002=" + late, true, true},
		{"has never heard of the second server", "contextCSN 001=" + late, "contextCSN 001=" + early + " 002=" + early, true, true},
		{"of different kinds", "time read=20261124010000Z", "contextCSN 001=" + late, false, false},
		{"numbers, not texts", "usn a=1000", "usn a=999", false, true},
		{"numbers, behind", "usn a=999 b=5", "usn a=1000", true, true},
		{"other domain controllers that show only themselves", "usn a=1", "usn b=1000", false, false},
		{"then the stamps decide", "usn a=1; time read=20261124010000Z", "usn b=1000; time read=20261124020000Z", true, true},
		{"the better clock decides alone", "usn a=9; time read=20261124010000Z", "usn a=8; time read=20261124020000Z", false, true},
	} {
		if older, known := c.now.OlderThan(c.then); older != c.older || known != c.known {
			t.Errorf("%s: older %v, known %v", c.name, older, known)
		}
	}
}

// A clock never is older than itself, nor are two clocks each older than the
// other when every origin of one is in the other with the same or a later tick.
func TestS12OlderProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ticks := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.IntRange(0, 20000), 1, 3).Draw(t, "ticks")
		then, now := Clock{}, Clock{}
		moved := false
		for origin, n := range ticks {
			step := rapid.IntRange(0, 3).Draw(t, "step "+origin)
			moved = moved || step > 0
			then[origin], now[origin] = strconv.Itoa(n), strconv.Itoa(n+step)
		}
		a, b := Revision("").With(ClockUSN, then), Revision("").With(ClockUSN, now)
		if older, known := b.OlderThan(a); older || !known {
			t.Fatalf("%q older than %q: %v, known %v", b, a, older, known)
		}
		if older, _ := a.OlderThan(b); older != moved {
			t.Fatalf("%q older than %q: %v", a, b, older)
		}
	})
}
