// Command mutate is the mutation gate: it changes one thing at a time in the
// code that decides who loses or gains access, and wants a test to notice.
//
//	go run ./.ci/mutate                         # every file of the gate
//	go run ./.ci/mutate sync/guard.go           # one file
//	go run ./.ci/mutate -list sync/guard.go     # what would be changed
//
// All mutants of a package are compiled into one test binary, each behind a
// switch that an environment variable throws, so that a mutant costs only the
// tests that reach it, the quickest first. A mutant that no test notices must
// stand in equivalent.txt with the reason why nobody could notice. The exit
// status is 1 when one survives that is not listed, or when a listed one dies
// or is no more.
//
// What is changed: each condition and each part of it to true and to false,
// bounds by one, arithmetic, constants in expressions, min and max, values
// returned to zero values, cases of switches, and every statement that can be
// left out. What is not: texts, locks, capacities, and panics.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// gate is what must not have survivors.
var gate = []string{
	"sync/guard.go", "sync/skip.go", "sync/decide.go", "sync/desire.go", "sync/diff.go", "sync/resolve.go", "sync/claims.go", "sync/confirm.go",
	"clerkapi/limiter.go", "clerkapi/gate.go", "clerkapi/admit.go", "clerkapi/flow.go",
}

// quick is what needs no run to be judged: tables of input and output are
// enough, and pure are the files of those tables.
var (
	quick = []string{"sync/guard.go", "sync/diff.go", "sync/confirm.go", "sync/resolve.go", "sync/claims.go", "sync/decide.go"}
	pure  = []string{
		"sync/guardedge_test.go", "sync/guard_test.go", "sync/diffedge_test.go", "sync/confirmtable_test.go", "sync/resolvetable_test.go",
		"sync/resolveedge_test.go", "sync/resolved_test.go", "sync/identity_test.go", "sync/decide_test.go",
	}
)

type options struct {
	list    bool
	workers int
	only    string
	keep    bool
	without string
	again   string
	quick   bool
	tests   []string
}

func main() {
	var o options
	flag.BoolVar(&o.list, "list", false, "print the mutants and end")
	flag.IntVar(&o.workers, "workers", 2, "tests of how many mutants run at once")
	flag.StringVar(&o.only, "only", "", "only mutants whose description contains this")
	flag.BoolVar(&o.keep, "keep", false, "keep the instrumented binary and say where")
	flag.StringVar(&o.without, "without", "Random|StateMachine|OneChangeASecond", "tests that are left out, by pattern: what is found by chance only is not found")
	flag.StringVar(&o.again, "again", "", "only mutants that this output of an earlier run calls survivors")
	flag.BoolVar(&o.quick, "quick", false, "only what is pure, by tests that are pure")
	by := flag.String("by", "", "only tests of these files, with commas between")
	flag.Parse()
	if *by != "" {
		o.tests = strings.Split(*by, ",")
	}
	files := flag.Args()
	if o.quick {
		files, o.tests = quick, pure
	}
	if len(files) == 0 {
		files = gate
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	bad, err := run(ctx, o, files)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	case bad:
		os.Exit(1)
	}
}

// run tests the files package by package; bad says that the gate is shut.
func run(ctx context.Context, o options, files []string) (bad bool, err error) {
	byDir := map[string][]string{}
	var dirs []string
	for _, f := range files {
		d := filepath.Dir(filepath.Clean(f))
		if byDir[d] == nil {
			dirs = append(dirs, d)
		}
		byDir[d] = append(byDir[d], filepath.Clean(f))
	}
	reasons, err := readListed(filepath.Join(".ci", "mutate", "equivalent.txt"))
	if err != nil {
		return false, err
	}
	again, err := earlier(o.again)
	if err != nil {
		return false, err
	}
	var all []*mutant
	for _, d := range dirs {
		p, err := load(ctx, d, byDir[d])
		if err != nil {
			return false, err
		}
		if err := p.mutate(); err != nil {
			return false, err
		}
		list := slices.DeleteFunc(slices.Clone(p.mutants), func(m *mutant) bool {
			return !strings.Contains(m.key(), o.only) || again != "" && !strings.Contains(again, ": "+m.key()+" (") && !strings.Contains(again, ": "+m.key()+"\n")
		})
		all = append(all, list...)
		if o.list {
			for _, m := range list {
				fmt.Printf("%s:%d: %s\n", m.file, m.line, m.key())
			}
			continue
		}
		if err := p.test(ctx, o, list, reasons); err != nil {
			return false, err
		}
	}
	if o.list {
		fmt.Println(len(all), "mutants")
		return false, nil
	}
	return judge(all, files, reasons, o.only+again != "", o.workers), nil
}

func earlier(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	b, err := os.ReadFile(file)
	return string(b) + "\n", err
}

// judge prints the figures by file and what shuts the gate.
func judge(all []*mutant, files []string, reasons map[string]string, part bool, workers int) (bad bool) {
	known := map[string]bool{}
	fmt.Printf("\n%-24s %8s %8s %8s %11s %9s %8s\n", "file", "mutants", "killed", "timeout", "equivalent", "survived", "minutes")
	for _, f := range files {
		var n, dead, late, equal, alive int
		var took time.Duration
		for _, m := range all {
			if m.file != filepath.Clean(f) {
				continue
			}
			n++
			took += m.took
			known[m.key()] = true
			switch _, listed := reasons[m.key()]; {
			case m.fate == killed:
				dead++
			case m.fate == timedOut:
				late++
			case listed:
				equal++
			default:
				alive++
			}
		}
		fmt.Printf("%-24s %8d %8d %8d %11d %9d %8.1f\n", f, n, dead, late, equal, alive, took.Minutes()/float64(workers))
		bad = bad || alive > 0
	}
	for _, m := range all {
		_, listed := reasons[m.key()]
		switch {
		case m.fate == survived && !listed:
			fmt.Printf("SURVIVED %s:%d: %s\n", m.file, m.line, m.key())
		case m.fate != survived && listed:
			fmt.Printf("LISTED, BUT DIES %s:%d: %s\n", m.file, m.line, m.key())
			bad = true
		}
	}
	if part {
		return bad
	}
	for _, key := range sortedKeys(reasons) {
		file, _, _ := strings.Cut(key, " ")
		if !known[key] && slices.Contains(files, file) {
			fmt.Printf("LISTED, BUT NO MORE %s\n", key)
			bad = true
		}
	}
	return bad
}
