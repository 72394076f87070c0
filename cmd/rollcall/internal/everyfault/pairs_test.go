package everyfault

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"rollcall/.ci/suite"
)

// Pairs is the environment variable that says for how long pairs of faults are drawn,
// and Seed the one that has them drawn again.
const (
	Pairs = "ROLLCALL_PAIRS"
	Seed  = "ROLLCALL_SEED"
)

// pairsInAll is how many pairs of a world the long tests draw.
const pairsInAll = 8

// Two faults heal as one does. They strike one run, or two. A seed draws the same
// pairs each time.
func TestS39PairsOfFaults(t *testing.T) {
	short := suite.Short(t) || suite.Race
	budget, err := time.ParseDuration(os.Getenv(Pairs))
	if err != nil && os.Getenv(Pairs) != "" {
		t.Fatalf("%s: %v", Pairs, err)
	}
	seed := seedOf()
	found, ends := newTally(), time.Now().Add(budget)
	t.Run("worlds", func(t *testing.T) {
		for i, w := range worlds {
			// Two failed runs cost two days of grace, by which it ends later (S29).
			if w.every > 0 || short && budget == 0 && i%6 != 3 {
				continue
			}
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				c, random := recorded(t, w), rand.New(rand.NewPCG(seed, uint64(i)))
				all := faultsOf(c, strikes(), true)
				for n := 0; time.Now().Before(ends) || budget == 0 && n < pairsOf(short); n++ {
					x := c.with(all[random.IntN(len(all))], all[random.IntN(len(all))])
					found.add(x, x.inBubble(t))
				}
			})
		}
	})
	t.Logf("pairs of seed %d", seed)
	found.report(t)
}

// seedOf is the seed of the pairs, and of the client's waits before it repeats a request.
func seedOf() uint64 {
	if seed, err := strconv.ParseUint(os.Getenv(Seed), 10, 64); err == nil {
		return seed
	}
	return 1
}

// pairsOf is how many pairs of a world are drawn without a budget.
func pairsOf(short bool) int {
	if short {
		return 2
	}
	return pairsInAll
}
