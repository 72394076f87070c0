package sync

import (
	"context"
	"errors"

	"rollcall/sync/journal"
)

// mortal is a journal that a killed run writes no more to.
type mortal struct {
	Journal
	m *machine
}

var errKilled = errors.New("killed")

func (j mortal) ifAlive(do func() error) error {
	if !j.m.alive.Load() {
		return errKilled
	}
	return do()
}

func (j mortal) Intend(ctx context.Context, run int64, changes []journal.Change) (ids []int64, err error) {
	return ids, j.ifAlive(func() error { ids, err = j.Journal.Intend(ctx, run, changes); return err })
}

func (j mortal) Record(ctx context.Context, outcomes []journal.Outcome) error {
	return j.ifAlive(func() error { return j.Journal.Record(ctx, outcomes) })
}

func (j mortal) Remember(ctx context.Context, run int64, set, forget []journal.Fact) error {
	return j.ifAlive(func() error { return j.Journal.Remember(ctx, run, set, forget) })
}
