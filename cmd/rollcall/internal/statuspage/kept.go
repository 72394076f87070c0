package statuspage

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"rollcall/cmd/rollcall/internal/statuspage/trend"
	"rollcall/sync/journal"
)

// The journal's facts for what the page shows when the service has restarted.
const (
	factStatus  = "status"
	keyLast     = "last"
	keyWhole    = "whole"
	keyTrend    = "members"
	keyGrants   = "groups"
	keyWaiting  = "waiting"
	factRun     = "status run" // by the number of the run
	keptNotes   = 200          // runs whose notes are kept
	historyTime = 10 * time.Second
)

// kept is what the page writes down after a run.
type kept struct {
	run     int64
	outcome *outcome
	trend   *trend.Trend
	grants  *grants
	waiting *waitingSet // nil without a plan
	notes   *runNotes   // nil without a plan
}

// runNotes are what the page keeps of one run, beyond what the journal has.
type runNotes struct {
	Headline string `json:"headline"`
}

// write writes it into the journal, and forgets the notes of old runs.
func (k *kept) write(dir string) error {
	set, err := k.facts()
	if err != nil {
		return err
	}
	var forget []journal.Fact
	for run := k.run - 2*keptNotes; run <= k.run-keptNotes; run++ {
		forget = append(forget, journal.Fact{Kind: factRun, Key: runKey(run)})
	}
	return journal.RememberIn(dir, k.run, set, forget)
}

func (k *kept) facts() ([]journal.Fact, error) {
	var set []journal.Fact
	var errs []error
	add := func(kind, key string, of any) {
		value, err := json.Marshal(of)
		set, errs = append(set, journal.Fact{Kind: kind, Key: key, Value: value}), append(errs, err)
	}
	add(factStatus, keyLast, k.outcome)
	if k.outcome.Whole {
		add(factStatus, keyWhole, k.outcome)
		add(factStatus, keyTrend, k.trend)
		add(factStatus, keyGrants, k.grants)
	}
	if k.waiting != nil {
		add(factStatus, keyWaiting, k.waiting)
		add(factRun, runKey(k.run), k.notes)
	}
	return set, errors.Join(errs...)
}

func runKey(run int64) string { return strconv.FormatInt(run, 10) }

// recall reads what an earlier process wrote down.
func (h *past) recall(ctx context.Context, db *journal.DB) error {
	facts, err := db.Facts(ctx, factStatus)
	if err != nil {
		return err
	}
	for _, f := range facts {
		switch f.Key {
		case keyLast:
			h.last = decode[outcome](f.Value)
		case keyWhole:
			h.whole = decode[outcome](f.Value)
		case keyTrend:
			h.trend = decode[trend.Trend](f.Value)
		case keyGrants:
			h.grants = decode[grants](f.Value)
		case keyWaiting:
			h.waiting = decode[waitingSet](f.Value)
		}
	}
	return nil
}

// decode reads a value of the journal; nil if it is another version's.
func decode[T any](text []byte) *T {
	var value T
	if json.Unmarshal(text, &value) != nil {
		return nil
	}
	return &value
}
