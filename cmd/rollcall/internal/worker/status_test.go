package worker

import (
	"path/filepath"
	"testing"
	"time"

	"rollcall/sync/journal"
	"rollcall/sync/memory"
)

// A run of one person is no run of the schedule. However many programs ask for, a run
// of everybody that was missed or cut off is made up for, and so leavers leave.
func TestRunsOfOnePersonHideNoMissedRun(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	db, err := journal.Open(t.Context(), dir, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // every write was looked at
	start := time.Now().Add(-48 * time.Hour).Truncate(time.Second)
	begin := func(r journal.Run, after time.Duration, ended bool) {
		r.Started = start.Add(after)
		id, err := db.Begin(t.Context(), r)
		if err == nil && ended {
			err = db.Finish(t.Context(), id, journal.Run{Outcome: "done", Summary: r.Summary})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	one := journal.Run{Verb: "serve", Summary: memory.RunSummary{Why: "request", Part: true}.Raw()}
	begin(journal.Run{Verb: "serve"}, 0, true)
	begin(journal.Run{Verb: "serve"}, time.Hour, false)
	for i := range 20 {
		begin(one, 2*time.Hour+time.Duration(i)*time.Second, true)
	}
	w := &worker{state: dir}
	if last := w.lastRun(t.Context()); !last.Started.Equal(start.Add(time.Hour)) || !last.Unfinished {
		t.Errorf("the last run is %+v", last)
	}
	begin(journal.Run{Verb: "serve"}, 3*time.Hour, false) // cut off a second time
	if last := w.lastRun(t.Context()); !last.Started.Equal(start.Add(3*time.Hour)) || last.Unfinished {
		t.Errorf("the last run is %+v", last)
	}
}
