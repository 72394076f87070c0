package crowd

import "testing"

// The connections of one address give way to each other. Those of all addresses give way,
// the oldest first, where there is no room for an address that has few.
func TestCrowdGivesWay(t *testing.T) {
	c := &Listener{MostEach: 2, Most: 4}
	for _, host := range []string{"b", "a", "a", "c"} {
		c.open = append(c.open, &guest{host: host, crowd: c})
	}
	for host, want := range map[string]int{"a": 1, "b": 0, "d": 0} {
		if got := c.tooMany(host); got != c.open[want] {
			t.Errorf("%s: %+v gives way", host, got)
		}
	}
	c.open = c.open[:2]
	if got := c.tooMany("a"); got != nil {
		t.Errorf("%+v gives way where there is room", got)
	}
}
