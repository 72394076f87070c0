package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/hinshun/vt10x"
	"github.com/rogpeppe/go-internal/testscript"
)

// onTerminal is a program at a terminal.
type onTerminal struct {
	columns, rows uint16
	keys          string // are typed when something is shown
	after         string // what must be shown; empty is anything
}

// endOfScreen follows what a program wrote to its terminal. When the last process
// closes a terminal, Linux may drop what nobody has read yet; so the test keeps it
// open until it has read this byte, which no program writes.
const endOfScreen = 0

// run runs the program, with its output and errors on the terminal, until it ends,
// and returns what the screen shows then.
func (o onTerminal) run(cmd *exec.Cmd) (shown string, err error) {
	program, screen, err := openPTY(o.columns, o.rows)
	if err != nil {
		return "", err
	}
	defer func() { _ = screen.Close() }() // nothing is written any more
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	takeTerminal(cmd)
	if err := cmd.Start(); err != nil {
		return "", err
	}
	done := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		_, ended := program.Write([]byte{endOfScreen})
		done <- errors.Join(err, ended)
	}()
	defer func() { _ = program.Close() }()
	vt := vt10x.New(vt10x.WithSize(int(o.columns), int(o.rows)))
	typed := o.keys == ""
	for buffer := make([]byte, 1<<16); ; {
		n, err := screen.Read(buffer)
		if err != nil {
			return "", err
		}
		shown, _, ended := bytes.Cut(buffer[:n], []byte{endOfScreen})
		_, _ = vt.Write(shown)
		if ended {
			break
		}
		if !typed && strings.Contains(vt.String(), o.after) {
			typed = true
			go o.typeKeys(screen)
		}
	}
	lines := strings.Split(vt.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n", <-done
}

// typeKeys types one key after the other, as fast as a person does.
func (o onTerminal) typeKeys(screen io.Writer) {
	for _, key := range o.keys {
		_, _ = io.WriteString(screen, string(key)) // the program may have ended
		time.Sleep(100 * time.Millisecond)
	}
}

// scriptTerminal runs a program at a terminal, wants an exit code, and prints what
// the screen shows at the end: terminal COLUMNSxROWS CODE COMMAND... The variable
// KEYS is typed when it shows something, or the text KEYS_AFTER; ^C and ^D are those keys, \r is Enter.
func scriptTerminal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: terminal COLUMNSxROWS CODE COMMAND [ARGUMENT]...")
	}
	o := onTerminal{keys: strings.NewReplacer("^C", "\x03", "^D", "\x04", `\r`, "\r").Replace(ts.Getenv("KEYS")), after: ts.Getenv("KEYS_AFTER")}
	_, err := fmt.Sscanf(args[0], "%dx%d", &o.columns, &o.rows)
	ts.Check(err)
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	path, err := lookPath(ts.Getenv("PATH"), args[2])
	ts.Check(err)
	cmd := exec.CommandContext(ctx, path, args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"HOME", "CLERK_URL", "CLERK_SECRET_KEY", "PATH", "TERM", "PAGER", "LESS", "NO_COLOR", "GOGC"} {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.Env = append(cmd.Env, "GOCOVERDIR="+cmp.Or(ts.Getenv("GOCOVERDIR"), ts.Getenv("TMPDIR"))) // or it complains where coverage is measured
	shown, err := o.run(cmd)
	_, printed := io.WriteString(ts.Stdout(), shown)
	ts.Check(printed)
	if got := exitOf(ts, err); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
