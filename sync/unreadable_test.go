package sync

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/journal"
)

// worn is a journal that fails at its nth read, as a damaged disk.
type worn struct {
	Journal
	left int
	met  bool
}

var errDamaged = errors.New("input/output error")

// read makes one read, unless it is the one that fails.
func read[T any](j *worn, do func() (T, error)) (T, error) {
	if j.left--; j.left < 0 {
		j.met = true
		return *new(T), errDamaged
	}
	return do()
}

func (j *worn) Facts(ctx context.Context, kinds ...string) ([]journal.Fact, error) {
	return read(j, func() ([]journal.Fact, error) { return j.Journal.Facts(ctx, kinds...) })
}

func (j *worn) Pauses(ctx context.Context) ([]journal.Pause, error) {
	return read(j, func() ([]journal.Pause, error) { return j.Journal.Pauses(ctx) })
}

func (j *worn) Approvals(ctx context.Context) ([]journal.Approval, error) {
	return read(j, func() ([]journal.Approval, error) { return j.Journal.Approvals(ctx) })
}

func (j *worn) Runs(ctx context.Context, limit int) ([]journal.Run, error) {
	return read(j, func() ([]journal.Run, error) { return j.Journal.Runs(ctx, limit) })
}

func (j *worn) Unfinished(ctx context.Context) ([]journal.Change, error) {
	return read(j, func() ([]journal.Change, error) { return j.Journal.Unfinished(ctx) })
}

func (j *worn) Since(ctx context.Context, t time.Time) ([]journal.Change, error) {
	return read(j, func() ([]journal.Change, error) { return j.Journal.Since(ctx, t) })
}

func (j *worn) Held(ctx context.Context, hash string) (journal.HeldSet, error) {
	return read(j, func() (journal.HeldSet, error) { return j.Journal.Held(ctx, hash) })
}

func (j *worn) Changes(ctx context.Context, run int64) ([]journal.Change, error) {
	return read(j, func() ([]journal.Change, error) { return j.Journal.Changes(ctx, run) })
}

// Whatever of the journal cannot be read ends a run, and an undo, before anything
// is sent: what is not known may forbid it (S32).
func TestS32JournalUnreadableAtEveryRead(t *testing.T) {
	t.Parallel()
	for name, undoes := range map[string]bool{"a run": false, "an undo": true} {
		for reads := 0; ; reads++ {
			c, f := changed(t)
			run := Run{Apply: true, Approve: []string{strings.Repeat("a", 64)}}
			if undoes {
				run.Undo = []int64{latest(c)}
			} else { // a run that was cut off: this one looks what it did
				if _, err := c.db.Begin(t.Context(), journal.Run{Verb: "apply"}); err != nil {
					t.Fatal(err)
				}
			}
			disk, before := &worn{left: reads}, len(f.Calls)
			c.wrapJournal = func(j Journal) Journal { disk.Journal = j; return disk }
			_, err := c.once(t.Context(), run)
			if disk.met != errors.Is(err, errDamaged) {
				t.Errorf("%s, read %d: %v", name, reads, err)
			}
			if sent := len(f.Calls) - before; disk.met == (sent > 0) {
				t.Errorf("%s, read %d: %d calls", name, reads, sent)
			}
			if !disk.met {
				if reads < 6 {
					t.Errorf("%s makes %d reads: too few to have met every kind", name, reads)
				}
				break
			}
		}
	}
}

// latest is the run that has just been applied.
func latest(c *chronicle) int64 {
	c.t.Helper()
	c.apply()
	runs, err := c.db.Runs(c.t.Context(), 1)
	if err != nil {
		c.t.Fatal(err)
	}
	return runs[0].ID
}

// What an undo cannot read of Clerk ends it before anything is sent (S09, S25).
func TestS09WhatAnUndoCannotRead(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"", "instance", "organizations", "roles", "sets", "memberships", "users_by_id"} {
		c, f := changed(t)
		run := Run{Apply: true, Undo: []int64{latest(c)}}
		before := len(f.Calls)
		f.Faults[fault+" * *"] = &clerkapi.Error{Status: 500}
		_, err := c.once(t.Context(), run)
		if sent := len(f.Calls) - before; (fault == "") != (sent > 0) || (fault == "") != (err == nil) {
			t.Errorf("%q: %d calls, %v", fault, sent, err)
		}
		delete(f.Faults, fault+" * *")
		if c.next(run); fault != "" && len(f.Calls) == before {
			t.Errorf("%q: when it is healed, nothing is undone", fault)
		}
	}
}
