package sync

import (
	"context"
	"errors"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// fullDisk is a journal that fails from its nth write on, as a disk that is full.
type fullDisk struct {
	Journal
	left int
	met  bool
}

var errNoSpace = errors.New("no space left on device")

func (j *fullDisk) room() error {
	if j.left--; j.left < 0 {
		j.met = true
		return errNoSpace
	}
	return nil
}

func (j *fullDisk) Bind(ctx context.Context, instance clerkapi.Instance) error {
	return errors.Join(j.room(), j.ifRoom(func() error { return j.Journal.Bind(ctx, instance) }))
}

func (j *fullDisk) ifRoom(do func() error) error {
	if j.met {
		return nil
	}
	return do()
}

func (j *fullDisk) Intend(ctx context.Context, run int64, changes []journal.Change) ([]int64, error) {
	if err := j.room(); err != nil {
		return nil, err
	}
	return j.Journal.Intend(ctx, run, changes)
}

func (j *fullDisk) Record(ctx context.Context, outcomes []journal.Outcome) error {
	return errors.Join(j.room(), j.ifRoom(func() error { return j.Journal.Record(ctx, outcomes) }))
}

func (j *fullDisk) Remember(ctx context.Context, run int64, set, forget []journal.Fact) error {
	return errors.Join(j.room(), j.ifRoom(func() error { return j.Journal.Remember(ctx, run, set, forget) }))
}

func (j *fullDisk) Pause(ctx context.Context, p journal.Pause) error {
	return errors.Join(j.room(), j.ifRoom(func() error { return j.Journal.Pause(ctx, p) }))
}

func (j *fullDisk) UseApproval(ctx context.Context, hash string, keys []string) error {
	return errors.Join(j.room(), j.ifRoom(func() error { return j.Journal.UseApproval(ctx, hash, keys) }))
}

// full makes a run whose journal has room for so many writes; ok says that
// they were enough.
func (c *chronicle) full(run Run, writes int) (ok bool) {
	c.t.Helper()
	id, err := c.db.Begin(c.t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		c.t.Fatal(err)
	}
	disk := &fullDisk{Journal: c.db, left: writes}
	r, err := New(c.config, c.rules, c.sources, c.clerk, WithJournal(disk, id))
	if err != nil {
		c.t.Fatal(err)
	}
	r.now = func() time.Time { return c.now }
	var sent []string
	c.clerk.During = func(call string) {
		if disk.met {
			sent = append(sent, call)
		}
	}
	once := r.RunOnce
	if len(run.Undo) > 0 {
		once = r.Undo
	}
	report, err := once(c.t.Context(), run)
	c.clerk.During = nil
	if len(sent) > 0 {
		c.t.Errorf("with room for %d writes, sent although nothing could be written: %q", writes, sent)
	}
	if disk.met && err == nil && report.Fault == "" {
		c.t.Errorf("with room for %d writes, the report says nothing", writes)
	}
	return !disk.met
}

// After the disk was full at any write of the journal nothing more was sent,
// all that was is in the journal, and the next run finishes; undo brings all
// of it back (S32).
func TestS32DiskFullAtEveryWriteOfARun(t *testing.T) {
	t.Parallel()
	for writes := 0; ; writes += fullStep(t) {
		c, f := changed(t)
		first := f.State()
		whole := c.full(Run{Apply: true}, writes)
		entries, err := c.db.Since(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Calls) > len(entries) {
			t.Fatalf("with room for %d writes: %d calls, %d intents", writes, len(f.Calls), len(entries))
		}
		c.clean(c.apply().Plan)
		if p := c.plan(); p.Count(plan.Ready) != 0 {
			t.Fatalf("with room for %d writes: the next run left %v", writes, lines(p))
		}
		if c.undoing(true, 2); f.State() != first {
			t.Fatalf("with room for %d writes, after undo:\n%swant:\n%s", writes, f.State(), first)
		}
		if whole {
			t.Logf("a run makes %d writes", writes)
			if writes < 5 {
				t.Error("too few to have met every kind")
			}
			return
		}
	}
}

// The same of an undo.
func TestS32DiskFullAtEveryWriteOfAnUndo(t *testing.T) {
	t.Parallel()
	for writes := 0; ; writes += fullStep(t) {
		c, f := changed(t)
		first := f.State()
		c.apply()
		runs, err := c.db.Runs(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		undo := Run{Apply: true, Undo: []int64{runs[0].ID}}
		whole := c.full(undo, writes)
		if c.next(undo); f.State() != first {
			t.Fatalf("with room for %d writes:\n%swant:\n%s", writes, f.State(), first)
		}
		if whole {
			return
		}
	}
}

// fullStep is one, and two in short: each second write stands for both.
func fullStep(t *testing.T) int {
	t.Helper()
	if suite.Short(t) {
		return 2
	}
	return 1
}
