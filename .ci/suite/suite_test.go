package suite

import "testing"

func TestSummary(t *testing.T) {
	var c counter
	wants := func(want string) {
		t.Helper()
		if got := c.line(); got != want {
			t.Errorf("the summary is %q, want %q", got, want)
		}
	}
	wants("")
	c.skip("slapd")
	c.skip("root")
	c.skip("slapd")
	wants("skipped: 1 that needs root, 2 that need slapd")
	c.shorten("TestMonth")
	c.shorten("TestMonth/of 30 days")
	wants("skipped: most of 1 long test (ROLLCALL_TESTS=all runs all), 1 that needs root, 2 that need slapd")
	c.shorten("TestCrash")
	c.properties = true
	wants("skipped: most of 2 long tests and seven in eight cases of properties (ROLLCALL_TESTS=all runs all), 1 that needs root, 2 that need slapd")
	c.short, c.needs = nil, nil
	wants("skipped: seven in eight cases of properties (ROLLCALL_TESTS=all runs all)")
}

// A long test runs in full with the switch alone, and -short turns it off.
func TestSwitch(t *testing.T) {
	for value, all := range map[string]bool{"": false, "all": !testing.Short()} {
		t.Setenv(Switch, value)
		if All() != all || Short(t) == all {
			t.Errorf("%q: all %t, short %t", value, All(), Short(t))
		}
	}
}

type noTests int

func (n noTests) Run() int { return int(n) }

func TestExitCode(t *testing.T) {
	t.Setenv(Switch, "")
	if code := Counted(noTests(7)).Run(); code != 7 {
		t.Errorf("exit code %d, want that of the tests", code)
	}
}

// failures counts what a test reports.
type failures struct {
	testing.TB
	n int
}

func (f *failures) Helper() {}

func (f *failures) Errorf(string, ...any) { f.n++ }

func TestUnknownValueFails(t *testing.T) {
	for value, want := range map[string]int{"": 0, "all": 0, "al": 1} {
		t.Setenv(Switch, value)
		f := &failures{TB: t}
		if Known(f); f.n != want {
			t.Errorf("%q: %d failures, want %d", value, f.n, want)
		}
	}
}
