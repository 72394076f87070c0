package sync

import (
	"context"
	"fmt"
	stdsync "sync"

	"rollcall/sync/journal"
)

// recorder writes intents and outcomes down (S32). Organizations work side by
// side and each commit waits for the disk, so those that come together share one.
type recorder struct {
	journal Journal
	run     int64
	queue   chan *record
	idle    stdsync.WaitGroup
}

// record is what one organization wants written, and is answered.
type record struct {
	intents  []journal.Change
	outcomes []journal.Outcome
	ids      []int64
	err      error
	done     chan struct{}
}

// commitTogether bounds how many records share a commit.
const commitTogether = 256

// newRecorder begins to write, unless there is no journal.
func newRecorder(ctx context.Context, j Journal, run int64) *recorder {
	k := &recorder{journal: j, run: run, queue: make(chan *record, commitTogether)}
	if j != nil {
		k.idle.Go(func() { k.loop(ctx) })
	}
	return k
}

// none reports whether there is nothing to write to.
func (k *recorder) none() bool { return k.journal == nil }

// close ends the recorder, after all that asked were answered.
func (k *recorder) close() {
	close(k.queue)
	k.idle.Wait()
}

// intend writes changes down before they are sent, and answers their numbers.
func (k *recorder) intend(changes []journal.Change) ([]int64, error) {
	r := k.ask(&record{intents: changes})
	return r.ids, r.err
}

// settle writes down what became of changes.
func (k *recorder) settle(outcomes []journal.Outcome) error {
	return k.ask(&record{outcomes: outcomes}).err
}

func (k *recorder) ask(r *record) *record {
	r.done = make(chan struct{})
	k.queue <- r
	<-r.done
	return r
}

// loop answers until the queue is closed. After the first fault nothing more
// is written: what the disk holds must have no gap.
func (k *recorder) loop(ctx context.Context) {
	var fault error
	for first := range k.queue {
		records := k.gather(first)
		if fault == nil {
			fault = k.write(ctx, records)
		}
		for _, r := range records {
			r.err = fault
			close(r.done)
		}
	}
}

func (k *recorder) gather(first *record) []*record {
	records := []*record{first}
	for len(records) < commitTogether {
		select {
		case r, ok := <-k.queue:
			if !ok {
				return records
			}
			records = append(records, r)
		default:
			return records
		}
	}
	return records
}

// write commits outcomes, then intents.
func (k *recorder) write(ctx context.Context, records []*record) error {
	var outcomes []journal.Outcome
	var intents []journal.Change
	for _, r := range records {
		outcomes, intents = append(outcomes, r.outcomes...), append(intents, r.intents...)
	}
	if len(outcomes) > 0 {
		if err := k.journal.Record(ctx, outcomes); err != nil {
			return fmt.Errorf("write down what became of changes: %w", err)
		}
	}
	if len(intents) == 0 {
		return nil
	}
	ids, err := k.journal.Intend(ctx, k.run, intents)
	if err != nil {
		return fmt.Errorf("write down what is to be sent: %w", err)
	}
	for _, r := range records {
		r.ids, ids = ids[:len(r.intents)], ids[len(r.intents):]
	}
	return nil
}
