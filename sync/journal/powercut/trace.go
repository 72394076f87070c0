// Package powercut helps tests to cut the power: it reads the trace of a
// process, and plays a disk that keeps only what was synced.
package powercut

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rollcall/.ci/suite"
)

// Event is one system call that ended well.
type Event struct {
	Call   string
	Path   string // of the descriptor, or the first argument that is one
	To     string // of a rename
	Data   []byte
	Offset int64
	Line   string
}

var (
	callLine    = regexp.MustCompile(`^\d+ +(\w+)\((.*)\) += (\d+).*$`)
	unfinished  = regexp.MustCompile(`^(\d+) +(\w+\(.*) <unfinished \.\.\.>$`)
	resumed     = regexp.MustCompile(`^(\d+) +<\.\.\. \w+ resumed>(.*)$`)
	descriptor  = regexp.MustCompile(`^\d+<([^>]*)>`)
	quoted      = regexp.MustCompile(`"([^"]*)"(\.\.\.)?`)
	lastNumbers = regexp.MustCompile(`, (\d+)$`)
)

// Command runs a program under strace, which writes its trace to a file; it
// skips the test where nothing can be traced.
func Command(t *testing.T, trace, program string, args ...string) *exec.Cmd {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		suite.Skip(t, "strace", "apt-get install strace")
	}
	return exec.CommandContext(t.Context(), strace, append([]string{"-f", "-qq", "-y", "-xx", "-s", "1000000", "-o", trace, "-e", "signal=none",
		"-e", "trace=?open,openat,write,pwrite64,ftruncate,fsync,fdatasync,?unlink,unlinkat,?rename,?renameat,renameat2,?link,linkat", program}, args...)...)
}

// Run runs the command to its end.
func Run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil && strings.Contains(string(out), "ptrace") {
		suite.Skip(t, "strace", fmt.Sprintf("it may not trace here: %s", out))
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// Events reads a trace: the calls that are wanted, in the order in which they ended.
func Events(t *testing.T, trace string, wanted func(e *Event) bool) []Event {
	t.Helper()
	from, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = from.Close() }() // nothing was written
	var out []Event
	waiting := map[string]string{}
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := unfinished.FindStringSubmatch(line); m != nil {
			waiting[m[1]] = m[2]
			continue
		}
		if m := resumed.FindStringSubmatch(line); m != nil {
			line = m[1] + " " + waiting[m[1]] + m[2]
		}
		if e, ok := parse(t, line); ok && wanted(&e) {
			out = append(out, e)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func parse(t *testing.T, line string) (Event, bool) {
	t.Helper()
	m := callLine.FindStringSubmatch(line)
	if m == nil {
		return Event{}, false // it failed, or was interrupted
	}
	e := Event{Call: m[1], Line: line[:min(len(line), 200)]}
	args := m[2]
	var strs []string
	for _, q := range quoted.FindAllStringSubmatch(args, -1) {
		if q[2] != "" {
			t.Fatalf("strace cut a string short: %.200s", line)
		}
		strs = append(strs, unhex(t, q[1]))
	}
	switch e.Call {
	case "open", "openat":
		e.Path = strs[0]
		if !strings.Contains(args, "O_CREAT") {
			return e, false
		}
		return e, true
	case "link", "linkat":
		t.Fatalf("the test's disk knows no links: %.200s", line)
	case "rename", "renameat", "renameat2":
		e.Path, e.To = strs[0], strs[1]
		return e, true
	case "unlink", "unlinkat":
		e.Path = strs[0]
		return e, true
	}
	if d := descriptor.FindStringSubmatch(args); d != nil {
		e.Path = unhex(t, d[1])
	}
	if len(strs) > 0 {
		e.Data = []byte(strs[0])
	}
	if n := lastNumbers.FindStringSubmatch(args); n != nil {
		e.Offset, _ = strconv.ParseInt(n[1], 10, 64)
	}
	return e, true
}

// unhex undoes strace's -xx.
func unhex(t *testing.T, s string) string {
	t.Helper()
	if !strings.HasPrefix(s, `\x`) {
		return s
	}
	out, err := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
