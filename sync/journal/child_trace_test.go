package journal

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// childTrace writes, makes checkpoints, closes and opens again, and says what
// is acknowledged.
func childTrace(ctx context.Context, dir string, out io.Writer) error {
	network, _ := strings.CutPrefix(filepath.Base(dir), "state-")
	say := func(what string, ids ...int64) {
		for _, id := range ids {
			_, _ = fmt.Fprintln(out, "ack", what, id)
		}
	}
	for round := range 4 {
		db, err := Open(ctx, dir, on(network))
		if err != nil {
			return err
		}
		run, err := db.Begin(ctx, Run{Verb: "apply"})
		if err != nil {
			return errors.Join(err, db.Close())
		}
		for range 3 {
			say("intending", run)
			ids, err := db.Intend(ctx, run, changes(5))
			if err != nil {
				return errors.Join(err, db.Close())
			}
			say("intended", ids...)
			if err := db.Record(ctx, []Outcome{{ID: ids[0], Result: Done}, {ID: ids[1], Result: "failed"}}); err != nil {
				return errors.Join(err, db.Close())
			}
			say("recorded", ids[:2]...)
			if _, err := db.pool.ExecContext(ctx, "PRAGMA wal_checkpoint(RESTART)"); err != nil && round == 1 {
				return errors.Join(err, db.Close())
			}
		}
		if err := db.Close(); err != nil {
			return err
		}
	}
	return nil
}

// event is one system call that ended well.
type event struct {
	call   string
	path   string // of the descriptor, or the first argument that is one
	to     string // of a rename
	data   []byte
	offset int64
	line   string
}

var (
	callLine    = regexp.MustCompile(`^\d+ +(\w+)\((.*)\) += (\d+).*$`)
	unfinished  = regexp.MustCompile(`^(\d+) +(\w+\(.*) <unfinished \.\.\.>$`)
	resumed     = regexp.MustCompile(`^(\d+) +<\.\.\. \w+ resumed>(.*)$`)
	descriptor  = regexp.MustCompile(`^\d+<([^>]*)>`)
	quoted      = regexp.MustCompile(`"([^"]*)"(\.\.\.)?`)
	lastNumbers = regexp.MustCompile(`, (\d+)$`)
)

// trace runs a child under strace and gives what it did to files in the directory,
// and what it said.
func trace(t *testing.T, dir string) []event {
	t.Helper()
	if thin > 1 {
		t.Skip("a traced child has one goroutine and takes a minute under the race detector")
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: apt-get install strace")
	}
	file := filepath.Join(t.TempDir(), "trace")
	cmd := child(t, "trace", dir, strace, "-f", "-qq", "-y", "-xx", "-s", "100000", "-o", file, "-e", "signal=none",
		"-e", "trace=?open,openat,write,pwrite64,ftruncate,fsync,fdatasync,?unlink,unlinkat,?rename,?renameat,renameat2,?link,linkat")
	cmd.Stderr = nil
	if out, err := cmd.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "ptrace") {
			t.Skipf("strace may not trace here: %s", out)
		}
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := os.Open(file)
	must(t, err)
	defer func() { _ = f.Close() }()
	return events(t, f, dir)
}

func events(t *testing.T, from io.Reader, dir string) []event {
	t.Helper()
	var out []event
	waiting := map[string]string{}
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := unfinished.FindStringSubmatch(line); m != nil {
			waiting[m[1]] = m[2]
			continue
		}
		if m := resumed.FindStringSubmatch(line); m != nil {
			line = m[1] + " " + waiting[m[1]] + m[2]
		}
		if e, ok := parse(t, line); ok && (strings.HasPrefix(e.path, dir) || e.call == "write" && strings.HasPrefix(string(e.data), "ack ")) {
			out = append(out, e)
		}
	}
	must(t, lines.Err())
	return out
}

func parse(t *testing.T, line string) (event, bool) {
	t.Helper()
	m := callLine.FindStringSubmatch(line)
	if m == nil {
		return event{}, false // it failed, or was interrupted
	}
	e := event{call: m[1], line: line[:min(len(line), 200)]}
	args := m[2]
	var strs []string
	for _, q := range quoted.FindAllStringSubmatch(args, -1) {
		if q[2] != "" && strings.Contains(args, "ack") {
			t.Fatalf("strace cut a string short: %.200s", line)
		}
		strs = append(strs, unhex(t, q[1]))
	}
	switch e.call {
	case "open", "openat":
		e.path = strs[0]
		if !strings.Contains(args, "O_CREAT") {
			return e, false
		}
		return e, true
	case "link", "linkat":
		t.Fatalf("the test's disk knows no links: %.200s", line)
	case "rename", "renameat", "renameat2":
		e.path, e.to = strs[0], strs[1]
		return e, true
	case "unlink", "unlinkat":
		e.path = strs[0]
		return e, true
	}
	if d := descriptor.FindStringSubmatch(args); d != nil {
		e.path = unhex(t, d[1])
	}
	if len(strs) > 0 {
		e.data = []byte(strs[0])
	}
	if n := lastNumbers.FindStringSubmatch(args); n != nil {
		e.offset, _ = strconv.ParseInt(n[1], 10, 64)
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
	must(t, err)
	return string(out)
}

// The intents of a batch are on the disk when Intend returns: whatever was
// written to the journal since it was called has been synced.
func TestS32IntentsAreSyncedBeforeIntendReturns(t *testing.T) {
	for _, network := range []string{"", "NFS"} {
		t.Run(network, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state-"+network)
			dirty, writes, batches := map[string]bool{}, 0, 0
			for _, e := range trace(t, dir) {
				switch {
				case e.call == "write" && strings.HasPrefix(string(e.data), "ack intending"):
					writes = 0
				case e.call == "write" && strings.HasPrefix(string(e.data), "ack intended"):
					if writes > 0 {
						batches++
					}
					writes = 0
					for path := range dirty {
						t.Errorf("%s is not synced when Intend has returned: %s", filepath.Base(path), e.data)
					}
				case e.call == "pwrite64" && !strings.HasSuffix(e.path, "-shm"):
					writes++
					dirty[e.path] = true
				case e.call == "fsync" || e.call == "fdatasync":
					delete(dirty, e.path)
				case e.call == "unlink":
					delete(dirty, e.path)
				}
			}
			if batches != 12 {
				t.Errorf("%d batches were seen with writes to the journal, want 12", batches)
			}
		})
	}
}
