package journal

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReadOnlyNeedsAJournal(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Join(dir, "missing")} {
		_, err := Open(t.Context(), d, Options{ReadOnly: true})
		if !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), filepath.Join(d, fileName)) {
			t.Error(err)
		}
	}
	diff(t, "the directory", []string(nil), names(t, dir))
}

func TestReadOnlyWritesNothing(t *testing.T) {
	for _, kind := range []string{"closed", "in use", "left by a kill"} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			switch kind {
			case "closed":
				fillSample(t, dir, 1)
			case "in use":
				db := open(t, dir, Options{})
				intend(t, db, begin(t, db), 50)
			case "left by a kill":
				source := t.TempDir()
				db := open(t, source, Options{})
				intend(t, db, begin(t, db), 50)
				for _, suffix := range []string{"", "-wal"} { // a backup may have no shared memory
					write(t, filepath.Join(dir, fileName+suffix), read(t, filepath.Join(source, fileName+suffix)))
				}
			}
			before := fingerprint(t, dir)
			db := open(t, dir, Options{ReadOnly: true})
			if found, err := db.Unfinished(t.Context()); err != nil || len(found) != 50 {
				t.Errorf("%d changes, %v; want 50", len(found), err)
			}
			ctx := t.Context()
			_, errBegin := db.Begin(ctx, Run{})
			_, errIntend := db.Intend(ctx, 1, changes(1))
			_, errPrune := db.Prune(ctx, start)
			for i, err := range []error{errBegin, errIntend, errPrune, db.Finish(ctx, 1, Run{}), db.Record(ctx, []Outcome{{ID: 1, Result: Done}}),
				db.Remember(ctx, 1, []Fact{{Kind: "k"}}, nil), db.Approve(ctx, Approval{Hash: "h", Keys: []string{"k"}}), db.UseApproval(ctx, "h", nil),
				db.Hold(ctx, 1, []HeldSet{{Hash: "h"}}), db.Pause(ctx, Pause{}), db.Resume(ctx, "")} {
				if !errors.Is(err, ErrReadOnly) {
					t.Errorf("method %d: %v; want ErrReadOnly", i, err)
				}
			}
			must(t, db.Close())
			diff(t, "the files", before, fingerprint(t, dir))
		})
	}
}

// A service commits, makes checkpoints and closes while others look: each of
// them sees a whole history, one that never goes back.
func TestReadOnlyBesideAWriter(t *testing.T) {
	t.Parallel()
	dir := sample(t, 1)
	stop := make(chan struct{})
	done := make(chan error)
	go func() {
		done <- churn(t.Context(), dir, stop)
	}()
	last := 0
	for range 60 / thin {
		db, err := Open(t.Context(), dir, Options{ReadOnly: true})
		if err != nil {
			t.Error(err)
			break
		}
		found, err := db.Unfinished(t.Context())
		if err != nil || len(found)%10 != 0 || len(found) < last {
			t.Errorf("%d changes after %d, %v", len(found), last, err)
		}
		last = len(found)
		must(t, db.Close())
	}
	close(stop)
	must(t, <-done)
	if last == 50 && thin == 1 {
		t.Error("the writer wrote nothing meanwhile")
	}
}

// churn writes batches of ten, and opens the journal anew now and then.
func churn(ctx context.Context, dir string, stop chan struct{}) error {
	for n := 0; ; n++ {
		db, err := Open(ctx, dir, Options{})
		if err != nil {
			return err
		}
		for range 5 {
			if _, err := db.Intend(ctx, 1, changes(10)); err != nil {
				return errors.Join(err, db.Close())
			}
		}
		if n%2 == 0 {
			if _, err := db.pool.ExecContext(ctx, "PRAGMA wal_checkpoint(RESTART)"); err != nil {
				return errors.Join(err, db.Close())
			}
		}
		if err := db.Close(); err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		case <-time.After(10 * time.Millisecond):
		}
	}
}
