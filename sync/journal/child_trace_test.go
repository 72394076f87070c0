package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/sync/journal/powercut"
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

// trace runs a child under strace and gives what it did to files in the directory,
// and what it said.
func trace(t *testing.T, dir string) []powercut.Event {
	t.Helper()
	if thin > 1 {
		suite.Skip(t, "no race detector", "a traced child has one goroutine, and takes a minute there")
	}
	file := filepath.Join(t.TempDir(), "trace")
	plain := child(t, "trace", dir)
	cmd := powercut.Command(t, file, plain.Args[0], plain.Args[1:]...)
	cmd.Env = plain.Env
	powercut.Run(t, cmd)
	return powercut.Events(t, file, func(e *powercut.Event) bool {
		return strings.HasPrefix(e.Path, dir) || e.Call == "write" && strings.HasPrefix(string(e.Data), "ack ")
	})
}

// The intents of a batch are on the disk when Intend returns: whatever was
// written to the journal since it was called has been synced.
func TestS32IntentsAreSyncedBeforeIntendReturns(t *testing.T) {
	t.Parallel()
	for i, network := range []string{"", "NFS"} {
		if !suite.Part(t, i, 2) {
			continue
		}
		t.Run(network, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state-"+network)
			dirty, writes, batches := map[string]bool{}, 0, 0
			for _, e := range trace(t, dir) {
				switch {
				case e.Call == "write" && strings.HasPrefix(string(e.Data), "ack intending"):
					writes = 0
				case e.Call == "write" && strings.HasPrefix(string(e.Data), "ack intended"):
					if writes > 0 {
						batches++
					}
					writes = 0
					for path := range dirty {
						t.Errorf("%s is not synced when Intend has returned: %s", filepath.Base(path), e.Data)
					}
				case e.Call == "pwrite64" && !strings.HasSuffix(e.Path, "-shm"):
					writes++
					dirty[e.Path] = true
				case e.Call == "fsync" || e.Call == "fdatasync":
					delete(dirty, e.Path)
				case e.Call == "unlink":
					delete(dirty, e.Path)
				}
			}
			if batches != 12 {
				t.Errorf("%d batches were seen with writes to the journal, want 12", batches)
			}
		})
	}
}
