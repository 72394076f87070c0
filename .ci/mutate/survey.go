package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// probe is one test with its cost: its own time on a processor, which a busy
// machine does not stretch, and its time on the clock. The counts say how well
// it finds mutants: near has its kills by function.
type probe struct {
	binary         *binary
	name           string
	cost, duration time.Duration
	tries, kills   int
	near           map[string]int
}

// survey runs each test alone and without a mutant. The test must pass, and
// its binary writes down which mutants it reaches.
func (s *suite) survey(ctx context.Context, without string) error {
	pattern, err := regexp.Compile(without)
	if err != nil {
		return err
	}
	var all []*probe
	for _, b := range s.binaries {
		names, err := b.tests(ctx, pattern, s.task.judges[b.dir])
		if err != nil {
			return err
		}
		for _, name := range names {
			all = append(all, &probe{binary: b, name: name, near: map[string]int{}})
		}
		_, _ = fmt.Fprintf(s.out, "%s: %d tests\n", b.dir, len(names))
	}
	var failures error
	each(s.workers, all, func(p *probe) {
		hits, err := p.run(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		failures = errors.Join(failures, err)
		for _, id := range hits {
			s.probes[id] = append(s.probes[id], p)
		}
	})
	return failures
}

// run runs the test without a mutant and returns the mutants that it reaches.
func (p *probe) run(ctx context.Context) ([]int, error) {
	file := filepath.Join(filepath.Dir(p.binary.file), "hits-"+filepath.Base(p.binary.file)+"-"+p.name)
	began := time.Now()
	cmd := p.binary.command(ctx, 0, file, "-test.run", "^"+p.name+"$")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s of %s fails without a mutant: %w\n%s", p.name, p.binary.dir, err, tail(out))
	}
	p.duration = time.Since(began)
	p.cost = max(time.Millisecond, processorTime(cmd)-p.binary.empty)
	return readHits(file)
}

// readHits reads the numbers of mutants. A test that reaches none leaves no file.
func readHits(file string) ([]int, error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var ids []int
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		id, err := strconv.Atoi(lines.Text())
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids), lines.Err()
}
