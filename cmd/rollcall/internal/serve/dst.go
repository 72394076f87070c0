package serve

import (
	"fmt"
	"time"
)

// ahead is how far warnings look: every zone that changes its clocks does so
// within a year.
const ahead = 400 * 24 * time.Hour

// Warnings are the runs that a change of the clocks takes away or makes twice.
// A schedule that runs again within the hour anyway misses nothing.
func (s *Schedule) Warnings(from time.Time) []string {
	if s.wall == nil {
		return nil
	}
	var warnings []string
	for at := from.In(s.zone); ; {
		_, change := at.ZoneBounds()
		if change.IsZero() || change.Sub(from) > ahead {
			return warnings
		}
		_, before := change.Add(-time.Second).Zone()
		_, after := change.Zone()
		shift := time.Duration(after-before) * time.Second
		switch {
		case shift > 0:
			warnings = append(warnings, s.skippedTime(change, shift)...)
		case shift < 0:
			warnings = append(warnings, s.repeatedTime(change, -shift)...)
		}
		at = change
	}
}

// wallTime is what the clocks of the zone show at that moment, as if they were
// never set.
func wallTime(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

const stampForm = "2006-01-02 15:04"

// skippedTime are runs in the hour that clocks leave out.
func (s *Schedule) skippedTime(change time.Time, shift time.Duration) []string {
	end := wallTime(change)
	run := s.wall.Next(end.Add(-shift - time.Second))
	if run.IsZero() || !run.Before(end) {
		return nil
	}
	// The next run is late by no more than the clocks are set.
	if next := s.Next(change.Add(-time.Second)); next.Sub(change) <= shift {
		return nil
	}
	return []string{fmt.Sprintf("in %s the clocks skip %s, so the run at that time is skipped; use another time, or the time zone UTC", s.zone, run.Format(stampForm))}
}

// repeatedTime are runs in the hour that clocks show twice.
func (s *Schedule) repeatedTime(change time.Time, shift time.Duration) []string {
	first := s.Next(change.Add(-shift - time.Second))
	if first.IsZero() || !first.Before(change) {
		return nil
	}
	within := s.Next(first.Add(-shift - time.Second)).Before(first)
	if within || !s.Next(first).Equal(first.Add(shift)) {
		return nil // it runs each hour anyway, or does not run again
	}
	return []string{fmt.Sprintf("in %s the clocks show %s twice, so the run at that time happens twice; use a time outside that hour, or the time zone UTC", s.zone, wallTime(first).Format(stampForm))}
}
