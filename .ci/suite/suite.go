package suite

import (
	"flag"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
)

// Switch is the environment variable that turns the long tests on.
const Switch = "ROLLCALL_TESTS"

// All reports whether long tests run in full.
func All() bool { return os.Getenv(Switch) == "all" && !testing.Short() }

// Short reports whether a long test runs in its short form. The summary counts
// the test then.
func Short(t testing.TB) bool {
	t.Helper()
	if All() {
		return false
	}
	left.shorten(t.Name())
	return true
}

// Part reports whether a test runs cell i of its many: each of them with the switch, and
// each n-th in short, beginning with cell 0.
func Part(t testing.TB, i, n int) bool {
	t.Helper()
	return !Short(t) || i%n == 0
}

// Known fails at a value of the switch that nobody knows: it may be a slip for
// all, and the long tests would run in short. A test of each package calls it,
// also because the go command caches results by the variables that are read
// while tests run, and not by those that TestMain reads.
func Known(t testing.TB) {
	t.Helper()
	if set := os.Getenv(Switch); set != "" && set != "all" {
		t.Errorf("%s=%s is unknown: all runs the long tests in full, and no value runs them in short", Switch, set)
	}
}

// Skip skips a test for want of something outside the repository. The summary
// counts the tests by need, a noun such as "slapd"; reason is said in full.
func Skip(t testing.TB, need, reason string) {
	t.Helper()
	Count(need)
	t.Skipf("needs %s: %s", need, reason)
}

// OneGoroutine skips a test under the race detector: one goroutine does all of its work,
// and what it works on is so large that the detector takes minutes to find nothing.
func OneGoroutine(t testing.TB) {
	t.Helper()
	if Race {
		Skip(t, "no race detector", "one goroutine does all of its work")
	}
}

// Count counts a test that something else skips.
func Count(need string) { left.skip(need) }

// Main is what runs the tests of a package: a testing.M.
type Main interface{ Run() int }

// Run runs the tests of a package and prints what was left out. A TestMain that
// returns ends with the exit code of the tests.
func Run(m Main) { Counted(m).Run() }

// Counted does the same for a TestMain that passes its tests on to a library.
func Counted(m Main) Main { return counted{m} }

type counted struct{ Main }

func (c counted) Run() int {
	flag.Parse()
	moreAtOnce()
	fewerProperties()
	lessCollecting()
	code := c.Main.Run()
	if line := left.line(); line != "" {
		_, _ = os.Stderr.WriteString(line + "\n")
	}
	return code
}

// atOnce is how many tests go on at once, at least. Most of them wait for
// another process, the disk or a time-out.
const atOnce = 8

// moreAtOnce sets how many tests go on at once, unless the command line does.
// Fuzzing has as many workers, which compute: it keeps the number of processors.
func moreAtOnce() {
	fuzzing := flag.Lookup("test.fuzz").Value.String() != ""
	if n := runtime.GOMAXPROCS(0); n < atOnce && !fuzzing && !given("test.parallel") {
		_ = flag.Set("test.parallel", strconv.Itoa(atOnce)) // it is a number
	}
}

// shortChecks is how many cases a property has in short.
const shortChecks = "12"

// fewerProperties shortens the tests of properties, unless the command line or
// their own variable says how many cases there are.
func fewerProperties() {
	if All() || flag.Lookup("rapid.checks") == nil || os.Getenv("RAPID_CHECKS") != "" || given("rapid.checks") {
		return
	}
	left.properties = true
	_ = flag.Set("rapid.checks", shortChecks) // it is a number
}

// garbage is how much garbage, in percent of what is alive, tests and the programs
// that they start leave before they collect it: most end before that.
const garbage = 400

// lessCollecting sets that, unless the environment does. The race detector takes
// the memory itself, and a benchmark measures the program as it is used.
func lessCollecting() {
	if os.Getenv("GOGC") != "" || Race || given("test.bench") {
		return
	}
	debug.SetGCPercent(garbage)
	_ = os.Setenv("GOGC", strconv.Itoa(garbage)) // neither holds a zero byte
}

// given reports whether the command line sets a flag.
func given(name string) bool {
	found := false
	flag.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}
