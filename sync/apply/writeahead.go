package apply

import (
	"context"
	"fmt"
	stdsync "sync"

	"rollcall/sync/journal"
)

// writer writes intents and outcomes to the journal (S32). Organizations are
// worked on at once and each commit waits for the disk, so entries that arrive
// together share a commit.
type writer struct {
	journal Journal
	run     int64
	queue   chan *entry
	idle    stdsync.WaitGroup
}

// entry is what one organization asks to have written, with the answer.
type entry struct {
	intents  []journal.Change
	outcomes []journal.Outcome
	ids      []int64
	err      error
	done     chan struct{}
}

// commitTogether bounds how many entries share a commit.
const commitTogether = 256

// newWriter starts to write, unless there is no journal.
func newWriter(ctx context.Context, j Journal, run int64) *writer {
	k := &writer{journal: j, run: run, queue: make(chan *entry, commitTogether)}
	if j != nil {
		k.idle.Go(func() { k.loop(ctx) })
	}
	return k
}

// off reports whether there is no journal.
func (k *writer) off() bool { return k.journal == nil }

// close ends the writer after all entries were answered.
func (k *writer) close() {
	close(k.queue)
	k.idle.Wait()
}

// intend writes changes before they are sent, and returns their numbers.
func (k *writer) intend(changes []journal.Change) ([]int64, error) {
	r := k.ask(&entry{intents: changes})
	return r.ids, r.err
}

// writeOutcomes writes the outcomes of changes.
func (k *writer) writeOutcomes(outcomes []journal.Outcome) error {
	return k.ask(&entry{outcomes: outcomes}).err
}

// ask queues an entry and waits until it is written.
func (k *writer) ask(r *entry) *entry {
	r.done = make(chan struct{})
	k.queue <- r
	<-r.done
	return r
}

// loop answers until the queue is closed. After the first fault it writes
// nothing more: the journal must have no gap.
func (k *writer) loop(ctx context.Context) {
	var fault error
	for first := range k.queue {
		entries := k.takeWaiting(first)
		if fault == nil {
			fault = k.write(ctx, entries)
		}
		for _, r := range entries {
			r.err = fault
			close(r.done)
		}
	}
}

// takeWaiting collects the entries that are in the queue already.
func (k *writer) takeWaiting(first *entry) []*entry {
	entries := []*entry{first}
	for len(entries) < commitTogether {
		select {
		case r, ok := <-k.queue:
			if !ok {
				return entries
			}
			entries = append(entries, r)
		default:
			return entries
		}
	}
	return entries
}

// write commits outcomes, then intents.
func (k *writer) write(ctx context.Context, entries []*entry) error {
	var outcomes []journal.Outcome
	var intents []journal.Change
	for _, r := range entries {
		outcomes, intents = append(outcomes, r.outcomes...), append(intents, r.intents...)
	}
	if len(outcomes) > 0 {
		if err := k.journal.Record(ctx, outcomes); err != nil {
			return fmt.Errorf("record the outcome of changes: %w", err)
		}
	}
	if len(intents) == 0 {
		return nil
	}
	ids, err := k.journal.Intend(ctx, k.run, intents)
	if err != nil {
		return fmt.Errorf("record the changes to be sent: %w", err)
	}
	for _, r := range entries {
		r.ids, ids = ids[:len(r.intents)], ids[len(r.intents):]
	}
	return nil
}
