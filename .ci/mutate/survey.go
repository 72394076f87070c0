package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
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

// survey runs each test alone, unmutated: it must pass, and leaves behind
// which mutants it reaches.
func (s *suite) survey(ctx context.Context, o options) error {
	names, err := s.tests(ctx, o)
	if err != nil {
		return err
	}
	nothing := s.command(ctx, 0, "", "-test.run", "^$")
	if out, err := nothing.CombinedOutput(); err != nil {
		return fmt.Errorf("run no test: %w\n%s", err, tail(out))
	}
	s.empty = cost(nothing)
	work := make(chan string)
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for range o.workers {
		all.Go(func() {
			for name := range work {
				one, hits, err := s.alone(ctx, name)
				mu.Lock()
				failed = errors.Join(failed, err)
				for _, id := range hits {
					s.by[id] = append(s.by[id], one)
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

// alone runs one test unmutated, and reads which mutants it reached.
func (s *suite) alone(ctx context.Context, name string) (probe, []int, error) {
	hits := filepath.Join(s.dir, "hits-"+name)
	began := time.Now()
	cmd := s.command(ctx, 0, hits, "-test.run", "^"+name+"$")
	if out, err := cmd.CombinedOutput(); err != nil {
		return probe{}, nil, fmt.Errorf("%s fails without a mutant: %w\n%s", name, err, tail(out))
	}
	one := probe{name, max(time.Millisecond, cost(cmd)-s.empty), time.Since(began)}
	f, err := os.Open(hits)
	if errors.Is(err, os.ErrNotExist) {
		return one, nil, nil
	}
	if err != nil {
		return probe{}, nil, err
	}
	defer f.Close()
	var ids []int
	for sc := bufio.NewScanner(f); sc.Scan(); {
		id, err := strconv.Atoi(sc.Text())
		if err != nil {
			return probe{}, nil, err
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return one, slices.Compact(ids), nil
}

// cost is what an ended process took of the processors.
func cost(cmd *exec.Cmd) time.Duration {
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// tests lists the tests that are asked for.
func (s *suite) tests(ctx context.Context, o options) ([]string, error) {
	without, err := regexp.Compile(o.without)
	if err != nil {
		return nil, err
	}
	only, err := declared(o.tests)
	if err != nil {
		return nil, err
	}
	out, err := s.command(ctx, 0, "", "-test.list", "^(Test|Fuzz|Example)").Output()
	if err != nil {
		return nil, fmt.Errorf("list the tests: %w", err)
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		n := strings.TrimSpace(line)
		switch {
		case n == "" || n == "PASS" || strings.Contains(n, " "):
		case o.without != "" && without.MatchString(n):
		case only != nil && !only[n]:
		default:
			names = append(names, n)
		}
	}
	return names, nil
}

// declared are the functions of the files; nil when there are no files.
func declared(files []string) (map[string]bool, error) {
	if len(files) == 0 {
		return nil, nil
	}
	names := map[string]bool{}
	for _, f := range files {
		syntax, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range syntax.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Recv == nil {
				names[d.Name.Name] = true
			}
		}
	}
	return names, nil
}

// fresh refuses what an earlier failure of rapid left behind: each test of
// that name would play it again and fail with every mutant. Rapid is told to
// begin at the same place each time, to leave nothing behind, and not to look
// for the smallest case, which takes half a minute for each mutant that it kills.
func (s *suite) fresh(ctx context.Context) error {
	left, err := exec.CommandContext(ctx, "git", "ls-files", "--others", "--", filepath.Join(s.p.dir, "testdata", "rapid")).Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w", err)
	}
	if len(left) > 0 {
		return fmt.Errorf("an earlier failure would be played again with every mutant; look at it and delete it:\n%s", left)
	}
	imports, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.TestImports}} {{.XTestImports}}", "./"+s.p.dir).Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	if strings.Contains(string(imports), "pgregory.net/rapid") {
		s.flags = []string{"-rapid.seed=1", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}
	}
	return nil
}
