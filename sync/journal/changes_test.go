package journal

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestChangesComeBackAsIntendedAndRecorded(t *testing.T) {
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return start }})
	run := begin(t, db)
	want := changes(3)
	want[2] = Change{Action: "remove"} // the rest is empty, and nil stays nil
	ids, err := db.Intend(t.Context(), run, want)
	if err != nil {
		t.Fatal(err)
	}
	more, err := db.Intend(t.Context(), run, []Change{{Action: "adopt", Intended: start.Add(-time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, Change{Action: "adopt", Intended: start.Add(-time.Hour)})
	for i := range want {
		want[i].ID, want[i].Run, want[i].Seq = slices.Concat(ids, more)[i], run, i+1
	}
	want[2].Intended = start
	got, err := db.Changes(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "open", want, got)
	open, err := db.Unfinished(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "unfinished", want, open)

	err = db.Record(t.Context(), []Outcome{
		{ID: ids[0], Result: Done, InvitationID: "orginv_1", After: json.RawMessage(`{"role":"org:admin"}`)},
		{ID: ids[1], Result: "failed", Error: "gone", Before: json.RawMessage(`{"b":1}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want[0].Settled, want[0].Result, want[0].InvitationID, want[0].After = start, Done, "orginv_1", json.RawMessage(`{"role":"org:admin"}`)
	want[1].Settled, want[1].Result, want[1].Error, want[1].Before = start, "failed", "gone", json.RawMessage(`{"b":1}`)
	if got, err = db.Changes(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	diff(t, "recorded", want, got)
	if open, err = db.Unfinished(t.Context()); err != nil {
		t.Fatal(err)
	}
	diff(t, "unfinished", want[2:], open)
	if !open[0].Open() || got[0].Open() {
		t.Error("a settled change is open, or an open one settled")
	}
	since, err := db.Since(t.Context(), start.Add(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "since", want[1:2], since)
	if none, err := db.Changes(t.Context(), run+1); err != nil || len(none) != 0 {
		t.Error("another run has", none, err)
	}
}

// The latest of a membership is the newest that was done, of the actions that
// are asked for; of an address without a user, by the address.
func TestLatestOfEachMembership(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	run := begin(t, db)
	list := []Change{
		{Action: "add", Organization: "o", UserID: "u"}, {Action: "set_role", Organization: "o", UserID: "u", To: "new"},
		{Action: "set_role", Organization: "o", UserID: "u", To: "failed"}, {Action: "set_metadata", Organization: "o", UserID: "u"},
		{Action: "add", Organization: "p", UserID: "u"}, {Action: "add", Organization: "o", Email: "a@x"}, {Action: "add", Organization: "o", Email: "b@x"},
	}
	ids, err := db.Intend(t.Context(), run, list)
	must(t, err)
	var outcomes []Outcome
	for i, id := range ids {
		outcomes = append(outcomes, Outcome{ID: id, Result: []string{Done, Done, "failed", Done, Done, Done, Done}[i]})
	}
	must(t, db.Record(t.Context(), outcomes))
	latest, err := db.Latest(t.Context(), "add", "set_role")
	must(t, err)
	var got []int
	for _, c := range latest {
		got = append(got, c.Seq)
	}
	diff(t, "latest", []int{2, 5, 6, 7}, got)
	if none, err := db.Latest(t.Context()); err != nil || none != nil {
		t.Error("of no action:", none, err)
	}
}

func TestChangesAfterOneComeInOrder(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	if last, err := db.Last(t.Context()); err != nil || last != 0 {
		t.Error("the last of none:", last, err)
	}
	ids := append(intend(t, db, begin(t, db), 2), intend(t, db, begin(t, db), 3)...)
	if last, err := db.Last(t.Context()); err != nil || last != ids[4] {
		t.Error("the last:", last, err)
	}
	after, err := db.After(t.Context(), ids[0], 3)
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for i := range after {
		got = append(got, after[i].ID)
	}
	diff(t, "three after the first", ids[1:4], got)
}

func TestOutcomesDoNotChange(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	ids := intend(t, db, begin(t, db), 2)
	if err := db.Record(t.Context(), []Outcome{{ID: ids[0], Result: Done}}); err != nil {
		t.Fatal(err)
	}
	if err := db.Record(t.Context(), []Outcome{{ID: ids[0], Result: Done}}); err != nil {
		t.Error("the same again:", err)
	}
	err := db.Record(t.Context(), []Outcome{{ID: ids[1], Result: Done}, {ID: ids[0], Result: "failed"}})
	if err == nil || !strings.Contains(err.Error(), "already has an outcome: done") {
		t.Error("another result:", err)
	}
	if open, err := db.Unfinished(t.Context()); err != nil || len(open) != 1 || open[0].ID != ids[1] {
		t.Error("the refused call wrote something:", open, err)
	}
	if _, err := db.Intend(t.Context(), 1, changes(1)); err != nil {
		t.Error("a refused outcome is no fault of the disk:", err)
	}
}
