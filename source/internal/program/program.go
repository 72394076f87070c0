package program

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// Program says what to run.
type Program struct {
	// Command is the absolute path of the program and its arguments.
	Command []string
	// Env is the whole environment, as NAME=value.
	Env []string
	// Grace is how long the program may take to end after SIGTERM; 2 s when 0.
	// Then it is killed.
	Grace time.Duration
}

const defaultGrace = 2 * time.Second

// Messages are what a program wrote to standard error.
type Messages struct {
	// Lines are the last lines; a long one is cut.
	Lines []string
	// Dropped counts the lines before them.
	Dropped int
}

// How a program ended other than with exit code 0.
var (
	// ErrStart says that the program could not be started.
	ErrStart = errors.New("the program could not be started")
	// ErrExit says that it ended with another exit code than 0, or by a signal.
	ErrExit = errors.New("the program failed")
)

// Run starts the program, gives use its standard output, and waits for its end.
// Standard input is empty, the working directory is the root directory.
//
// The output ends when every process that holds it has closed it. If the context
// ends before, or use fails, all processes of the program get SIGTERM, and SIGKILL
// after the grace period. A process that is left after a normal end is killed
// too. Only a process that has left the session on purpose can go on, and nothing
// waits for it.
//
// The error is the cause of the context, that of use, or one that wraps ErrStart
// or ErrExit, in this order.
func (p Program) Run(ctx context.Context, use func(output io.Reader) error) (Messages, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	run, err := p.start(ctx)
	if err != nil {
		return Messages{}, fmt.Errorf("%w: %w", ErrStart, err)
	}
	defer run.close()
	messages := run.collect()
	released := run.endWith(ctx, cmp.Or(p.Grace, defaultGrace))
	err = use(run.stdout)
	if err != nil {
		cancel(err) // it has nothing more to say
	}
	end := run.awaitEnd(released)
	said := <-messages
	if cause := context.Cause(ctx); cause != nil {
		return said, cause
	}
	if end != nil {
		return said, fmt.Errorf("%w: %w", ErrExit, end)
	}
	return said, nil
}

// process is a program that runs.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr *os.File
}

func (p Program) start(ctx context.Context) (*process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Another end than this one would leave its children.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), p.Command[0], p.Command[1:]...)
	cmd.Env, cmd.Dir = p.Env, string(os.PathSeparator)
	if err := ownSession(cmd); err != nil {
		return nil, err
	}
	run := &process{cmd: cmd}
	var out, errs *os.File
	var err error
	if run.stdout, out, err = os.Pipe(); err != nil {
		return nil, err
	}
	if run.stderr, errs, err = os.Pipe(); err != nil {
		return nil, errors.Join(err, run.stdout.Close(), out.Close())
	}
	cmd.Stdout, cmd.Stderr = out, errs
	err = cmd.Start()
	_, _ = out.Close(), errs.Close() // the program has its own
	if err != nil {
		run.close()
		return nil, err
	}
	return run, nil
}

// close gives up the pipes. They were only read, and may be closed already.
func (r *process) close() { _, _ = r.stdout.Close(), r.stderr.Close() }

// endWith ends the program if the context ends before release is called, which
// waits until no signal can be sent any more.
func (r *process) endWith(ctx context.Context, grace time.Duration) (release func()) {
	done, idle := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(idle)
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		r.terminate()
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-done:
			return
		case <-timer.C:
		}
		r.kill()
		_ = r.stdout.Close() // whoever left the session may hold the other end
	}()
	return func() { close(done); <-idle }
}
