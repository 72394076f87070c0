package source

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	known := []string{"removals", "missing_users", "email_domains"}
	for word, want := range map[string]string{
		"removal": "removals", "missing-users": "missing_users", "MissingUsers": "missing_users",
		"emial_domains": "email_domains", "xyz": "", "": "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestDistanceIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.StringMatching("[a-c]{0,6}").Draw(t, "a"), rapid.StringMatching("[a-c]{0,6}").Draw(t, "b")
		if distance(a, b) != distance(b, a) || (distance(a, b) == 0) != (a == b) {
			t.Errorf("distance(%q, %q) = %d, back %d", a, b, distance(a, b), distance(b, a))
		}
	})
}
