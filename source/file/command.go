package file

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"rollcall/source"
	"rollcall/source/internal/check"
	"rollcall/source/internal/program"
)

// Program are the keys of a csv that say which program writes the text.
type Program struct {
	// Command is the absolute path of a program and its arguments, which are given
	// to it as they are: there is no shell.
	Command []string `yaml:"command"`
	// Timeout (5m) is how long the program may take; then it is ended.
	Timeout time.Duration `yaml:"timeout"`
	// Environment names the variables that the program gets beside PATH, HOME, LANG
	// and TZ.
	Environment []string `yaml:"environment"`
}

// always are the variables that every program gets.
var always = []string{"PATH", "HOME", "LANG", "TZ"}

// clerkKey is the variable that usually holds the Clerk key (S38).
const clerkKey = "CLERK_SECRET_KEY"

// errProgramTime ends a program that takes longer than it may.
var errProgramTime = errors.New("the program took longer than timeout")

// Validate notes what is wrong with the keys.
func (p *Program) Validate(problems *check.Problems) {
	if len(p.Command) == 0 {
		if p.Timeout != 0 || len(p.Environment) > 0 {
			problems.Add("csv.command", "missing: timeout and environment are for the program that it names")
		}
		return
	}
	switch path := p.Command[0]; {
	case !filepath.IsAbs(path):
		problems.Add("csv.command", "must begin with the absolute path of the program, such as /usr/local/bin/hr-export; there is no shell, so each argument is an entry of its own")
	case source.HasInvisible(path):
		problems.Add("csv.command", "has control or invisible characters in the path of the program")
	}
	for i, argument := range p.Command {
		if strings.ContainsRune(argument, 0) {
			problems.Add(fmt.Sprintf("csv.command[%d]", i), "contains a NUL character, which no argument can have")
		}
	}
	if p.Timeout < 0 {
		problems.Add("csv.timeout", "must not be negative; leave it out for the default")
	}
	for i, name := range p.Environment {
		path := fmt.Sprintf("csv.environment[%d]", i)
		switch {
		case name == clerkKey:
			problems.Add(path, "is the Clerk key, which no program gets")
		case name == "" || strings.ContainsAny(name, "=\x00 ") || source.HasInvisible(name):
			problems.Add(path, "is not the name of a variable: list names only; their values come from the environment of rollcall")
		}
	}
}

// command is a program whose output is the text. The proof that the text is whole
// is its exit code 0 together with the end of its output, and the end marker where
// one is configured (S09, S14). It has no size, no time and no version to compare:
// what is true of a file while others write it (S11) has no meaning for it.
type command struct {
	store *Store
	Program
	// name stands for the text in messages and origins. It has no arguments: one of
	// them may be a secret.
	name string
	// last describes the last output that was whole.
	last string
}

func newCommand(s *Store) *command {
	return &command{store: s, Program: s.config.Program, name: "output of " + s.config.Command[0]}
}

// read runs the program once. It is not run again if it fails: only its author
// knows whether that would help.
func (c *command) read(ctx context.Context, begin func() Use) error {
	if err := c.judge(); err != nil {
		return err
	}
	started := time.Now()
	limited, cancel := context.WithTimeoutCause(ctx, cmp.Or(c.Timeout, defaultTransferTimeout), errProgramTime)
	defer cancel()
	a := &attempt{store: c.store, use: begin(), Outcome: Outcome{Path: Stdin}}
	var bytes int64
	run := program.Program{Command: c.Command, Env: c.env()}
	said, err := run.Run(limited, func(out io.Reader) (err error) {
		bytes, err = a.readOutput(limited, c.name, out)
		return err
	})
	if err == nil && a.last.Judged && !a.last.Complete {
		err = errNoMarker
	}
	c.log(said, err)
	if err != nil {
		return c.failure(err, said)
	}
	c.last = c.store.describe(c.name, []string{source.Count(int(bytes), "byte"), "exit code 0"}, a.last, bytes, started)
	return a.use.End(a.Outcome)
}

// judge refuses a program that is not there, or that others could replace (S34).
func (c *command) judge() error {
	path := c.Command[0]
	if _, err := exec.LookPath(path); err != nil {
		return &CommandError{Program: path, Problem: "it cannot be run", Err: errors.Unwrap(err), Hint: "check csv.command, and that the file is executable"}
	}
	if err := c.store.opts.Trust(path); err != nil {
		return &CommandError{Program: path, Problem: "it was not run", Err: err}
	}
	return nil
}

// env is the environment of the program.
func (c *command) env() []string {
	env := []string{}
	for _, name := range slices.Concat(always, c.Environment) {
		if value, ok := c.store.opts.Lookup(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// readOutput reads the output to its end, or to max_megabytes.
func (r *attempt) readOutput(ctx context.Context, name string, out io.Reader) (int64, error) {
	raw := &countReader{r: &boundedReader{out, int64(r.store.config.withDefaults().MaxMegabytes) * megabyte}}
	if _, err := r.readText(ctx, name, raw); err != nil {
		return raw.n, err
	}
	// What the parser gave up on still counts as read.
	_, err := io.Copy(io.Discard, raw)
	return raw.n, err
}

// log writes down what the program said: as warnings if it failed.
func (c *command) log(said program.Messages, err error) {
	write := c.store.opts.Logger.Info
	if err != nil {
		write = c.store.opts.Logger.Warn
	}
	about := []zap.Field{zap.String("source", c.store.name), zap.String("program", c.Command[0])}
	for _, line := range said.Lines {
		write("the program says", append(about, zap.String("stderr", source.Escape(c.cover(line))))...)
	}
	if said.Dropped > 0 {
		write("the program said more before", append(about, zap.Int("lines", said.Dropped))...)
	}
}

// least is how long the value of a variable must be to be covered: a shorter one
// is no secret, and its letters are everywhere.
const least = 6

// cover hides the values that the program was given, and what looks like a secret (S43).
func (c *command) cover(line string) string {
	for _, name := range c.Environment {
		if value, ok := c.store.opts.Lookup(name); ok && len(value) >= least {
			line = strings.ReplaceAll(line, value, "["+name+"]")
		}
	}
	return c.store.opts.Cover(line)
}

// errNoMarker says that the configured end marker did not come.
var errNoMarker = errors.New("the end marker is missing")

// failure says why there is no whole output.
func (c *command) failure(err error, said program.Messages) error {
	e := &CommandError{Program: c.Command[0], Err: err, Hint: "nothing from it was used"}
	if len(said.Lines) > 0 {
		e.Hint += "; the log has what it wrote to standard error"
	}
	switch {
	case errors.Is(err, errProgramTime):
		e.Problem, e.Err = "timed out: it did not end, or a process that it started still held its output", err
		e.Hint += "; check the program, or raise timeout"
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		e.Problem = "cancelled"
	case errors.Is(err, errTooLarge):
		e.Problem, e.Err = fmt.Sprintf("wrote more than %d MB", c.store.config.withDefaults().MaxMegabytes), nil
		e.Hint += "; if that size is expected, raise max_megabytes"
	case errors.Is(err, errNoMarker):
		e.Problem, e.Err = "ended with exit code 0, but its output does not end with end_marker", nil
	case errors.Is(err, program.ErrStart), errors.Is(err, program.ErrExit):
		e.Problem, e.Err = err.Error(), nil
	default:
		e.Problem = "its output could not be read"
	}
	return e
}
