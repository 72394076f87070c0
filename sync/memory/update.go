package memory

import (
	"context"
	"encoding/json"
	"fmt"

	"rollcall/sync/journal"
)

// Update collects the facts of one commit.
type Update struct {
	Memory      *Memory
	Set, forget []journal.Fact
}

// Put adds a fact, or replaces the fact of that kind and key.
func (n *Update) Put(kind, key string, value any) {
	raw, err := json.Marshal(value)
	if err != nil {
		panic("a fact cannot be encoded: " + err.Error()) // facts are strings, numbers and times
	}
	n.Set = append(n.Set, journal.Fact{Kind: kind, Key: key, Value: raw})
	if n.Memory != nil && n.Memory.facts != nil {
		n.Memory.facts[factKey(kind, key)] = true // the same run may drop it
	}
}

// Drop removes a fact, if the journal has it.
func (n *Update) Drop(kind, key string) {
	if n.Memory.facts[factKey(kind, key)] {
		n.forget = append(n.forget, journal.Fact{Kind: kind, Key: key})
	}
}

// Commit writes the collected facts to the journal.
func (r *Store) Commit(ctx context.Context, n *Update) error {
	if len(n.Set)+len(n.forget) == 0 {
		return nil
	}
	if err := r.Journal.Remember(ctx, r.Run, n.Set, n.forget); err != nil {
		return fmt.Errorf("record what this run has read: %w", err)
	}
	return nil
}
