package main

import (
	"bufio"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
)

// syscallEvent is a system call of a traced run, with its data decoded.
type syscallEvent struct {
	name, file, data string
}

var (
	tracedCall  = regexp.MustCompile(`^(\d+) +(\w+)\(\d+<([^>]*)>(?:, "((?:\\x[0-9a-f]{2})*)")?`)
	tracedAgain = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>`)
)

// readTrace reads what strace wrote, in the order in which calls began for
// requests, and ended for syncs: a sync counts only when it is over.
func readTrace(t *testing.T, file string) []syscallEvent {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	var events []syscallEvent
	waiting := map[string]syscallEvent{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := tracedAgain.FindStringSubmatch(line); m != nil {
			events = append(events, waiting[m[1]])
			continue
		}
		m := tracedCall.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		data, err := hex.DecodeString(strings.ReplaceAll(m[4], `\x`, ""))
		if err != nil {
			t.Fatal(err)
		}
		e := syscallEvent{m[2], decodePath(m[3]), string(data)}
		if strings.HasSuffix(line, "<unfinished ...>") && strings.HasSuffix(e.name, "sync") {
			waiting[m[1]] = e
			continue
		}
		events = append(events, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return events
}

// decodePath is a name that strace wrote in hex.
func decodePath(s string) string {
	raw, err := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	if err != nil {
		return s
	}
	return string(raw)
}

// whoseCall is what a request names somebody by.
var whoseCall = regexp.MustCompile(`orginv_user_\w+|user_[ab]_[a-z_]+_\d|[ab]-invite-\d@corp`)

var mutating = regexp.MustCompile(`^(POST|PATCH|DELETE) /v1/organizations/\S+`)

// Before a request that changes something leaves, its intent is on the disk:
// written to the journal, and synced since (S32).
func TestS32EachIntentIsSyncedBeforeItsRequest(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: apt-get install strace")
	}
	c := newCrash(t, buildRollcall(t))
	file := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command(strace, "-f", "-qq", "-y", "-xx", "-s", "1000000", "-o", file, "-e", "signal=none",
		"-e", "trace=write,pwrite64,fsync,fdatasync", c.binary, "apply", "--config", "rollcall.yaml", "--state", "state", "--log-level", "error")
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), "CLERK_SECRET_KEY="+sandbox.DefaultSecretKey)
	c.cmd = cmd // it is alive, as the hook sees it
	if out, err := cmd.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "ptrace") {
			t.Skipf("this machine allows no tracing: %s", out)
		}
		t.Fatalf("%v\n%s", err, out)
	}
	var written, synced strings.Builder
	requests := 0
	for _, e := range readTrace(t, file) {
		journal := strings.Contains(e.file, "journal.db")
		switch {
		case journal && strings.HasSuffix(e.name, "write64"), journal && e.name == "write":
			written.WriteString(e.data)
		case journal:
			synced.WriteString(written.String())
			written.Reset()
		case mutating.MatchString(e.data):
			requests++
			user := whoseCall.FindString(e.data)
			if user == "" || !strings.Contains(synced.String(), user) {
				t.Errorf("no intent on disk before %.90q", e.data)
			}
		}
	}
	if want := 2 * crashPeople * len(crashActions); requests != want {
		t.Errorf("%d requests in the trace, want %d", requests, want)
	}
}
