package memory

import (
	"path/filepath"
	"testing"
	"time"

	"rollcall/sync/journal"
)

type exactClock struct{}

func (exactClock) ClockOffset() (time.Duration, bool) { return 0, true }

// Runs for one person are no schedule: what is left to a later run of everybody would wait
// for the next night (S28).
func TestS28RunsForOnePersonAreNotOften(t *testing.T) {
	for part, often := range map[bool]bool{true: false, false: true} {
		db, err := journal.Open(t.Context(), filepath.Join(t.TempDir(), "state"), journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }() // every write was looked at
		for range oftenRuns {
			r := journal.Run{Verb: "serve", Outcome: "done", Summary: RunSummary{Part: part}.Raw()}
			id, err := db.Begin(t.Context(), r)
			if err == nil {
				err = db.Finish(t.Context(), id, r)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		s := &Store{Journal: db, Remembers: true, Now: func() time.Time { return time.Now().Add(time.Minute) }, Clerk: exactClock{}}
		m, err := s.Load(t.Context())
		if err != nil || m.RunsOften() != often {
			t.Errorf("of one person %t: often %t, %v", part, m.RunsOften(), err)
		}
	}
}
