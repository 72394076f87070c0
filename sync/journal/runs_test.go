package journal

import (
	"testing"
	"time"
)

func TestRunsComeBackNewestFirst(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, Options{})
	begun := Run{Verb: "apply", Version: "1.2.3", ConfigHash: "c0", Undoes: 7, Started: start, Summary: []byte(`{"groups":{"cn=a":3}}`)}
	first, err := db.Begin(t.Context(), begun)
	if err != nil {
		t.Fatal(err)
	}
	ids := intend(t, db, first, 3)
	outcomes := []Outcome{{ID: ids[0], Result: Done}, {ID: ids[1], Result: Done}, {ID: ids[2], Result: "failed", Error: "404"}}
	if err := db.Record(t.Context(), outcomes); err != nil {
		t.Fatal(err)
	}
	ended := Run{Finished: start.Add(time.Minute), Outcome: "partial", ExitCode: 4, Error: "one failed", PlanHash: "p0", Recovers: 5}
	if err := db.Finish(t.Context(), first, ended); err != nil {
		t.Fatal(err)
	}
	second := begin(t, db)
	want := begun
	want.ID, want.Finished, want.Outcome, want.ExitCode, want.Error = first, ended.Finished, "partial", 4, "one failed"
	want.PlanHash, want.Recovers, want.Changes = "p0", 5, map[string]int{"add": 2}
	for name, reader := range map[string]*DB{"the writer": db, "a reader beside it": open(t, dir, Options{ReadOnly: true})} {
		runs, err := reader.Runs(t.Context(), 0)
		if err != nil {
			t.Fatal(name, err)
		}
		if len(runs) != 2 || runs[0].ID != second || !runs[0].Finished.IsZero() || len(runs[0].Changes) != 0 {
			t.Errorf("%s sees %+v", name, runs)
		}
		diff(t, name, want, runs[1])
		one, err := reader.Run(t.Context(), first)
		if err != nil {
			t.Fatal(name, err)
		}
		diff(t, name, want, one)
	}
	if runs, err := db.Runs(t.Context(), 1); err != nil || len(runs) != 1 || runs[0].ID != second {
		t.Error("limit 1 gives", runs, err)
	}
}

func TestFinishKeepsWhatItIsNotTold(t *testing.T) {
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return start }})
	id, err := db.Begin(t.Context(), Run{Verb: "undo", PlanHash: "p", Recovers: 1, Undoes: 2, Summary: []byte(`1`)})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Finish(t.Context(), id, Run{Outcome: "ok"}); err != nil {
		t.Fatal(err)
	}
	got, err := db.Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "the run", Run{ID: id, Verb: "undo", PlanHash: "p", Recovers: 1, Undoes: 2, Summary: []byte(`1`),
		Started: start, Finished: start, Outcome: "ok", Changes: map[string]int{}}, got)
}
