package journal

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"rollcall/.ci/suite"
)

// What waited after a run is known as long as the run, though the same waited after
// others, and though what can still be approved has gone.
func TestWhatWaitedIsKeptByRun(t *testing.T) {
	now := start
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	ctx := t.Context()
	texts := []string{`["ben"]`, `["ben"]`, `[]`, `["ben"]`, ""}
	for _, text := range texts {
		end := Run{Outcome: "held"}
		if text != "" {
			end.Waited = []byte(text)
		}
		must(t, db.Finish(ctx, begin(t, db), end))
		now = now.Add(10 * time.Hour)
	}
	for i, want := range texts {
		if got, err := db.Waited(ctx, int64(i+1)); err != nil || string(got) != want || (got == nil) != (want == "") {
			t.Errorf("run %d: %q, %v; want %q", i+1, got, err, want)
		}
	}
	if got := query(t, db.file, "SELECT count(*) FROM waited"); got != "2" {
		t.Errorf("%s texts are kept of 2", got)
	}
}

// What waited fills no disk: the newest is kept, and of the others as much as fits
// (S32).
func TestS32WhatWaitedIsBounded(t *testing.T) {
	t.Parallel()
	suite.OneGoroutine(t)
	db := open(t, t.TempDir(), Options{})
	ctx := t.Context()
	text := func(i, size int) []byte { return fmt.Appendf(nil, `"%d %s"`, i, bytes.Repeat([]byte("x"), size)) }
	for i := 1; i <= 6; i++ {
		must(t, db.Finish(ctx, begin(t, db), Run{Waited: text(i, mostWaited/3)}))
	}
	known := func() (out []int64) {
		for run := int64(1); run <= 8; run++ {
			if got, err := db.Waited(ctx, run); err != nil {
				t.Fatal(err)
			} else if got != nil {
				out = append(out, run)
			}
		}
		return out
	}
	diff(t, "kept", []int64{5, 6}, known())
	must(t, db.Finish(ctx, begin(t, db), Run{Waited: text(7, 2*mostWaited)}))
	diff(t, "one that is too large", []int64{7}, known())
	must(t, db.Finish(ctx, begin(t, db), Run{Waited: text(8, 1)}))
	diff(t, "after it", []int64{8}, known())
}
