//go:build unix

package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sh is a program with this script, which finds the directory of the test in $DIR.
func sh(dir, script string) Program {
	return Program{Command: []string{"/bin/sh", "-c", script}, Env: []string{"PATH=/usr/bin:/bin", "DIR=" + dir}, Grace: 50 * time.Millisecond}
}

// result is what came of a run.
type result struct {
	Messages
	text string
	err  error
}

func runIn(ctx context.Context, p Program) (r result) {
	r.Messages, r.err = p.Run(ctx, func(out io.Reader) error {
		text, err := io.ReadAll(out)
		r.text = string(text)
		return err
	})
	return r
}

func TestAProgramThatEndsWell(t *testing.T) {
	r := runIn(t.Context(), sh("", "echo one; echo two; echo note >&2"))
	if r.err != nil || r.text != "one\ntwo\n" || strings.Join(r.Lines, "|") != "note" {
		t.Errorf("%+v", r)
	}
}

func TestS14AProgramThatFails(t *testing.T) {
	for script, says := range map[string]string{
		"echo all; exit 3":        "exit status 3",
		"echo all; kill -KILL $$": "signal: killed",
		"echo all; kill -TERM $$": "signal: terminated",
	} {
		if r := runIn(t.Context(), sh("", script)); !errors.Is(r.err, ErrExit) || !strings.Contains(r.err.Error(), says) || r.text != "all\n" {
			t.Errorf("%s: %+v", script, r)
		}
	}
	for _, path := range []string{"/nowhere/export", "/", "/etc/hostname"} {
		if r := runIn(t.Context(), Program{Command: []string{path}}); !errors.Is(r.err, ErrStart) {
			t.Errorf("%s: %+v", path, r)
		}
	}
}

// The program gets what it is given, no argument is read by a shell, and it has
// neither input nor terminal.
func TestS38AProgramGetsNothingElse(t *testing.T) {
	t.Setenv("CLERK_SECRET_KEY", "sk_test_planted")
	p := Program{Command: []string{"/usr/bin/env"}, Env: []string{"A=1", "B=$A;id"}}
	if r := runIn(t.Context(), p); r.err != nil || r.text != "A=1\nB=$A;id\n" {
		t.Errorf("the environment is %q, %v", r.text, r.err)
	}
	p = Program{Command: []string{"/bin/echo", "$HOME", "`id`", "a b"}, Env: []string{}}
	if r := runIn(t.Context(), p); r.text != "$HOME `id` a b\n" {
		t.Errorf("the arguments are %q", r.text)
	}
	r := runIn(t.Context(), sh("", `wc -c; pwd; (: </dev/tty) 2>/dev/null || echo none`))
	if r.err != nil || r.text != "0\n/\nnone\n" {
		t.Errorf("input, directory and terminal are %q, %v", r.text, r.err)
	}
}

// alive reports whether the process whose number a script left in a file lives.
func alive(t *testing.T, dir, name string) bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ") && syscall.Kill(pid, 0) == nil
}

// awaitGone waits until a process that was killed is gone.
func awaitGone(t *testing.T, dir, name string) {
	t.Helper()
	for range 500 {
		if !alive(t, dir, name) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the process in %s lives on", name)
}

// A program whose context ends is ended with all that it has started, whatever
// holds its output.
func TestS14AProgramThatDoesNotEnd(t *testing.T) {
	for name, script := range map[string]string{
		"hangs":                 `echo $$ >$DIR/child; echo half; sleep 600`,
		"hangs in a child":      `sleep 600 & echo $! >$DIR/child; echo half; wait`,
		"ends before its child": `sleep 600 & echo $! >$DIR/child; echo half; exit 0`,
		"closes its output":     `echo $$ >$DIR/child; echo half; exec >&-; sleep 600`,
		"ignores SIGTERM":       `trap '' TERM; echo $$ >$DIR/child; echo half; while :; do sleep 1; done`,
		"a deaf child":          `(trap '' TERM; exec sleep 600) & echo $! >$DIR/child; echo half; wait`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, cause := t.TempDir(), errors.New("time is up")
			ctx, cancel := context.WithCancelCause(t.Context())
			p := sh(dir, script)
			_, err := p.Run(ctx, func(out io.Reader) error {
				line := make([]byte, 5)
				if _, err := io.ReadFull(out, line); err != nil || string(line) != "half\n" {
					t.Errorf("the output begins with %q, %v", line, err)
				}
				cancel(cause)
				_, err := io.Copy(io.Discard, out)
				return err
			})
			if !errors.Is(err, cause) {
				t.Errorf("got %v", err)
			}
			awaitGone(t, dir, "child")
		})
	}
}

// Nobody waits for a process that has left the session and holds the output.
func TestAProcessThatLeftTheSession(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := sh("", `echo half; setsid sleep 20 & exit 0`).Run(ctx, func(out io.Reader) error {
		_, _ = io.ReadFull(out, make([]byte, 5)) // it has come
		cancel()
		_, err := io.Copy(io.Discard, out)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// What a program leaves behind after a good end is ended too.
func TestAProgramLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	r := runIn(t.Context(), sh(dir, `echo all; (exec sleep 600 >/dev/null 2>&1) & echo $! >$DIR/child`))
	if r.err != nil || r.text != "all\n" {
		t.Fatalf("%+v", r)
	}
	awaitGone(t, dir, "child")
}

// A reader that has enough ends the program.
func TestAReaderThatFails(t *testing.T) {
	enough := errors.New("enough")
	_, err := sh("", "yes").Run(t.Context(), func(out io.Reader) error {
		_, _ = io.ReadFull(out, make([]byte, 1<<20)) // yes has more
		return enough
	})
	if !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
}

func TestACancelledProgramIsNotStarted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if r := runIn(ctx, sh(dir, "touch $DIR/ran")); !errors.Is(r.err, context.Canceled) {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
		t.Error("the program ran")
	}
}

// Standard error is bounded, and a flood of it does not stop the program.
func TestMessagesAreBounded(t *testing.T) {
	r := runIn(t.Context(), sh("", `i=0; while [ $i -lt 200 ]; do echo line $i >&2; i=$((i+1)); done; head -c 1000000 /dev/zero | tr '\0' x >&2; echo >&2; echo last >&2; echo all`))
	if r.err != nil || r.text != "all\n" || len(r.Lines) != mostLines || r.Dropped != 202-mostLines {
		t.Fatalf("%d lines, %d dropped, %q, %v", len(r.Lines), r.Dropped, r.text, r.err)
	}
	if long := r.Lines[mostLines-2]; len(long) != mostLine+len("…") || r.Lines[mostLines-1] != "last" || r.Lines[0] != "line 152" {
		t.Errorf("the last lines are %q", r.Lines)
	}
}
