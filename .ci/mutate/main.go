package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

// options are the flags and arguments.
type options struct {
	root    string
	list    bool
	workers int
	only    string
	keep    bool
	without string
	again   string
	quick   bool
	by      []string
	files   []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := status(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// status runs the gate and returns the exit status.
func status(ctx context.Context, args []string, out, errs io.Writer) int {
	o, err := parse(args, errs)
	if err != nil {
		return 2
	}
	bad, err := run(ctx, o, out)
	switch {
	case err != nil:
		_, _ = fmt.Fprintln(errs, "mutate:", err)
		return 2
	case bad:
		return 1
	}
	return 0
}

func parse(args []string, errs io.Writer) (options, error) {
	var o options
	var by string
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&o.root, "root", "../..", "root of the repository")
	flags.BoolVar(&o.list, "list", false, "print the mutants and end")
	flags.IntVar(&o.workers, "workers", 2, "how many mutants are tested at once")
	flags.StringVar(&o.only, "only", "", "only mutants whose description contains this")
	flags.BoolVar(&o.keep, "keep", false, "keep the instrumented binaries and print where they are")
	flags.StringVar(&o.without, "without", "Random|StateMachine|OneChangeASecond", "tests that are left out, by pattern, because they notice a mutant only by chance")
	flags.StringVar(&o.again, "again", "", "only mutants that this output of an earlier run calls survivors")
	flags.BoolVar(&o.quick, "quick", false, "only the files and the tests of quick.txt")
	flags.StringVar(&by, "by", "", "only tests of these files, separated by commas")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if by != "" {
		o.by = strings.Split(by, ",")
	}
	o.files = flags.Args()
	if err := o.check(); err != nil {
		_, _ = fmt.Fprintln(errs, "mutate:", err)
		return o, err
	}
	root, err := filepath.Abs(o.root) // the go command lists absolute directories
	o.root = root
	return o, err
}

func (o options) check() error {
	if o.quick && (len(o.by) > 0 || len(o.files) > 0) {
		return errors.New("-quick takes its files from quick.txt, so it goes with neither -by nor files")
	}
	if o.workers < 1 {
		return fmt.Errorf("-workers is %d, not at least 1", o.workers)
	}
	return nil
}
