package assign

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/memory"
	"rollcall/sync/policy"
)

// expired reports whether all periods of a person in an organization are over,
// and notes the last one.
func (a *Assignments) expired(organization string, p *directory.Person, terms []*source.Period) bool {
	a.Dated = a.Dated || len(terms) > 0
	if len(terms) == 0 || slices.ContainsFunc(terms, func(t *source.Period) bool { return !t.Over(a.Now) }) {
		return false
	}
	if a.Expired[organization] == nil {
		a.Expired[organization] = map[*directory.Person]*source.Period{}
	}
	last := slices.MaxFunc(terms, func(x, y *source.Period) int { return x.End.Compare(y.End) })
	if known := a.Expired[organization][p]; known == nil || known.End.Before(last.End) {
		a.Expired[organization][p] = last
	}
	if _, ok := a.by[organization]; !ok {
		a.by[organization] = nil // the organization is fed, though without a valid period
	}
	return true
}

// Holds reports whether an assignment holds at a time.
func (x *Assignment) Holds(at time.Time) bool {
	return len(x.Periods) == 0 || slices.ContainsFunc(x.Periods, func(t *source.Period) bool { return !t.Ahead(at) && !t.Over(at) })
}

// Begins is when an assignment begins to hold; zero if it holds now, or never
// will again.
func (x *Assignment) Begins(now time.Time) time.Time {
	var first time.Time
	if x.Holds(now) {
		return first
	}
	for _, t := range x.Periods {
		if t.Ahead(now) && (first.IsZero() || t.Start.Before(first)) {
			first = t.Start
		}
	}
	return first
}

// NotToday are the people whom dates keep out of an organization today: all
// periods there are over or have not begun.
func (a *Assignments) NotToday(names ...string) map[*directory.Person]string {
	out, open := map[*directory.Person]string{}, map[*directory.Person]bool{}
	for _, name := range names {
		for p, t := range a.Expired[name] {
			out[p] = t.Ended()
		}
		for i := range a.by[name] {
			x := &a.by[name][i]
			open[x.person] = open[x.person] || x.Holds(a.Now)
			for _, t := range x.Periods {
				if t.Ahead(a.Now) && t.Start.Equal(x.Begins(a.Now)) {
					out[x.person] = StartText(t)
				}
			}
		}
	}
	maps.DeleteFunc(out, func(p *directory.Person, _ string) bool { return open[p] })
	return out
}

// StartText is the text for a period that has not begun.
func StartText(t *source.Period) string { return "starts on " + t.FirstDay() + " (S28)" }

// InvitationTime is when somebody who starts at a moment is invited: then, or in the
// morning of that day if a mail goes out. It waits for the morning only where runs come
// often: after a nightly run the next one would be a day late (S28).
func InvitationTime(start time.Time, c policy.Config, m *memory.Memory) time.Time {
	clock, ok := c.Invitations.FirstDayFrom.SinceMidnight()
	if !ok || !c.Invitations.Notify || c.MissingUsers != policy.MissingInvite || !m.RunsOften() {
		return start
	}
	return source.TimeOfDay(start, clock)
}

// InvitedAt is when a person without an account is invited whose start is today, and
// zero if that is now.
func (w *Entitlement) InvitedAt(now time.Time, c policy.Config, m *memory.Memory) time.Time {
	if w.Person.UserID != "" || w.Periods == nil || w.StartsLater() || w.Periods.Since.IsZero() {
		return time.Time{}
	}
	if at := InvitationTime(w.Periods.Since, c, m); at.After(now) {
		return at
	}
	return time.Time{}
}

// Periods is what the assignments of a person in one organization say of dates;
// nil for most people.
type Periods struct {
	// Begins is when the first assignment begins; zero if one holds now.
	Begins time.Time
	// Since is the earliest start of those that hold now; zero if none has a start.
	Since time.Time
	List  []Assignment
}

// start is when the entitlement began, or begins; zero if no date says so.
func (w *Entitlement) start() time.Time {
	switch {
	case w.Periods == nil:
		return time.Time{}
	case w.StartsLater():
		return w.Periods.Begins
	}
	return w.Periods.Since
}

// StartsLater reports whether no assignment of the entitlement has begun.
func (w *Entitlement) StartsLater() bool { return w.Periods != nil && !w.Periods.Begins.IsZero() }

// Ends is the last period of the entitlement; nil if it has no end.
func (w *Entitlement) Ends() *source.Period {
	if w.Periods == nil {
		return nil
	}
	var last *source.Period
	for i := range w.Periods.List {
		terms := w.Periods.List[i].Periods
		if len(terms) == 0 {
			return nil
		}
		for _, t := range terms {
			if t.End.IsZero() {
				return nil
			}
			if last == nil || t.End.After(last.End) {
				last = t
			}
		}
	}
	return last
}

// compareByDate orders assignments: those that hold now, then by start, and each
// by precedence.
func (a *Assignments) compareByDate(x, y Assignment) int {
	if len(x.Periods)+len(y.Periods) == 0 {
		return ComparePrecedence(x, y)
	}
	return cmp.Or(x.Begins(a.Now).Compare(y.Begins(a.Now)), ComparePrecedence(x, y))
}

// holdsWith reports whether an assignment belongs to what a person is entitled
// to already. An assignment that begins later does not yet.
func (a *Assignments) holdsWith(w *Entitlement, x *Assignment) bool {
	if w.Periods == nil {
		return true
	}
	return x.Begins(a.Now).Equal(w.Periods.Begins)
}

// addPeriods keeps the dates of an assignment.
func (a *Assignments) addPeriods(w *Entitlement, x Assignment) {
	if w.Periods == nil {
		w.Periods = &Periods{Begins: x.Begins(a.Now)}
	}
	w.Periods.List = append(w.Periods.List, x)
	for _, t := range x.Periods {
		holds := !t.Start.IsZero() && !t.Ahead(a.Now) && !t.Over(a.Now)
		if holds && (w.Periods.Since.IsZero() || t.Start.Before(w.Periods.Since)) {
			w.Periods.Since = t.Start
		}
	}
}

// datedPeople are the people of whom an assignment in the list has dates.
func datedPeople(list []Assignment) map[*directory.Person]bool {
	var out map[*directory.Person]bool
	for i := range list {
		if len(list[i].Periods) > 0 {
			if out == nil {
				out = map[*directory.Person]bool{}
			}
			out[list[i].person] = true
		}
	}
	return out
}
