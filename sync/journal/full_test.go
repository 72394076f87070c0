package journal

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
)

// smallDisk mounts a file system of that many KiB until the test ends.
func smallDisk(t *testing.T, kib int) string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dk", kib), "tmpfs", dir).CombinedOutput()
	if err != nil {
		suite.Skip(t, "root", fmt.Sprintf("a small disk is mounted: %v %s", err, out))
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

// leave fills the disk but for some pages of 4 KiB.
func leave(t *testing.T, disk string, pages int64) {
	t.Helper()
	f, err := os.Create(filepath.Join(disk, "ballast"))
	must(t, err)
	page := make([]byte, 4096)
	var size int64
	for {
		n, err := f.Write(page)
		size += int64(n)
		if err != nil {
			break
		}
	}
	must(t, f.Truncate(max(0, size-4096*pages)))
	must(t, f.Close())
}

// story is a run, with what was acknowledged of it. It stops at the first error.
type story struct {
	run      int64
	intended []int64
	recorded bool
	facts    bool
	approved bool
	finished bool
	step     string
}

func (s *story) tell(t *testing.T, dir string) error {
	s.step = "open"
	db, err := Open(t.Context(), dir, Options{Now: ticking()})
	if err != nil {
		return err
	}
	err = s.steps(t, db)
	if err != nil {
		_, again := db.Intend(t.Context(), s.run, changes(1))
		if again == nil || !strings.Contains(again.Error(), "nothing more is sent") || !errors.Is(again, errors.Unwrap(err)) {
			t.Errorf("after %v, an intent gives %v", err, again)
		}
		_ = db.Close() // the disk is full
		return err
	}
	s.step = "close"
	return db.Close()
}

func (s *story) steps(t *testing.T, db *DB) (err error) {
	ctx := t.Context()
	s.step = "begin"
	if s.run, err = db.Begin(ctx, Run{Verb: "apply"}); err != nil {
		return err
	}
	s.step = "intend"
	ids, err := db.Intend(ctx, s.run, changes(40))
	if err != nil {
		return err
	}
	s.intended = ids
	s.step = "record"
	outcomes := make([]Outcome, len(ids))
	for i, id := range ids {
		outcomes[i] = Outcome{ID: id, Result: Done, After: []byte(`"` + strings.Repeat("x", 300) + `"`)}
	}
	if err := db.Record(ctx, outcomes); err != nil {
		return err
	}
	s.recorded, s.step = true, "remember"
	if err := db.Remember(ctx, s.run, manyFacts(200, 1), nil); err != nil {
		return err
	}
	s.facts, s.step = true, "approve"
	if err := db.Approve(ctx, Approval{Hash: "h", Keys: []string{"k"}}); err != nil {
		return err
	}
	s.approved, s.step = true, "finish"
	if err := db.Finish(ctx, s.run, Run{Outcome: "ok"}); err != nil {
		return err
	}
	s.finished = true
	return nil
}

// verify looks for what was acknowledged, once there is room again.
func (s *story) verify(t *testing.T, dir string) {
	t.Helper()
	db, err := Open(t.Context(), dir, Options{})
	must(t, err)
	ctx := t.Context()
	if s.run != 0 {
		r, err := db.Run(ctx, s.run)
		if err != nil || r.Finished.IsZero() == s.finished {
			t.Errorf("the run is %+v, %v; finished %v", r, err, s.finished)
		}
	}
	all, err := db.Since(ctx, time.Time{})
	must(t, err)
	// What was not acknowledged may be there, whole, or not be there.
	if len(all) != 40 && (len(all) != 0 || s.intended != nil) {
		t.Errorf("%d intents, %d were acknowledged", len(all), len(s.intended))
	}
	open, err := db.Unfinished(ctx)
	must(t, err)
	if s.recorded && len(open) != 0 || len(open) != 0 && len(open) != 40 {
		t.Errorf("%d open intents; recorded: %v", len(open), s.recorded)
	}
	facts, errFacts := db.Facts(ctx)
	approvals, errApprovals := db.Approvals(ctx)
	must(t, errors.Join(errFacts, errApprovals))
	if s.facts && len(facts) != 200 || s.approved && len(approvals) != 1 {
		t.Errorf("%d facts and %d approvals", len(facts), len(approvals))
	}
	again := story{}
	must(t, again.steps(t, db))
	must(t, db.Close())
	if verdict := query(t, filepath.Join(dir, fileName), "PRAGMA integrity_check"); verdict != "ok" {
		t.Error("integrity check:", verdict)
	}
}

// The disk is full after each number of pages in turn, until there is room for
// all: whatever was acknowledged is there, and after the first error no intent
// is taken. In short each second number stands for both.
func TestS32DiskFullAtEveryWrite(t *testing.T) {
	t.Parallel()
	stride := int64(1 + thin/10)
	if suite.Short(t) {
		stride++
	}
	for _, c := range []struct {
		name  string
		o     Options
		fresh bool
	}{{"a new journal", Options{}, true}, {"a journal in use", Options{}, false}} {
		t.Run(c.name, func(t *testing.T) {
			disk := smallDisk(t, 1024)
			met := map[string]int{}
			for pages := int64(0); ; pages += stride {
				dir := filepath.Join(disk, "state")
				must(t, os.RemoveAll(dir))
				must(t, os.Mkdir(dir, 0o700))
				if !c.fresh {
					db, err := Open(t.Context(), dir, Options{})
					must(t, errors.Join(err, db.Close()))
				}
				leave(t, disk, pages)
				var s story
				err := s.tell(t, dir)
				must(t, os.Remove(filepath.Join(disk, "ballast")))
				if err == nil {
					break
				}
				met[s.step]++
				if !strings.Contains(err.Error(), "space") {
					t.Errorf("with %d pages: %v", pages, err)
				}
				s.verify(t, dir)
			}
			t.Logf("the first error was met at: %v", met)
			for _, step := range []string{"open", "intend", "record", "remember"} {
				if met[step] == 0 {
					t.Errorf("the disk was never full at %s", step)
				}
			}
		})
	}
}

func TestS32ARunNeedsRoom(t *testing.T) {
	disk := smallDisk(t, 1024)
	db := open(t, disk, Options{})
	err := db.Room(t.Context())
	room, ok := errors.AsType[*RoomError](err)
	if !ok || room.Need != RoomNeeded || room.Free > 1<<20 || room.Dir != disk || !strings.Contains(err.Error(), "nothing was sent") {
		t.Error(err)
	}
	if err := open(t, t.TempDir(), Options{}).Room(t.Context()); err != nil {
		t.Log("the tests' disk is nearly full:", err)
	}
	db.dir = filepath.Join(disk, "missing")
	if err := db.Room(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
