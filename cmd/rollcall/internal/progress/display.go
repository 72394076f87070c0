package progress

import (
	"fmt"
	"time"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/plan"
)

// Display shows how far a run is. Its methods may be called from several
// goroutines.
type Display interface {
	plan.Watcher
	// Wait says what a run waits for.
	Wait(w Wait)
	// Stopping says that the run was interrupted, and finishes its calls in flight.
	Stopping()
	// Close ends the display of one run, so that the report begins on a clean line.
	// The display can show another run after that.
	Close()
}

// Wait is something that a run waits for: Clerk's rate limit, or a file that was
// changed a moment ago, and is perhaps not complete (S11).
type Wait struct {
	For   time.Duration
	Limit clerkapi.Rate
	File  string
}

// text is the wait as a sentence, when so much of it is left. The last moment of
// it is a second.
func (w Wait) text(left time.Duration) string {
	rest := seconds(max(left, time.Second))
	switch {
	case w.File != "":
		return fmt.Sprintf("waiting %s for %s to settle", rest, escape.Brief(w.File))
	case w.Limit.Requests > 0:
		return fmt.Sprintf("waiting %s for Clerk's limit of %d requests in %s", rest, w.Limit.Requests, seconds(w.Limit.Window))
	}
	return ""
}

// None shows nothing.
type None struct{}

// Watch ignores what a run does.
func (None) Watch(plan.Progress) {}

// Wait ignores what it waits for.
func (None) Wait(Wait) {}

// Stopping ignores an interruption.
func (None) Stopping() {}

// Close has nothing to end.
func (None) Close() {}
