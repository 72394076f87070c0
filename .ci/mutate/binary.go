package main

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// binary is the test binary of one package, with the mutants in it.
type binary struct {
	root, dir string
	file      string
	mutants   int
	flags     []string      // of every test
	empty     time.Duration // processor time of the binary without a test
}

// compile builds the test binary with the overlay.
func (b *binary) compile(ctx context.Context, overlay string) error {
	if err := b.checkCorpus(ctx); err != nil {
		return err
	}
	cmd := b.tool(ctx, "go", "test", "-c", "-vet=off", "-overlay="+overlay, "-o", b.file, "./"+b.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the tests of %s do not build with the mutants: %w\n%s", b.dir, err, out)
	}
	if _, err := os.Stat(b.file); err != nil {
		return fmt.Errorf("%s has no tests", b.dir)
	}
	return b.measure(ctx)
}

func (b *binary) tool(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = b.root
	return cmd
}

// checkCorpus refuses the failures that an earlier run of rapid stored and
// nobody committed: each test of that name would replay its own and fail with
// every mutant. Rapid gets a fixed seed, writes no such file, and does not search
// for the smallest case, which takes half a minute for each mutant that it kills.
func (b *binary) checkCorpus(ctx context.Context) error {
	files, err := b.tool(ctx, "git", "ls-files", "--others", "--", filepath.Join(b.dir, "testdata", "rapid")).Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w", err)
	}
	if len(files) > 0 {
		return fmt.Errorf("an earlier failure would be replayed with every mutant; look at it and delete it:\n%s", files)
	}
	imports, err := b.tool(ctx, "go", "list", "-f", "{{.TestImports}} {{.XTestImports}}", "./"+b.dir).Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	if bytes.Contains(imports, []byte("pgregory.net/rapid")) {
		b.flags = []string{"-rapid.seed=1", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}
	}
	return nil
}

// measure runs the binary without a test.
func (b *binary) measure(ctx context.Context) error {
	cmd := b.command(ctx, 0, "", "-test.run", "^$")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("run no test of %s: %w\n%s", b.dir, err, tail(out))
	}
	b.empty = processorTime(cmd)
	return nil
}

// command runs tests with one mutant active, or with none for 0.
func (b *binary) command(ctx context.Context, id int, hits string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, b.file, append(args, b.flags...)...)
	cmd.Dir = filepath.Join(b.root, b.dir)
	cmd.Env = append(os.Environ(), "ROLLCALL_TESTS=all", "MUTANT="+strconv.Itoa(id), "MUTANT_COUNT="+strconv.Itoa(b.mutants), "MUTANT_HITS="+hits)
	return cmd
}

// tests lists the tests without those that the pattern matches. Where files
// are named, only their tests are listed.
func (b *binary) tests(ctx context.Context, without *regexp.Regexp, files []string) ([]string, error) {
	declared, err := functions(b.root, files)
	if err != nil {
		return nil, err
	}
	out, err := b.command(ctx, 0, "", "-test.list", "^(Test|Fuzz|Example)").Output()
	if err != nil {
		return nil, fmt.Errorf("list the tests of %s: %w", b.dir, err)
	}
	var names []string
	used := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		name := strings.TrimSpace(line)
		file, in := declared[name]
		if name == "" || strings.Contains(name, " ") || len(files) > 0 && !in {
			continue
		}
		if without.String() == "" || !without.MatchString(name) {
			names = append(names, name)
			used[file] = true
		}
	}
	for _, file := range files {
		if !used[file] {
			return nil, fmt.Errorf("%s has no test that runs", file)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no test that runs", b.dir)
	}
	return names, nil
}

// functions are the names that the files declare, with the file of each.
func functions(root string, files []string) (map[string]string, error) {
	names := map[string]string{}
	for _, file := range files {
		syntax, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range syntax.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Recv == nil {
				names[d.Name.Name] = file
			}
		}
	}
	return names, nil
}

// processorTime is what a process took that has ended.
func processorTime(cmd *exec.Cmd) time.Duration {
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

func tail(b []byte) []byte { return b[max(0, len(b)-2000):] }
