package progress

import (
	"time"

	"rollcall/sync/plan"
)

// stages is the progress of a run so far.
type stages struct {
	now plan.Progress
	// counted are the units of this stage that came before the present one.
	counted []plan.Progress
	// began is when the stage began, unitBegan when its present unit did, and
	// last when the last progress came.
	began, unitBegan, last time.Time
}

// note notes progress. It reports whether a new stage begins.
func (s *stages) note(p plan.Progress, at time.Time) (begins bool) {
	begins = p.Stage != s.now.Stage
	switch {
	case begins:
		s.began, s.unitBegan, s.counted = at, at, nil
	case p.Unit != s.now.Unit:
		s.counted = append(s.counted, s.now)
		s.unitBegan = at
	}
	s.now, s.last = p, at
	return begins
}
