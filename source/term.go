package source

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Term is the time during which somebody belongs somewhere: from Start on, and
// before End. A nil *Term is always. Whoever reads a source gets terms as they
// stand; what time it is, and whether the clock can be trusted, is not for a
// source to say (S28).
type Term struct {
	// Start is when it begins, End the first moment after it, in the zone that
	// the source declares; zero where the source says nothing.
	Start, End time.Time
	// EndedBy names the column or attribute that End comes from.
	EndedBy string
}

// Over reports whether the term has ended by now.
func (t *Term) Over(now time.Time) bool { return t != nil && !t.End.IsZero() && !now.Before(t.End) }

// Ahead reports whether the term has not begun by now.
func (t *Term) Ahead(now time.Time) bool { return t != nil && now.Before(t.Start) }

// Ended says that the term has ended, and what says so.
func (t *Term) Ended() string {
	if day, ok := lastDay(t.End); ok {
		return fmt.Sprintf("ended on %s (%s)", day, t.EndedBy)
	}
	return fmt.Sprintf("ended at %s (%s)", t.End.Format(clockFormat), t.EndedBy)
}

// FirstDay is when the term begins: a day, or a day and a time.
func (t *Term) FirstDay() string {
	if day, ok := wholeDay(t.Start); ok {
		return day
	}
	return t.Start.Format(clockFormat)
}

// LastDay is the last day of the term, which belongs to it, or the day and the
// time at which it ends.
func (t *Term) LastDay() string {
	if day, ok := lastDay(t.End); ok {
		return day
	}
	return t.End.Format(clockFormat)
}

// clockFormat shows a moment that is not the beginning of a day.
const clockFormat = "2006-01-02 15:04 -07:00"

// wholeDay is the day that begins at a moment; not ok for any other moment.
func wholeDay(t time.Time) (day string, ok bool) {
	if !t.Equal(startOfDay(t.Year(), t.Month(), t.Day(), t.Location())) {
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

// startOfDay is the first moment of a day. Where clocks are put forward at
// midnight that is not 00:00, and a day that a zone has skipped begins with
// the next one.
func startOfDay(year int, month time.Month, day int, zone *time.Location) time.Time {
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

// civil is the day that a clock on the wall shows, as a moment that compares.
func civil(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// hull is the shortest term that holds both; nil is always.
func hull(a, b *Term) *Term {
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

// overlap reports whether there is a moment that belongs to both.
func overlap(a, b *Term) bool {
	return a == nil || b == nil || !a.Over(b.Start) && !b.Over(a.Start)
}

func compareTerms(a, b *Term) int {
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

// sameTerm reports whether two terms are the same time.
func sameTerm(a, b *Term) bool { return compareTerms(a, b) == 0 }

// TermsOf are the times in which a member belongs to a group; none is always.
// What the membership says itself counts more than what the person's other
// memberships say.
func (s *Snapshot) TermsOf(m *Member) []*Term {
	if len(m.Terms) > 0 {
		return m.Terms
	}
	return oneTerm(s.People[m.Person].Term)
}

// TermsOfRow is the time for which a row holds; none is always.
func (s *Snapshot) TermsOfRow(r *Row) []*Term {
	if r.Term != nil {
		return []*Term{r.Term}
	}
	return oneTerm(s.People[r.Person].Term)
}

func oneTerm(t *Term) []*Term {
	if t == nil {
		return nil
	}
	return []*Term{t}
}

// distinct sorts terms and drops repeats; one that is always makes nothing of
// the others.
func distinct(terms []*Term) []*Term {
	slices.SortFunc(terms, compareTerms)
	terms = slices.CompactFunc(terms, sameTerm)
	if len(terms) > 0 && terms[0] == nil {
		return nil
	}
	return terms
}
