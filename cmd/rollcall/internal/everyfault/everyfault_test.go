package everyfault

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/.ci/suite"
)

// Every is the environment variable that has every cell run, and Cell limits them to
// those whose name contains its value.
const (
	Every = "ROLLCALL_FAULTS"
	Cell  = "ROLLCALL_CELL"
)

// tally counts cells, and keeps what they found.
type tally struct {
	mu       stdsync.Mutex
	cells    int
	findings map[string][]string // cells by problem
	began    time.Time
}

func newTally() *tally {
	return &tally{findings: map[string][]string{}, began: time.Now()}
}

func (a *tally) add(c *cell, v verdict) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cells++
	for _, p := range v.problems {
		a.findings[p] = append(a.findings[p], c.String())
	}
}

// mostProblems is how many problems are reported.
const mostProblems = 60

// report fails the test with each problem once, and the first cells that have it.
func (a *tally) report(t *testing.T) {
	t.Helper()
	t.Logf("%d cells in %s, %d problems", a.cells, time.Since(a.began).Round(time.Second), len(a.findings))
	most := slices.SortedFunc(maps.Keys(a.findings), func(x, y string) int {
		return cmp.Or(len(a.findings[y])-len(a.findings[x]), strings.Compare(x, y))
	})
	for _, p := range most[:min(mostProblems, len(most))] {
		cells := a.findings[p]
		t.Errorf("%d cells: %s\n\t%s", len(cells), p, strings.Join(cells[:min(6, len(cells))], "\n\t"))
	}
}

// faultsOf are the faults of a world: all of them, or those that chosen picks.
func faultsOf(c *cell, all []strike, every bool) (out []fault) {
	r := c.record
	for i := c.world.firstStep(); i < len(r.requests); i++ {
		for j, at := range r.requests[i] {
			for k := range all {
				if s := &all[k]; s.on(at, &c.world.steps[i]) && (every || chosen(s, k, i+j)) {
					out = append(out, fault{step: i, at: at, strike: s})
				}
			}
		}
		for j := range r.writes[i] {
			for k, s := range stateFaults {
				if every || k == (i+j)%len(stateFaults) {
					out = append(out, fault{step: i, write: j + 1, state: s})
				}
			}
		}
	}
	return out
}

// chosen picks the faults of a request where not every one is asked for: the ones that
// take the answer away, and some of the others, in turn from request to request.
func chosen(s *strike, k, turn int) bool { return always[s.name] || k%inTurn == turn%inTurn }

// inTurn is how many requests share the faults that not every one has.
const inTurn = 80

var always = map[string]bool{"no answer before the effect": true, "no answer after the effect": true, "killed after the effect": true,
	"a stale page": true, "a change by somebody else just before": true}

const (
	// chunk is how many cells one subtest tries.
	chunk = 40
	// mostShown is how many cells show their requests.
	mostShown = 5
	// inShort is how many cells of a world run in short.
	inShort = 3
)

// Each fault of each request, and of each write to the state directory, heals: the
// story ends as if it had not been, in two runs (S39), and what the fault does not
// concern does not wait for that (S40).
func TestS39EverySingleFault(t *testing.T) {
	found, short := newTally(), suite.Short(t) || suite.Race
	t.Run("worlds", func(t *testing.T) {
		for _, w := range worlds {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				everyFault(t, w, found, short)
			})
		}
	})
	found.report(t)
}

// recorded is a world whose story without a fault is known.
func recorded(t *testing.T, w *world) *cell {
	t.Helper()
	c := &cell{world: w, config: w.load(t)}
	c.inTime(t, func(t *testing.T) { t.Helper(); c.record = tell(t, w, c.config) })
	if t.Failed() {
		t.FailNow()
	}
	return c
}

func everyFault(t *testing.T, w *world, found *tally, short bool) {
	t.Helper()
	c := recorded(t, w)
	var cells []*cell
	every := os.Getenv(Every) == "all" || os.Getenv(Cell) != ""
	for _, f := range faultsOf(c, strikes(), every) {
		if x := c.with(f); x.matches() {
			cells = append(cells, x)
		}
	}
	if short && !every {
		cells = spread(cells, inShort)
	}
	t.Logf("%d of %d faults are tried", len(cells), len(faultsOf(c, strikes(), true)))
	for i := 0; i < len(cells); i += chunk {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			for _, c := range cells[i:min(i+chunk, len(cells))] {
				c.attempt(t, found, len(cells))
			}
		})
	}
}

// matches reports whether the cell is one of those that are asked for.
func (c *cell) matches() bool { return strings.Contains(c.String(), os.Getenv(Cell)) }

// mostTries is how often a cell is tried whose fault does not strike.
const mostTries = 5

// attempt tries the cell, one of so many.
func (c *cell) attempt(t *testing.T, found *tally, cells int) {
	t.Helper()
	v := c.inBubble(t)
	// How many outcomes go in one write of the history is chance, so a run may have one write
	// fewer than the recorded one.
	for n := 1; v.missed && n < mostTries; n++ {
		v = c.inBubble(t)
	}
	found.add(c, v)
	if os.Getenv(Cell) != "" && cells <= mostShown {
		t.Logf("%s\n%s%s", c, v.log, strings.Join(v.problems, "\n"))
	}
}

// inBubble tells the story of the cell in fake time, if its world can have that.
func (c *cell) inBubble(t *testing.T) (v verdict) {
	t.Helper()
	c.inTime(t, func(t *testing.T) { t.Helper(); v = c.try(t) })
	return v
}

// inTime calls a function in the time of the world.
func (c *cell) inTime(t *testing.T, tell func(*testing.T)) {
	t.Helper()
	if len(c.world.ldap) > 0 {
		tell(t)
		return
	}
	synctest.Test(t, tell)
}

// spread picks n cells at equal distances.
func spread(cells []*cell, n int) (out []*cell) {
	for i := range n {
		if at := (2*i + 1) * len(cells) / (2 * n); at < len(cells) {
			out = append(out, cells[at])
		}
	}
	return out
}

// A cell replays: it sends the same requests at the same times, and gets the same answers,
// to the byte, unless Clerk answers 429. A seed has the client wait as long before it repeats a request.
func TestACellReplays(t *testing.T) {
	t.Parallel()
	short := suite.Short(t) || suite.Race
	for i, w := range worlds {
		if short && i%6 != 1 {
			continue
		}
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			c := recorded(t, w)
			// Calls that wait for the end of a 429 go on at one instant, in any order.
			all := slices.DeleteFunc(faultsOf(c, strikes(), false), func(f fault) bool { return f.strike != nil && strings.HasPrefix(f.strike.name, "429") })
			repeated := slices.IndexFunc(all, func(f fault) bool { return f.strike != nil && f.strike.name == "no answer after the effect" })
			for _, f := range []fault{all[len(all)/2], all[repeated]} {
				x := c.with(f)
				first, second := x.inBubble(t), x.inBubble(t)
				if first.log != second.log || !slices.Equal(first.problems, second.problems) {
					t.Errorf("%s: first\n%s%v\nthen\n%s%v", x, first.log, first.problems, second.log, second.problems)
				}
			}
		})
	}
}
