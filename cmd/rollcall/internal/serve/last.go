package serve

import "time"

// Last is what the history knows of the last run.
type Last struct {
	// Started is when it began; the zero time is never.
	Started time.Time
	// Unfinished says that it was interrupted or cut off, and that the one
	// before it was not: whatever cuts off each run must not be called again
	// and again.
	Unfinished bool
}

// missed reports whether a run should have been since the last one. Without a
// history nothing was missed.
func (l Last) missed(s *Schedule, now time.Time) bool {
	if l.Started.IsZero() || l.Started.After(now) {
		return false
	}
	due := s.Next(l.Started)
	return l.Unfinished || !due.IsZero() && !due.After(now)
}
