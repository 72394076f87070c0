package suite

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// counter counts what is left out.
type counter struct {
	mu         sync.Mutex
	short      map[string]bool // long tests in their short form
	properties bool            // with fewer cases
	needs      map[string]int  // skipped tests by what they need
}

var left counter

func (c *counter) shorten(test string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.short == nil {
		c.short = map[string]bool{}
	}
	name, _, _ := strings.Cut(test, "/")
	c.short[name] = true
}

func (c *counter) skip(need string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.needs == nil {
		c.needs = map[string]int{}
	}
	c.needs[need]++
}

// line is the summary, or nothing.
func (c *counter) line() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	parts := c.shortened()
	for _, need := range slices.Sorted(maps.Keys(c.needs)) {
		verb := "need"
		if c.needs[need] == 1 {
			verb = "needs"
		}
		parts = append(parts, fmt.Sprintf("%d that %s %s", c.needs[need], verb, need))
	}
	if len(parts) == 0 {
		return ""
	}
	return "skipped: " + strings.Join(parts, ", ")
}

// shortened says which part of the tests runs with the switch alone.
func (c *counter) shortened() []string {
	var parts []string
	switch n := len(c.short); {
	case n == 1:
		parts = append(parts, "most of 1 long test")
	case n > 1:
		parts = append(parts, fmt.Sprintf("most of %d long tests", n))
	}
	if c.properties {
		parts = append(parts, "seven in eight cases of properties")
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{strings.Join(parts, " and ") + " (" + Switch + "=all runs all)"}
}
