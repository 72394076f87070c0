package main

import (
	"bytes"
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
)

// fate is what becomes of a mutant.
type fate uint8

const (
	survived fate = iota
	killed
	timedOut
)

// try runs the tests that reach the mutant, a few together first, then more.
func (s *suite) try(ctx context.Context, m *mutant) fate {
	tests := s.order(m)
	for factor := 1; len(tests) > 0; factor *= 3 {
		batch := s.batch(tests, factor)
		out, err := batch[0].binary.command(ctx, m.id, "", "-test.run", pattern(batch), "-test.failfast", "-test.timeout", limit(batch).String()).CombinedOutput()
		switch {
		case err == nil:
			tests = slices.DeleteFunc(tests, func(p *probe) bool { return slices.Contains(batch, p) })
		case bytes.Contains(out, []byte("panic: test timed out")):
			return timedOut
		default:
			p := s.killer(out, batch, m)
			if p == nil || p.fails(ctx, m, limit(batch)) {
				return killed
			}
			// The test fails now and then by itself, which proves nothing.
			tests = slices.DeleteFunc(tests, func(other *probe) bool { return other == p })
		}
	}
	return survived
}

// order puts first what costs least for each mutant that it kills, above all
// of this function.
func (s *suite) order(m *mutant) []*probe {
	s.mu.Lock()
	defer s.mu.Unlock()
	price := func(p *probe) float64 {
		return float64(p.cost) * float64(p.tries+4) / float64(p.kills+1) / float64(8*p.near[m.place()]+1)
	}
	tests := slices.Clone(s.probes[m.id])
	slices.SortFunc(tests, func(a, b *probe) int {
		return cmp.Or(cmp.Compare(price(a), price(b)), cmp.Compare(a.name, b.name), cmp.Compare(a.binary.dir, b.binary.dir))
	})
	return tests
}

// place is the function with the mutant.
func (m *mutant) place() string { return m.file + " " + m.function }

// batch takes the first test, and those of the same binary that come next, as
// long as they cost no more together than the binary without a test and a
// tenth of a second, times the factor.
func (s *suite) batch(tests []*probe, factor int) []*probe {
	s.mu.Lock()
	defer s.mu.Unlock()
	most := time.Duration(factor) * (tests[0].binary.empty + 100*time.Millisecond)
	var batch []*probe
	var cost time.Duration
	for _, p := range tests {
		if p.binary != tests[0].binary {
			continue
		}
		if cost += p.cost; len(batch) > 0 && cost > most {
			break
		}
		p.tries++
		batch = append(batch, p)
	}
	return batch
}

// pattern matches the tests of a batch and no other.
func pattern(batch []*probe) string {
	var names []string
	for _, p := range batch {
		names = append(names, p.name)
	}
	return "^(" + strings.Join(names, "|") + ")$"
}

// limit is the time in which the tests of a batch end for certain.
func limit(batch []*probe) time.Duration {
	total := 20 * time.Second
	for _, p := range batch {
		total += 10 * p.duration
	}
	return total
}

var failure = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// killer counts the kill for the test that failed, and returns it. A crash
// names no test.
func (s *suite) killer(out []byte, batch []*probe, m *mutant) *probe {
	found := failure.FindSubmatch(out)
	if found == nil {
		return nil
	}
	i := slices.IndexFunc(batch, func(p *probe) bool { return p.name == string(found[1]) })
	if i < 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	batch[i].kills++
	batch[i].near[m.place()]++
	return batch[i]
}

// fails reports whether a test that failed with a mutant does so once more.
func (p *probe) fails(ctx context.Context, m *mutant, limit time.Duration) bool {
	return p.binary.command(ctx, m.id, "", "-test.run", "^"+p.name+"$", "-test.timeout", limit.String()).Run() != nil
}
