package journal

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
)

// Tests that need a process of its own run this binary again, for TestChild
// alone, with what to do in the environment.
const childVerb, childDir = "JOURNAL_CHILD", "JOURNAL_DIR"

var childVerbs = map[string]func(ctx context.Context, dir string, out io.Writer) error{
	"loop":  childLoop,
	"trace": childTrace,
	"once": func(ctx context.Context, dir string, _ io.Writer) error {
		o := on("NFS")
		o.busy = 50 * time.Millisecond
		db, err := Open(ctx, dir, o)
		if err != nil {
			return err
		}
		_, err = db.Begin(ctx, Run{Verb: "once"})
		return errors.Join(err, db.Close())
	},
	"beside": func(ctx context.Context, dir string, out io.Writer) error {
		db, err := Open(ctx, dir, Options{})
		if err != nil {
			return err
		}
		err = beside(ctx, db, rounds(200))
		_, _ = fmt.Fprintln(out, "done")
		return errors.Join(err, db.Close())
	},
}

func TestChild(t *testing.T) {
	verb := childVerbs[os.Getenv(childVerb)]
	if verb == nil {
		t.Skip("this is the child of other tests")
	}
	if err := verb(t.Context(), os.Getenv(childDir), os.Stdout); err != nil {
		t.Fatal(err)
	}
}

// child prepares the command line of a child, after a prefix such as strace's.
func child(t testing.TB, verb, dir string, prefix ...string) *exec.Cmd {
	t.Helper()
	line := append(prefix, os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd := exec.CommandContext(t.Context(), line[0], line[1:]...)
	cmd.Env = append(os.Environ(), childVerb+"="+verb, childDir+"="+dir)
	cmd.Stderr = os.Stderr
	return cmd
}

// childLoop writes intents and outcomes for ever and says what is acknowledged.
func childLoop(ctx context.Context, dir string, out io.Writer) error {
	db, err := Open(ctx, dir, Options{})
	if err != nil {
		return err
	}
	run, err := db.Begin(ctx, Run{Verb: "apply"})
	if err != nil {
		return err
	}
	for {
		ids, err := db.Intend(ctx, run, changes(5))
		if err != nil {
			return err
		}
		for _, id := range ids {
			_, _ = fmt.Fprintln(out, "ack intended", id)
		}
		for _, id := range ids[:4] { // each fifth stays open
			if err := db.Record(ctx, []Outcome{{ID: id, Result: Done, After: json.RawMessage(`{"role":"x"}`)}}); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(out, "ack recorded", id)
		}
	}
}

// acknowledged collects what a child said, until it ends.
type acknowledged struct{ intended, recorded map[int64]bool }

// read calls begun when the child has said something: a busy machine may take
// long to start it.
func (a *acknowledged) read(t testing.TB, from io.Reader, begun func()) {
	t.Helper()
	first := true
	for lines := bufio.NewScanner(from); lines.Scan(); first = false {
		if first {
			begun()
		}
		word, found := strings.CutPrefix(lines.Text(), "ack ")
		if !found {
			continue
		}
		var what string
		var id int64
		if _, err := fmt.Sscan(word, &what, &id); err != nil {
			continue // cut off by the kill
		}
		switch what {
		case "intended":
			a.intended[id] = true
		case "recorded":
			a.recorded[id] = true
		}
	}
}

// verify compares the journal with what was acknowledged, and gives how many
// changes it has.
func (a *acknowledged) verify(t testing.TB, dir string, o Options) int {
	t.Helper()
	db, err := Open(t.Context(), dir, o)
	must(t, err)
	all, err := db.Since(t.Context(), time.Time{})
	must(t, err)
	have, settled := map[int64]bool{}, map[int64]bool{}
	for _, c := range all {
		have[c.ID], settled[c.ID] = true, !c.Open()
	}
	for id := range a.intended {
		if !have[id] {
			t.Errorf("the acknowledged intent %d is lost", id)
		}
	}
	for id := range a.recorded {
		if !settled[id] {
			t.Errorf("the acknowledged outcome of %d is lost", id)
		}
	}
	must(t, db.Close())
	if verdict := query(t, filepath.Join(dir, fileName), "PRAGMA integrity_check"); verdict != "ok" {
		t.Error("integrity check:", verdict)
	}
	return len(all)
}

func TestS32NothingAcknowledgedIsLostToAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	told := acknowledged{map[int64]bool{}, map[int64]bool{}}
	kills, enough := 12, 50
	if suite.Short(t) {
		kills, enough = 4, 1 // how far a child comes is chance
	}
	for round := range kills {
		cmd := child(t, "loop", dir)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		told.read(t, out, func() { timer.Reset(time.Duration(40+round*17) * time.Millisecond) })
		if err := cmd.Wait(); err == nil {
			t.Error("the child ended by itself")
		}
		timer.Stop()
		n := told.verify(t, dir, Options{})
		if len(told.intended) > n {
			t.Errorf("round %d: %d intents acknowledged, %d found", round, len(told.intended), n)
		}
	}
	if len(told.recorded) < enough {
		t.Errorf("only %d outcomes were acknowledged: the test saw too little", len(told.recorded))
	}
	t.Logf("%d intents and %d outcomes acknowledged over %d kills", len(told.intended), len(told.recorded), kills)
}

// rounds is how many rounds of n are played: a fifth without the long tests,
// and fewer under the race detector.
func rounds(n int) int {
	if !suite.All() {
		n /= 5
	}
	return n / thin
}

// beside does what approve, pause, history and show do beside a run.
func beside(ctx context.Context, db *DB, n int) error {
	for i := range n {
		organization := fmt.Sprintf("org_%d_%d", os.Getpid(), i)
		_, errRuns := db.Runs(ctx, 10)
		_, errOpen := db.Unfinished(ctx)
		err := errors.Join(errRuns, errOpen,
			db.Pause(ctx, Pause{Organization: organization}),
			db.Approve(ctx, Approval{Hash: organization, Keys: []string{"k"}}),
			db.UseApproval(ctx, organization, []string{"k"}),
			db.Resume(ctx, organization))
		if err != nil {
			return err
		}
	}
	return nil
}

// Two processes and two journals in this one write at once: each waits for the
// other's commit, and nothing fails or is lost.
func TestS32OthersWriteBesideARun(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"", "NFS"} {
		t.Run(network, func(t *testing.T) {
			suite.Short(t) // says so, as far as rounds plays fewer
			dir := t.TempDir()
			o := Options{network: func(string) (string, error) { return network, nil }}
			db, second := open(t, dir, o), open(t, dir, o)
			run := begin(t, db)
			var cmd *exec.Cmd
			if network == "" { // a child would not think that it is on NFS
				cmd = child(t, "beside", dir)
				must(t, cmd.Start())
			}
			done := make(chan error)
			go func() { done <- beside(t.Context(), second, max(5, rounds(50))) }()
			n := rounds(100)
			for range n {
				ids := intend(t, db, run, 5)
				must(t, db.Record(t.Context(), []Outcome{{ID: ids[0], Result: Done}}))
			}
			must(t, <-done)
			if cmd != nil {
				must(t, cmd.Wait())
			}
			if open, err := second.Unfinished(t.Context()); err != nil || len(open) != 4*n {
				t.Errorf("%d open, %v", len(open), err)
			}
			if approvals, err := db.Approvals(t.Context()); err != nil || len(approvals) < max(5, rounds(50)) {
				t.Errorf("%d approvals, %v", len(approvals), err)
			}
		})
	}
}

// Reading the file, for a copy or a backup, must not end the locks that the
// same process holds on it: POSIX ones would end.
func TestS32AReaderLeavesItsProcessTheLocks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state-NFS")
	db := open(t, dir, on("NFS"))
	begin(t, db)
	tx, err := db.pool.BeginTx(t.Context(), nil)
	must(t, err)
	_ = read(t, filepath.Join(dir, fileName))
	if out, err := child(t, "once", dir).Output(); err == nil || !strings.Contains(string(out), "another process has been writing") {
		t.Errorf("another process wrote into a transaction: %v %s", err, out)
	}
	must(t, tx.Rollback())
	if out, err := child(t, "once", dir).Output(); err != nil {
		t.Errorf("%v %s", err, out)
	}
}

// A writer that does not end is named after the busy time-out, here a short one.
func TestS32AHeldLockIsSaid(t *testing.T) {
	dir := t.TempDir()
	db, second := open(t, dir, Options{}), open(t, dir, Options{busy: 50 * time.Millisecond})
	run := begin(t, db)
	tx, err := db.pool.BeginTx(t.Context(), nil)
	must(t, err)
	_, err = second.Intend(t.Context(), run, changes(1))
	if err == nil || !strings.Contains(err.Error(), "another process has been writing") || !strings.Contains(err.Error(), filepath.Join(dir, fileName)) {
		t.Error(err)
	}
	must(t, tx.Rollback())
	if _, again := second.Intend(t.Context(), run, changes(1)); again == nil || !strings.Contains(again.Error(), "nothing more is sent") {
		t.Error("the first error of the journal must stop sending:", again)
	}
}
