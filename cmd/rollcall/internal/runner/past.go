package runner

import (
	"context"

	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// Past is what earlier runs and admins have left, for a run that changes nothing.
type Past struct {
	// Options pass the history to package sync.
	Options []sync.Option
	// Failing is what a service retries later.
	Failing []serve.Failing
	Pauses  []journal.Pause

	history *history
}

// OpenPast opens the history to read it, as a plan does.
func OpenPast(ctx context.Context, s *Session) (*Past, error) {
	h, err := s.readHistory(ctx)
	if err != nil {
		return nil, err
	}
	p := &Past{Options: h.options(), Failing: h.failing, history: h}
	if h.db == nil {
		return p, nil
	}
	if p.Pauses, err = h.db.Pauses(ctx); err != nil {
		h.close()
		return nil, err
	}
	return p, nil
}

// Close ends the use of the options.
func (p *Past) Close() { p.history.close() }
