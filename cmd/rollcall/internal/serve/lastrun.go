package serve

import "time"

// LastRun is what the history knows of the last run.
type LastRun struct {
	// Started is when it began; the zero time is never.
	Started time.Time
	// Unfinished is true when it was interrupted or cut off, and the one before it
	// was not: a run that is cut off each time must not be repeated again and again.
	Unfinished bool
}

// missed reports whether the schedule had a run since the last one. Without a
// history none was missed.
func (l LastRun) missed(s *Schedule, now time.Time) bool {
	if l.Started.IsZero() || l.Started.After(now) {
		return false
	}
	due := s.Next(l.Started)
	return l.Unfinished || !due.IsZero() && !due.After(now)
}
