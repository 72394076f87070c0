package source

import "testing"

// A server that is down is an outage; what it sends, and a login that it
// refuses, is none.
func TestOutageOfServers(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"no file": {&MissingError{"people.csv", "no such file"}, false},
		"damage":  {Damaged("people.csv", "x"), false},
	} {
		if got := Outage(c.err); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
