package source

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNamesAreComparedAsPeopleDo(t *testing.T) {
	for _, c := range [][2]string{{"export-9.csv", "export-10.csv"}, {"e-2026-11-30.csv", "e-2026-12-01.csv"}, {"a", "a1"}, {"a1", "b0"}, {"a01", "a1"}, {"2/1", "10/1"}, {"", "a"}} {
		if CompareNames(c[0], c[1]) >= 0 || CompareNames(c[1], c[0]) <= 0 {
			t.Errorf("%q does not come before %q", c[0], c[1])
		}
	}
}

// The order is total: two names are equal only if they are the same, and of three
// names the first comes before the last.
func TestTheOrderOfNamesIsTotal(t *testing.T) {
	name := rapid.StringMatching(`[a0-2-]{0,5}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := name.Draw(t, "a"), name.Draw(t, "b"), name.Draw(t, "c")
		if (CompareNames(a, b) == 0) != (a == b) || CompareNames(a, b) != -CompareNames(b, a) {
			t.Fatalf("%q, %q", a, b)
		}
		if CompareNames(a, b) < 0 && CompareNames(b, c) < 0 && CompareNames(a, c) >= 0 {
			t.Fatalf("%q, %q, %q", a, b, c)
		}
	})
}

// Of the newest file of a glob, an earlier one may be gone; a later one may not (S11).
func TestS11ALaterFileThatIsGoneIsAskedFor(t *testing.T) {
	s := &Snapshot{Path: "/srv/hr/export-*.csv", Newest: true, Files: []string{"/srv/hr/export-10.csv"}}
	for file, want := range map[string]bool{"/srv/hr/export-9.csv": false, "/srv/hr/export-10.csv": true, "/srv/hr/export-11.csv": true, "/srv/hr/other-11.csv": false} {
		if s.AsksFor(file) != want {
			t.Errorf("%s: asked for is %t", file, !want)
		}
	}
	s.Newest = false
	if !s.AsksFor("/srv/hr/export-9.csv") {
		t.Error("all files of a glob are asked for")
	}
}
