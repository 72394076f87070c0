package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

type fate uint8

const (
	survived fate = iota
	killed
	timedOut
)

// probe is one test, and what it costs: its own time on a processor, which a
// busy machine does not stretch, and its time on the clock.
type probe struct {
	name     string
	cost     time.Duration
	duration time.Duration
}

// suite is the instrumented test binary with what is known of its tests.
type suite struct {
	p      *pkg
	dir    string // of its own
	binary string
	by     map[int][]probe
	flags  []string      // of every test
	empty  time.Duration // what the binary costs without a test

	mu sync.Mutex
	// tries and kills count by test; near counts kills by function and test.
	tries, kills map[string]int
	near         map[[2]string]int
}

// test decides the fate of the mutants.
func (p *pkg) test(ctx context.Context, o options, list []*mutant, reasons map[string]string) error {
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	if o.keep {
		fmt.Println("kept in", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	s := &suite{p: p, dir: dir, binary: filepath.Join(dir, "under.test"), by: map[int][]probe{},
		tries: map[string]int{}, kills: map[string]int{}, near: map[[2]string]int{}}
	if err := s.fresh(ctx); err != nil {
		return err
	}
	if err := s.build(ctx); err != nil {
		return err
	}
	if err := s.survey(ctx, o); err != nil {
		return err
	}
	work := make(chan *mutant)
	var all sync.WaitGroup
	for range o.workers {
		all.Go(func() {
			for m := range work {
				began := time.Now()
				m.fate, m.by = s.try(ctx, m)
				m.took = time.Since(began)
				if _, listed := reasons[m.key()]; m.fate == survived && !listed {
					fmt.Printf("survived: %s:%d: %s (%d tests reach it)\n", m.file, m.line, m.key(), len(s.by[m.id]))
				}
			}
		})
	}
	for _, m := range list {
		work <- m
	}
	close(work)
	all.Wait()
	return ctx.Err()
}

// build compiles the package with all its mutants, none of them active.
func (s *suite) build(ctx context.Context) error {
	replace := map[string]string{}
	put := func(as string, b []byte) error {
		at, err := filepath.Abs(as)
		if err != nil {
			return err
		}
		to := filepath.Join(s.dir, filepath.Base(as))
		replace[at] = to
		return os.WriteFile(to, b, 0o600)
	}
	for f, b := range s.p.written {
		if err := put(f, b); err != nil {
			return err
		}
	}
	text := fmt.Sprintf(helpers, s.p.name, len(s.p.mutants)+1)
	if err := put(filepath.Join(s.p.dir, "mutants_compiled_in.go"), []byte(text)); err != nil {
		return err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	file := filepath.Join(s.dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay="+file, "-o", s.binary, "./"+s.p.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the instrumented package does not build: %w\n%s", err, out)
	}
	return nil
}

// order puts first what costs least for each mutant that it kills, above all
// of this function.
func (s *suite) order(m *mutant) []probe {
	s.mu.Lock()
	defer s.mu.Unlock()
	price := func(p probe) float64 {
		return float64(p.cost) * float64(s.tries[p.name]+4) / float64(s.kills[p.name]+1) / float64(8*s.near[[2]string{m.where, p.name}]+1)
	}
	tests := slices.Clone(s.by[m.id])
	slices.SortFunc(tests, func(a, b probe) int { return cmp.Or(cmp.Compare(price(a), price(b)), cmp.Compare(a.name, b.name)) })
	return tests
}

var failing = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// killedBy counts the test that noticed; a crash names none.
func (s *suite) killedBy(out []byte, m *mutant) string {
	found := failing.FindSubmatch(out)
	if found == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kills[string(found[1])]++
	s.near[[2]string{m.where, string(found[1])}]++
	return string(found[1])
}

// try runs the tests that reach the mutant, a few together first, then more.
func (s *suite) try(ctx context.Context, m *mutant) (fate, string) {
	tests := s.order(m)
	for batch := s.empty + 100*time.Millisecond; len(tests) > 0; batch *= 3 {
		n, names, limit := s.batch(tests, batch)
		cmd := s.command(ctx, m.id, "", "-test.run", "^("+strings.Join(names, "|")+")$", "-test.failfast", "-test.timeout", limit.String())
		out, err := cmd.CombinedOutput()
		switch name := ""; {
		case err == nil:
			tests = tests[n:]
		case strings.Contains(string(out), "panic: test timed out"):
			return timedOut, ""
		default:
			if name = s.killedBy(out, m); name == "" || s.again(ctx, m, name, limit) {
				return killed, name
			}
			// The test fails now and then by itself, which proves nothing.
			tests = slices.DeleteFunc(tests, func(p probe) bool { return p.name == name })
		}
	}
	return survived, ""
}

// batch takes the first tests, as many as together cost no more than that.
func (s *suite) batch(tests []probe, most time.Duration) (n int, names []string, limit time.Duration) {
	var cost time.Duration
	limit = 20 * time.Second
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range tests {
		if n > 0 && cost+t.cost > most {
			break
		}
		n, cost, limit = n+1, cost+t.cost, limit+10*t.duration
		names = append(names, t.name)
		s.tries[t.name]++
	}
	return n, names, limit
}

// again reports whether a test that failed with a mutant does so once more.
func (s *suite) again(ctx context.Context, m *mutant, name string, limit time.Duration) bool {
	return s.command(ctx, m.id, "", "-test.run", "^"+name+"$", "-test.timeout", limit.String()).Run() != nil
}

func (s *suite) command(ctx context.Context, id int, hits string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.binary, append(args, s.flags...)...)
	cmd.Dir = s.p.dir
	cmd.Env = append(os.Environ(), "MUTANT="+strconv.Itoa(id), "MUTANT_HITS="+hits)
	return cmd
}

func tail(b []byte) []byte { return b[max(0, len(b)-2000):] }
