package sync

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"rollcall/sync/journal"
)

// ledger is a journal that knows of runs, and of nothing else.
type ledger struct {
	Journal
	runs []journal.Run
	err  error
}

func (l *ledger) Runs(context.Context, int) ([]journal.Run, error) { return l.runs, l.err }

// Chain goes back over what was cut off, and over a run in between that failed
// before it could find out what became of it; not over one that ended well (S25).
func TestS25WhatAChainIs(t *testing.T) {
	t.Parallel()
	ended := func(id, recovers int64) journal.Run {
		return journal.Run{ID: id, Recovers: recovers, Finished: time.Unix(id, 0)}
	}
	cut := func(id, recovers int64) journal.Run { return journal.Run{ID: id, Recovers: recovers} }
	for name, x := range map[string]struct {
		runs []journal.Run // the newest first
		want []int64
	}{
		"one that ended":                 {[]journal.Run{ended(5, 0), ended(4, 0)}, []int64{5}},
		"the first of all":               {[]journal.Run{ended(5, 0)}, []int64{5}},
		"after one that was cut off":     {[]journal.Run{ended(5, 4), cut(4, 0), ended(3, 0)}, []int64{5, 4}},
		"after one with nothing open":    {[]journal.Run{ended(5, 0), cut(4, 0), ended(3, 0)}, []int64{5, 4}},
		"after several":                  {[]journal.Run{ended(5, 4), cut(4, 3), cut(3, 2), ended(2, 0)}, []int64{5, 4, 3, 2}},
		"cut off itself":                 {[]journal.Run{ended(6, 5), cut(5, 0), ended(4, 0)}, []int64{5}},
		"a newer one goes on":            {[]journal.Run{cut(6, 0), ended(5, 4), cut(4, 0)}, []int64{5, 4}},
		"a failed one in between":        {[]journal.Run{ended(5, 3), ended(4, 0), cut(3, 0), ended(2, 0)}, []int64{5, 3}},
		"one cut off early in between":   {[]journal.Run{ended(5, 3), cut(4, 0), ended(3, 0), ended(2, 0)}, []int64{5, 4, 3}},
		"what it recovered is forgotten": {[]journal.Run{ended(5, 3), ended(2, 0)}, []int64{5}},
	} {
		got, err := Chain(t.Context(), &ledger{runs: x.runs}, 5)
		if err != nil || !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, x.want)
		}
	}
	broken := errors.New("disk")
	if got, err := Chain(t.Context(), &ledger{err: broken}, 5); got != nil || !errors.Is(err, broken) {
		t.Errorf("%v, %v", got, err)
	}
}
