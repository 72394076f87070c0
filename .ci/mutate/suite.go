package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"
)

// switches is compiled into each package with mutants.
//
//go:embed switches/switches.go
var switches []byte

// suite is the set of test binaries with all that is known of their tests.
type suite struct {
	program  *program
	task     task
	dir      string // for the binaries and instrumented texts
	out      io.Writer
	workers  int
	binaries []*binary
	probes   map[int][]*probe // by the mutant that they reach

	mu sync.Mutex // guards the counts of the probes, and out
}

// test decides the fate of the mutants.
func (p *program) test(ctx context.Context, o options, t task, list []*mutant, reasons map[string]string, out io.Writer) error {
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	if o.keep {
		_, _ = fmt.Fprintln(out, "kept in", dir)
	} else {
		defer func() { _ = os.RemoveAll(dir) }()
	}
	s := &suite{program: p, task: t, dir: dir, out: out, workers: o.workers, probes: map[int][]*probe{}}
	if err := s.build(ctx); err != nil {
		return err
	}
	if err := s.survey(ctx, o.without); err != nil {
		return err
	}
	each(s.workers, list, func(m *mutant) { s.judge(ctx, m, reasons) })
	return ctx.Err()
}

// each calls work for every item, with so many calls at once.
func each[T any](workers int, items []T, work func(T)) {
	queue := make(chan T)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for item := range queue {
				work(item)
			}
		})
	}
	for _, item := range items {
		queue <- item
	}
	close(queue)
	all.Wait()
}

// judge finds out what becomes of one mutant, and prints it if it survives.
func (s *suite) judge(ctx context.Context, m *mutant, reasons map[string]string) {
	began := time.Now()
	m.fate = s.try(ctx, m)
	m.took = time.Since(began)
	if _, listed := reasons[m.key()]; m.fate == survived && !listed {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, _ = fmt.Fprintf(s.out, "survived: %s:%d: %s (%d tests reach it)\n", m.file, m.line, m.key(), len(s.probes[m.id]))
	}
}

// build compiles the test binaries of the task.
func (s *suite) build(ctx context.Context) error {
	overlay, err := s.overlay()
	if err != nil {
		return err
	}
	for i, dir := range sortedKeys(s.task.judges) {
		b := &binary{root: s.program.root, dir: dir, file: filepath.Join(s.dir, strconv.Itoa(i)+".test"), mutants: len(s.program.mutants)}
		if err := b.compile(ctx, overlay); err != nil {
			return err
		}
		s.binaries = append(s.binaries, b)
	}
	return nil
}

// overlay writes the instrumented files of the task, and beside them the
// switches. It returns the file that tells the go command about them.
func (s *suite) overlay() (string, error) {
	replace := map[string]string{}
	put := func(path string, text []byte) error {
		file := filepath.Join(s.dir, strconv.Itoa(len(replace))+".go")
		replace[filepath.Join(s.program.root, path)] = file
		return os.WriteFile(file, text, 0o600)
	}
	for _, p := range s.program.packages {
		for _, path := range p.files {
			if !slices.Contains(s.task.files, path) {
				continue
			}
			if err := put(path, p.instrumented[path]); err != nil {
				return "", err
			}
			beside := filepath.Join(p.dir, "mutation_switches.go")
			if _, done := replace[filepath.Join(s.program.root, beside)]; done {
				continue
			}
			text := bytes.Replace(switches, []byte("\npackage switches\n"), []byte("\npackage "+p.name+"\n"), 1)
			if err := put(beside, text); err != nil {
				return "", err
			}
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(s.dir, "overlay.json")
	return file, os.WriteFile(file, text, 0o600)
}
