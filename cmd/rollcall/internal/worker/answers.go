package worker

import (
	"context"
	"encoding/json"

	"rollcall/cmd/rollcall/internal/dirwatch"
	"rollcall/source"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
)

// answers are the newest changes that the last complete run saw in each directory, so
// that a change while no service was running is noticed at its first question.
func (w *worker) answers(ctx context.Context) *dirwatch.Answers {
	answers := &dirwatch.Answers{}
	if w.state == "" {
		return answers
	}
	db, err := journal.Open(ctx, w.state, journal.Options{ReadOnly: true})
	if err != nil {
		return answers // the run reports why it cannot be read
	}
	defer func() { _ = db.Close() }() // nothing was written
	facts, err := db.Facts(ctx, memory.FactServer)
	if err != nil {
		return answers
	}
	for _, f := range facts {
		var last memory.ServerFact
		if json.Unmarshal(f.Value, &last) == nil {
			answers.Recall(f.Key, source.LastChange{Server: last.Server, Revision: source.Revision(last.Newest)})
		}
	}
	return answers
}
