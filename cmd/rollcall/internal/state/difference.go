package state

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/report/history"
	"rollcall/sync/journal"
)

// Difference compares the plan of a run with that of an earlier run. Without one (0) it
// is the last run before with a plan of everything. Each part has so many changes at
// most; 0 is all. It fails with [history.ErrNoPlan] if one of the plans is not known.
func Difference(ctx context.Context, db *journal.DB, run *history.Past, before int64, most int) (*history.Difference, error) {
	if run.Waited == nil {
		return nil, fmt.Errorf("compare run %d: %w", run.Run.ID, history.ErrNoPlan)
	}
	if before == 0 {
		var err error
		if before, err = runBefore(ctx, db, run.Run.ID); err != nil {
			return nil, err
		}
	}
	earlier, err := Run(ctx, db, before, 1)
	if err != nil {
		return nil, err
	}
	if earlier.Waited == nil {
		return nil, fmt.Errorf("compare run %d: %w", before, history.ErrNoPlan)
	}
	d := &history.Difference{Run: run.Run, Before: earlier.Run, Incomplete: run.Waited.More+earlier.Waited.More > 0, Part: run.Waited.Part || earlier.Waited.Part}
	return d, fill(ctx, db, d, planOf(run), planOf(earlier), most)
}

// searchedRuns is how many runs are searched for one with a plan.
const searchedRuns = 500

// runBefore is the last run before a run that was no undo and had a plan of everything.
func runBefore(ctx context.Context, db *journal.DB, run int64) (int64, error) {
	for id := run - 1; id > 0 && id >= run-searchedRuns; id-- {
		w, err := waited(ctx, db, id)
		if err != nil {
			return 0, err
		}
		if w == nil || w.Part {
			continue
		}
		return id, nil
	}
	return 0, fmt.Errorf("compare run %d: the plan of no earlier run is known: %w", run, history.ErrNoPlan)
}

// planned is a change of a plan: one that was sent, by its number, or one that waited.
type planned struct {
	journal.Outline
	waited *journal.Change // nil if it was sent
}

// planOf is the plan of a run, by the keys of its changes: what waited, and what the run
// sent.
func planOf(run *history.Past) map[string]*planned {
	out := map[string]*planned{}
	waiting := history.WaitedChanges(run.Run.ID, run.Waited)
	for i := range waiting {
		c := &waiting[i]
		out[c.Key()] = &planned{outlineOf(c), c}
	}
	for i := range run.Outlines {
		out[run.Outlines[i].Key] = &planned{run.Outlines[i], nil}
	}
	if run.Outlines == nil { // all of them were read
		for i := range run.Changes {
			o := outlineOf(&run.Changes[i])
			out[o.Key] = &planned{o, nil}
		}
	}
	return out
}

func outlineOf(c *journal.Change) journal.Outline {
	return journal.Outline{ID: c.ID, Key: c.Key(), Admin: c.Admin, Result: c.Result}
}

// fill tells two plans apart. It reads so many changes of each part at most.
func fill(ctx context.Context, db *journal.DB, d *history.Difference, now, then map[string]*planned, most int) (err error) {
	for _, part := range []struct {
		to        *history.Changes
		of, other map[string]*planned
		has       func(one, other *planned) bool // other is that of the other plan, or nil
	}{
		{&d.New, now, then, func(_, then *planned) bool { return then == nil }},
		{&d.Sent, now, then, func(now, then *planned) bool { return then != nil && then.waited != nil && now.waited == nil }},
		{&d.Dropped, then, now, func(then, now *planned) bool { return now == nil && then.Result != journal.Done }},
		{&d.Done, then, now, func(then, now *planned) bool { return now == nil && then.Result == journal.Done }},
	} {
		var list []*planned
		for key, one := range part.of {
			if part.has(one, part.other[key]) {
				list = append(list, one)
			}
		}
		if *part.to, err = read(ctx, db, list, most); err != nil {
			return err
		}
	}
	return nil
}

// read reads the first changes of a part, in an order that is always the same.
func read(ctx context.Context, db *journal.DB, list []*planned, most int) (history.Changes, error) {
	out := history.Changes{All: len(list)}
	slices.SortFunc(list, func(a, b *planned) int { return strings.Compare(a.Key, b.Key) })
	list = firstOf(list, most, func(one **planned) string { return (*one).Admin })
	var ids []int64
	for _, one := range list {
		if one.waited == nil {
			ids = append(ids, one.ID)
		}
	}
	sent, err := db.ByID(ctx, ids)
	if err != nil {
		return out, err
	}
	changes := make(map[int64]*journal.Change, len(sent))
	for i := range sent {
		changes[sent[i].ID] = &sent[i]
	}
	for _, one := range list {
		c := one.waited
		if c == nil {
			c = changes[one.ID]
		}
		out.First = append(out.First, *c)
	}
	return out, nil
}
