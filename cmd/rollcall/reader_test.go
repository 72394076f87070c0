package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	exitNote    = regexp.MustCompile(`\s+# exit (\d+)$`)
	comment     = regexp.MustCompile(`\s+# .*$`)
	shownHash   = regexp.MustCompile(`(?:approve|--approve) ([0-9a-f]{32,64})`)
	shownKey    = regexp.MustCompile(`export CLERK_SECRET_KEY=(\S+)`)
	otherWorlds = []string{"go test", "ROLLCALL_TESTS=all go test", "go run ./.ci/", "go -C .ci/", "golangci-lint"}
)

// reader types what a document says, in a directory of its own. "# exit N" is the
// code that is promised, HASH is copied from the last plan, and KEY from what the
// sandbox printed.
type reader struct {
	t        *testing.T
	dir      string
	address  string
	instead  []string // pairs: what a document says, and what the test has instead
	exports  []string
	key      string
	hash     string
	last     string // what the last command printed
	printed  string // what the sandbox printed
	commands int
	sandbox  func() // ends it
}

func newReader(t *testing.T) *reader {
	t.Helper()
	address := freeAddress(t)
	return &reader{t: t, dir: t.TempDir(), address: address, instead: []string{shown, address}}
}

// typeBlocks writes the files of a document and types its commands.
func (r *reader) typeBlocks(text string) {
	r.t.Helper()
	for _, b := range block.FindAllStringSubmatch(text, -1) {
		switch {
		case b[2] != "":
			r.writeFiles(b[0])
		case b[1] == "sh":
			for line := range strings.Lines(b[3]) {
				r.do(strings.TrimSpace(line))
			}
		}
	}
}

// writeFiles writes the blocks that are files.
func (r *reader) writeFiles(text string) {
	r.t.Helper()
	for _, b := range block.FindAllStringSubmatch(text, -1) {
		if b[2] != "" {
			writeFiles(r.t, r.dir, map[string]string{b[2]: r.adapt(b[3])})
		}
	}
}

func (r *reader) adapt(text string) string { return strings.NewReplacer(r.instead...).Replace(text) }

func (r *reader) do(line string) {
	r.t.Helper()
	want := 0
	if note := exitNote.FindStringSubmatch(line); note != nil {
		want, _ = strconv.Atoi(note[1]) // digits, by the pattern
	}
	line = strings.NewReplacer("HASH", r.hash, "KEY", r.key).Replace(strings.ReplaceAll(comment.ReplaceAllString(line, ""), "CLERK_SECRET_KEY", "CLERK_SECRET_\x00"))
	line = r.adapt(strings.ReplaceAll(line, "\x00", "KEY"))
	for _, begin := range otherWorlds {
		if strings.HasPrefix(line, begin) {
			return // .ci/run says these, but for the gate, which takes an hour
		}
	}
	background, isBackground := strings.CutSuffix(line, "&")
	switch {
	case strings.HasPrefix(line, "export "):
		r.export(strings.TrimPrefix(line, "export "))
		return
	case line == "kill %1":
		r.sandbox()
		r.sandbox = nil
		return
	case isBackground:
		r.start(background)
		return
	}
	r.run(strings.Replace(line, "go run ./cmd/rollcall", "rollcall", 1), want)
}

// export sets a variable, as the shell expands its value.
func (r *reader) export(assignment string) {
	r.t.Helper()
	name, value, _ := strings.Cut(assignment, "=")
	out, err := r.command(r.t.Context(), `printf %s "`+value+`"`).Output()
	if err != nil || len(out) == 0 {
		r.t.Fatalf("export %s: %q, %v", assignment, out, err)
	}
	r.exports = append(r.exports, name+"="+string(out))
}

// run types one command.
func (r *reader) run(line string, want int) {
	r.t.Helper()
	r.commands++
	r.dateFiles()
	cmd := r.command(r.t.Context(), line)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run() // the exit code is what is looked at
	if got := cmd.ProcessState.ExitCode(); got != want {
		r.t.Fatalf("%s: exit code %d, want %d\n%s", line, got, want, &out)
	}
	r.last = out.String()
	if found := shownHash.FindStringSubmatch(r.last); found != nil {
		r.hash = found[1]
	}
}

// dateFiles makes the people's files a minute older than they are, as if the
// reader took a minute to type a command: the program would wait for a file that
// has just been written.
func (r *reader) dateFiles() {
	r.t.Helper()
	top, errTop := filepath.Glob(filepath.Join(r.dir, "*.csv"))
	below, errBelow := filepath.Glob(filepath.Join(r.dir, "*", "*.csv"))
	if err := errors.Join(errTop, errBelow); err != nil {
		r.t.Fatal(err)
	}
	at := time.Now().Add(-time.Minute)
	for _, file := range append(top, below...) {
		if err := os.Chtimes(file, at, at); err != nil {
			r.t.Fatal(err)
		}
	}
}

// start runs a sandbox until the document ends it, or the test ends, and reads
// the key that it prints.
func (r *reader) start(line string) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := r.command(ctx, "exec "+line+" --listen "+r.address)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	printed, err := os.Create(filepath.Join(r.t.TempDir(), "sandbox"))
	if err != nil {
		r.t.Fatal(err)
	}
	cmd.Stdout = printed
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.sandbox = func() {
		cancel()
		if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() != 0 {
			r.t.Errorf("%s: %v", line, err)
		}
	}
	r.t.Cleanup(func() {
		if r.sandbox != nil {
			r.sandbox()
		}
		_ = printed.Close() // nothing more is read
	})
	for range 1000 {
		if key := shownKey.FindStringSubmatch(read(r.t, printed.Name())); key != nil {
			r.key, r.printed = key[1], read(r.t, printed.Name())
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.t.Fatalf("%s prints no key", line)
}

func (r *reader) command(ctx context.Context, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), append(r.exports, "HOME="+r.dir, "XDG_STATE_HOME=", "STATE_DIRECTORY=")...)
	return cmd
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
