package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
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

// probe is one test, how long it takes, and which mutants it passes by.
type probe struct {
	name string
	took time.Duration
}

// suite is the instrumented test binary with what is known of its tests.
type suite struct {
	p      *pkg
	dir    string // of its own
	binary string
	by     map[int][]probe

	mu    sync.Mutex
	kills map[string]int // by test
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
	s := &suite{p: p, dir: dir, binary: filepath.Join(dir, "under.test"), by: map[int][]probe{}, kills: map[string]int{}}
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
				m.fate, m.by = s.try(ctx, m)
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

// survey runs each test alone, unmutated: it must pass, and leaves behind
// which mutants it reaches.
func (s *suite) survey(ctx context.Context, o options) error {
	without, err := regexp.Compile(o.without)
	if err != nil {
		return err
	}
	out, err := s.command(ctx, 0, "", "-test.list", "^(Test|Fuzz|Example)").Output()
	if err != nil {
		return fmt.Errorf("list the tests: %w", err)
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		if n := strings.TrimSpace(line); n != "" && n != "PASS" && !strings.Contains(n, " ") && !(o.without != "" && without.MatchString(n)) {
			names = append(names, n)
		}
	}
	work := make(chan string)
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for range o.workers {
		all.Go(func() {
			for name := range work {
				took, hits, err := s.alone(ctx, name)
				mu.Lock()
				failed = errors.Join(failed, err)
				for _, id := range hits {
					s.by[id] = append(s.by[id], probe{name, took})
				}
				mu.Unlock()
			}
		})
	}
	for _, n := range names {
		work <- n
	}
	close(work)
	all.Wait()
	fmt.Printf("%s: %d mutants, %d tests\n", s.p.dir, len(s.p.mutants), len(names))
	return failed
}

func (s *suite) alone(ctx context.Context, name string) (time.Duration, []int, error) {
	hits := filepath.Join(s.dir, "hits-"+name)
	began := time.Now()
	if out, err := s.command(ctx, 0, hits, "-test.run", "^"+name+"$").CombinedOutput(); err != nil {
		return 0, nil, fmt.Errorf("%s fails without a mutant: %w\n%s", name, err, tail(out))
	}
	took := time.Since(began)
	f, err := os.Open(hits)
	if errors.Is(err, os.ErrNotExist) {
		return took, nil, nil
	}
	if err != nil {
		return 0, nil, err
	}
	defer f.Close()
	var ids []int
	for sc := bufio.NewScanner(f); sc.Scan(); {
		id, err := strconv.Atoi(sc.Text())
		if err != nil {
			return 0, nil, err
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return took, slices.Compact(ids), nil
}

// order puts first what has killed before, and then what is quick.
func (s *suite) order(tests []probe) []probe {
	s.mu.Lock()
	defer s.mu.Unlock()
	tests = slices.Clone(tests)
	slices.SortFunc(tests, func(a, b probe) int { return cmp.Or(s.kills[b.name]-s.kills[a.name], int(a.took-b.took)) })
	return tests
}

var failing = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// killedBy counts the test that noticed; a crash names none.
func (s *suite) killedBy(out []byte) string {
	found := failing.FindSubmatch(out)
	if found == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kills[string(found[1])]++
	return string(found[1])
}

// try runs the tests that reach the mutant, a few together first, then more.
func (s *suite) try(ctx context.Context, m *mutant) (fate, string) {
	tests := s.order(s.by[m.id])
	for batch := 500 * time.Millisecond; len(tests) > 0; batch *= 3 {
		n, sum := 0, time.Duration(0)
		for n < len(tests) && (n == 0 || sum+tests[n].took < batch) {
			sum += tests[n].took
			n++
		}
		names := make([]string, n)
		for i, t := range tests[:n] {
			names[i] = t.name
		}
		limit := 20*time.Second + 10*sum
		cmd := s.command(ctx, m.id, "", "-test.run", "^("+strings.Join(names, "|")+")$", "-test.failfast", "-test.timeout", limit.String())
		out, err := cmd.CombinedOutput()
		switch name := ""; {
		case err == nil:
			tests = tests[n:]
		case strings.Contains(string(out), "panic: test timed out"):
			return timedOut, ""
		default:
			if name = s.killedBy(out); name == "" || s.again(ctx, m, name, limit) {
				return killed, name
			}
			// The test fails now and then by itself, which proves nothing.
			tests = slices.DeleteFunc(tests, func(p probe) bool { return p.name == name })
		}
	}
	return survived, ""
}

// again reports whether a test that failed with a mutant does so once more.
func (s *suite) again(ctx context.Context, m *mutant, name string, limit time.Duration) bool {
	return s.command(ctx, m.id, "", "-test.run", "^"+name+"$", "-test.timeout", limit.String()).Run() != nil
}

func (s *suite) command(ctx context.Context, id int, hits string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.binary, args...)
	cmd.Dir = s.p.dir
	cmd.Env = append(os.Environ(), "MUTANT="+strconv.Itoa(id), "MUTANT_HITS="+hits)
	return cmd
}

func tail(b []byte) []byte { return b[max(0, len(b)-2000):] }
