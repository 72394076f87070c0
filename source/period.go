package source

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Period is the time during which a person belongs somewhere: from Start on, and
// before End. A nil *Period is always. A source gives periods as it holds them. It
// does not look at the clock, which may be wrong (S28).
type Period struct {
	// Start is when it begins, End the first moment after it, in the zone that
	// the source declares; zero where the source says nothing.
	Start, End time.Time
	// EndedBy names the column or attribute that End comes from.
	EndedBy string
}

// Over reports whether the period has ended by now.
func (t *Period) Over(now time.Time) bool { return t != nil && !t.End.IsZero() && !now.Before(t.End) }

// Ahead reports whether the period has not begun by now.
func (t *Period) Ahead(now time.Time) bool { return t != nil && now.Before(t.Start) }

// Ended says that the period has ended, and what says so.
func (t *Period) Ended() string {
	if day, ok := lastDay(t.End); ok {
		return fmt.Sprintf("ended on %s (%s)", day, t.EndedBy)
	}
	return fmt.Sprintf("ended at %s (%s)", t.End.Format(clockFormat), t.EndedBy)
}

// FirstDay is when the period begins: a day, or a day and a time.
func (t *Period) FirstDay() string {
	if day, ok := wholeDay(t.Start); ok {
		return day
	}
	return t.Start.Format(clockFormat)
}

// LastDay is the last day of the period, which belongs to it, or the day and the
// time at which it ends.
func (t *Period) LastDay() string {
	if day, ok := lastDay(t.End); ok {
		return day
	}
	return t.End.Format(clockFormat)
}

// clockFormat shows a moment that is not the beginning of a day.
const clockFormat = "2006-01-02 15:04 -07:00"

// wholeDay is the day that begins at a moment; not ok for any other moment.
func wholeDay(t time.Time) (day string, ok bool) {
	if !t.Equal(StartOfDay(t.Year(), t.Month(), t.Day(), t.Location())) {
		return "", false
	}
	return t.Format(time.DateOnly), true
}

// lastDay is the day that ends at a moment.
func lastDay(end time.Time) (day string, ok bool) {
	if _, ok := wholeDay(end); !ok {
		return "", false
	}
	return end.Add(-time.Nanosecond).Format(time.DateOnly), true
}

// StartOfDay is the first moment of a day. Where clocks are put forward at
// midnight that is not 00:00, and a day that a zone has skipped begins with
// the next one.
func StartOfDay(year int, month time.Month, day int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	wanted := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	first := t
	from, to := t.ZoneBounds()
	for _, c := range []time.Time{to, from, t} {
		if !c.IsZero() && !civil(c).Before(wanted) && civil(c.Add(-time.Nanosecond)).Before(wanted) {
			first = c
		}
	}
	return first.In(zone)
}

// TimeOfDay is a time on the clocks of the day that begins at a moment, and the moment
// itself if no day begins then. Where clocks are put forward over that time, it is as
// much later.
func TimeOfDay(start time.Time, clock time.Duration) time.Time {
	if _, ok := wholeDay(start); !ok {
		return start
	}
	at := time.Date(start.Year(), start.Month(), start.Day(), 0, 0, 0, int(clock), start.Location())
	if at.Before(start) {
		return start
	}
	return at
}

// civil is the day that a clock on the wall shows, as a moment that compares.
func civil(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// Hull is the shortest period that holds both; nil is always.
func Hull(a, b *Period) *Period {
	if a == nil || b == nil {
		return nil
	}
	if *a == *b {
		return a
	}
	out := *a
	if b.Start.Before(a.Start) {
		out.Start = b.Start
	}
	if !a.End.IsZero() && (b.End.IsZero() || b.End.After(a.End)) {
		out.End, out.EndedBy = b.End, b.EndedBy
	}
	if out.Start.IsZero() && out.End.IsZero() {
		return nil
	}
	return &out
}

// Overlap reports whether there is a moment that belongs to both.
func Overlap(a, b *Period) bool {
	return a == nil || b == nil || !a.Over(b.Start) && !b.Over(a.Start)
}

func comparePeriods(a, b *Period) int {
	switch {
	case a == b:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End))
}

// SamePeriod reports whether two periods are the same time.
func SamePeriod(a, b *Period) bool { return comparePeriods(a, b) == 0 }

// PeriodsOf are the times in which a member belongs to a group; none is always.
// What the membership says itself counts more than what the person's other
// memberships say.
func (s *Snapshot) PeriodsOf(m *Member) []*Period {
	if len(m.Periods) > 0 {
		return m.Periods
	}
	return onePeriod(s.People[m.Person].Period)
}

// PeriodsOfRow is the time for which a row holds; none is always.
func (s *Snapshot) PeriodsOfRow(r *Row) []*Period {
	if r.Period != nil {
		return []*Period{r.Period}
	}
	return onePeriod(s.People[r.Person].Period)
}

func onePeriod(t *Period) []*Period {
	if t == nil {
		return nil
	}
	return []*Period{t}
}

// DistinctPeriods sorts periods and drops repeats. A nil period (always) covers all others,
// so the result is nil.
func DistinctPeriods(terms []*Period) []*Period {
	slices.SortFunc(terms, comparePeriods)
	terms = slices.CompactFunc(terms, SamePeriod)
	if len(terms) > 0 && terms[0] == nil {
		return nil
	}
	return terms
}
