package sync

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/source"
)

// Start and end dates (S28). An end that has passed makes a leaver, by the same
// way as a disabled account. A start that lies ahead only delays: nobody is
// added or invited by it yet, and whoever is a member already stays as they
// are, as somebody does whose contract was renewed. Where several rows or rules
// lead to one place, each for its own time, the ones that hold now decide.

// asOf is a person by now: one whose time has ended does not count any more.
func asOf(p *source.Person, now time.Time) *source.Person {
	gone := p.Gone(now)
	if gone == p.Disabled {
		return p
	}
	by := *p
	by.Disabled = gone
	return &by
}

// ended notes that somebody's time in an organization is over, if it is.
func (a *assignments) ended(organization string, p *person, terms []*source.Term) bool {
	a.dated = a.dated || len(terms) > 0
	if len(terms) == 0 || slices.ContainsFunc(terms, func(t *source.Term) bool { return !t.Over(a.now) }) {
		return false
	}
	if a.over[organization] == nil {
		a.over[organization] = map[*person]*source.Term{}
	}
	last := slices.MaxFunc(terms, func(x, y *source.Term) int { return x.End.Compare(y.End) })
	if known := a.over[organization][p]; known == nil || known.End.Before(last.End) {
		a.over[organization][p] = last
	}
	if _, ok := a.by[organization]; !ok {
		a.by[organization] = nil // it is fed, though by nobody who counts
	}
	return true
}

// holds reports whether an assignment holds at a time.
func (x *assignment) holds(at time.Time) bool {
	return len(x.terms) == 0 || slices.ContainsFunc(x.terms, func(t *source.Term) bool { return !t.Ahead(at) && !t.Over(at) })
}

// begins is when an assignment begins to hold, or holds next; zero when it does
// now, or never will again.
func (x *assignment) begins(now time.Time) time.Time {
	var first time.Time
	if x.holds(now) {
		return first
	}
	for _, t := range x.terms {
		if t.Ahead(now) && (first.IsZero() || t.Start.Before(first)) {
			first = t.Start
		}
	}
	return first
}

// untimely are the people whom dates keep out of an organization today: all that
// leads there is over or lies ahead.
func (a *assignments) untimely(o *organizationState) map[*person]string {
	out, open := map[*person]string{}, map[*person]bool{}
	for _, name := range []string{o.ID, o.Slug} {
		for p, t := range a.over[name] {
			out[p] = t.Ended()
		}
		for i := range a.by[name] {
			x := &a.by[name][i]
			open[x.person] = open[x.person] || x.holds(a.now)
			for _, t := range x.terms {
				if t.Ahead(a.now) && t.Start.Equal(x.begins(a.now)) {
					out[x.person] = notYet(t)
				}
			}
		}
	}
	maps.DeleteFunc(out, func(p *person, _ string) bool { return open[p] })
	return out
}

func notYet(t *source.Term) string { return "starts on " + t.FirstDay() + " (S28)" }

// dates are what a person's assignments in one organization say of time; nil
// for most people.
type dates struct {
	// begins is when the first of them begins; zero when one holds now.
	begins time.Time
	// since is the earliest start of those that hold now; zero where none is said.
	since time.Time
	list  []assignment
}

// start is when what leads here began, or begins; zero where no date says so.
func (w *want) start() time.Time {
	switch {
	case w.dates == nil:
		return time.Time{}
	case w.ahead():
		return w.dates.begins
	}
	return w.dates.since
}

// ahead reports whether everything that leads here lies ahead.
func (w *want) ahead() bool { return w.dates != nil && !w.dates.begins.IsZero() }

// ends is the last day of all that leads here; nil when it goes on.
func (w *want) ends() *source.Term {
	if w.dates == nil {
		return nil
	}
	var last *source.Term
	for i := range w.dates.list {
		terms := w.dates.list[i].terms
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

// date says of a place when what is wanted begins, or will be over.
func (p *Place) date(w *want) {
	if w.dates == nil {
		return
	}
	if t := w.ends(); t != nil {
		p.Ends = "ends on " + t.LastDay() + " (" + t.EndedBy + ")"
	}
	for i := range w.dates.list {
		for _, t := range w.dates.list[i].terms {
			if w.ahead() && t.Start.Equal(w.dates.begins) {
				p.Starts = t.FirstDay()
			}
		}
	}
}

// first orders assignments: those that hold now, then those that begin first,
// and each by rank.
func (a *assignments) first(x, y assignment) int {
	if len(x.terms)+len(y.terms) == 0 {
		return byRank(x, y)
	}
	return cmp.Or(x.begins(a.now).Compare(y.begins(a.now)), byRank(x, y))
}

// together reports whether an assignment adds to what a person is wanted for
// already; one that begins later does not yet.
func (a *assignments) together(w *want, x *assignment) bool {
	if w.dates == nil {
		return true
	}
	return x.begins(a.now).Equal(w.dates.begins)
}

// date keeps what a person's assignments say of time.
func (a *assignments) date(w *want, x assignment) {
	if w.dates == nil {
		w.dates = &dates{begins: x.begins(a.now)}
	}
	w.dates.list = append(w.dates.list, x)
	for _, t := range x.terms {
		holds := !t.Start.IsZero() && !t.Ahead(a.now) && !t.Over(a.now)
		if holds && (w.dates.since.IsZero() || t.Start.Before(w.dates.since)) {
			w.dates.since = t.Start
		}
	}
}

// datedPeople are those of whom an assignment of the list says when it holds.
func datedPeople(list []assignment) map[*person]bool {
	var out map[*person]bool
	for i := range list {
		if len(list[i].terms) > 0 {
			if out == nil {
				out = map[*person]bool{}
			}
			out[list[i].person] = true
		}
	}
	return out
}

// await is what becomes of somebody whose time has not come: nothing is given,
// and a member stays as they are (S28).
func (d *desirer) await(o *organizationState, w *want, out *Desired) {
	if user := w.person.userID; user != "" && o.member(user) != nil {
		out.Keep[user] = true
	}
}

// time notes of a draft what in it is driven by time.
func (d *draft) time(a *assignments) {
	for i := range d.wants {
		if w := &d.wants[i]; w.dates != nil && !w.dates.since.IsZero() {
			if d.started == nil {
				d.started = map[string]bool{}
			}
			d.started[cmp.Or(w.person.userID, w.person.Email)] = true
		}
	}
	for _, name := range d.state.names {
		for p, t := range a.over[name] {
			if d.over == nil {
				d.over, d.ended = map[*person]*source.Term{}, map[string]bool{}
			}
			d.over[p], d.ended[cmp.Or(p.userID, p.Email)] = t, true
		}
	}
}

// endedFor says why somebody's time here is over; empty when it is not.
func (d *draft) endedFor(p *person) string {
	if t := d.over[p]; t != nil && p.Disabled == "" {
		return fmt.Sprintf("%s: %s", p.Origin, t.Ended())
	}
	return ""
}

// driven reports whether the passing of time alone may have made a change: it
// concerns somebody who had a start, or somebody's end may be behind it. What
// ends for somebody can also give: a lower rule's role, or its metadata.
func (d *draft) driven(c *Change) bool {
	return d.started[c.whom()] || d.ended[c.whom()] || len(d.over) > 0 && c.loses()
}

// holdClock keeps waiting what time drives while the clock is wrong (S28).
func (o *OrganizationPlan) holdClock(d *draft, fault string) []Hold {
	if fault == "" {
		return nil
	}
	n := o.waiting(d.driven)
	if n == 0 {
		return nil
	}
	o.hold(d.driven, ruleName("S28"))
	return []Hold{{Guard: guardNames["S28"], Rule: "S28", Organization: o.ID, Changes: n, Text: fmt.Sprintf(
		"%s, and start or end dates may be behind %s: set the clock, then run again", fault, count(n, "change"))}}
}
