package crowd

import "testing"

// The connections of one address give way to each other, before those of others do.
func TestCrowdGivesWay(t *testing.T) {
	c := &Listener{MostEach: 2, Most: 4}
	for i, host := range []string{"a", "b", "a", "c"} {
		c.open = append(c.open, &guest{host: host, crowd: c, Conn: nil})
		_ = i
	}
	for host, want := range map[string]int{"a": 0, "b": 0, "d": 0} {
		if got := c.tooMany(host); got != c.open[want] {
			t.Errorf("%s: %+v gives way", host, got)
		}
	}
	c.open = c.open[1:]
	if got := c.tooMany("a"); got != nil {
		t.Errorf("%+v gives way where there is room", got)
	}
}
