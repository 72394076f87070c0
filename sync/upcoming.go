package sync

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// lookAhead is how far a plan looks into the future.
const lookAhead = 14 * 24 * time.Hour

// Upcoming is what the dates of the sources will bring, as far as today's read
// tells: no change of the plan, and nothing that a later run would not decide
// anew (S28).
type Upcoming struct {
	// Now is the time that the plan goes by; it ends Until, 14 days later.
	Now   time.Time `json:"now"`
	Until time.Time `json:"until"`
	// Events are in the order in which they come.
	Events []Event `json:"events"`
	// Later counts the people who start after that.
	Later int `json:"later,omitempty"`
}

// Event is one change that a date will bring. It is plain data.
type Event struct {
	// At is when, Day how the source says it: the first day of what starts, the
	// last of what ends, or a day and a time.
	At   time.Time `json:"at"`
	Day  string    `json:"day"`
	Kind EventKind `json:"kind"`
	// Action is add, invite, set_role or remove.
	Action       Action `json:"action"`
	Organization string `json:"organization"` // org_ id
	UserID       string `json:"user_id,omitempty"`
	Email        string `json:"email,omitempty"`
	Name         string `json:"name,omitempty"`
	Source       string `json:"source,omitempty"`
	ID           string `json:"id,omitempty"`
	From         string `json:"from,omitempty"`
	To           string `json:"to,omitempty"`
	Because      string `json:"because"`
}

// EventKind says which date brings an event.
type EventKind string

// The kinds. An event that ends takes place after its Day.
const (
	Starts EventKind = "start"
	Ends   EventKind = "end"
)

// upcoming looks ahead; nil where no source says when people belong.
func (r *Reconciler) upcoming(a *assignments, st *state, drafts []*draft) *Upcoming {
	if !a.dated {
		return nil
	}
	now := a.now.UTC().Truncate(time.Second)
	u := &Upcoming{Now: now, Until: now.Add(lookAhead), Events: []Event{}}
	later := map[*person]bool{}
	for _, d := range drafts {
		for i := range d.wants {
			w := &d.wants[i]
			if w.dates == nil || w.person.trouble != nil {
				continue
			}
			f := future{r.config, st.roles, d.state, w, u}
			u.Events = append(u.Events, f.events()...)
			if w.ahead() && w.dates.begins.After(u.Until) {
				later[w.person] = true
			}
		}
	}
	u.Later = len(later)
	slices.SortFunc(u.Events, compareEvents)
	return u
}

func compareEvents(a, b Event) int {
	return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Organization, b.Organization), strings.Compare(a.Email, b.Email),
		strings.Compare(a.ID, b.ID), cmp.Compare(a.Action, b.Action))
}

// future plays through what dates do to one person in one organization.
type future struct {
	config Config
	roles  roleBook
	o      *organizationState
	w      *want
	*Upcoming
}

// events steps from date to date, as if today's plan had been applied.
func (f *future) events() []Event {
	m := f.o.member(f.w.person.userID)
	role := ""
	switch {
	case f.w.ahead() && m != nil:
		role = m.Role
	case !f.w.ahead() && m == nil && f.w.person.userID == "" && f.config.MissingUsers == MissingReport:
		return nil // nothing adds them, so nothing ends
	case !f.w.ahead():
		role = f.w.role
	}
	var events []Event
	for _, at := range f.boundaries() {
		e := f.at(at, role)
		if e.Action == 0 || e.Action == Remove && !f.removes(m) {
			continue
		}
		role = e.To
		events = append(events, e)
	}
	return events
}

// boundaries are the moments at which anything may change.
func (f *future) boundaries() []time.Time {
	var list []time.Time
	for i := range f.w.dates.list {
		for _, t := range f.w.dates.list[i].terms {
			for _, at := range []time.Time{t.Start, t.End} {
				if at.After(f.Now) && !at.After(f.Until) {
					list = append(list, at)
				}
			}
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	return slices.CompactFunc(list, time.Time.Equal)
}

// at is what happens at a moment to somebody who had a role until then, or
// none: an Action of 0 is nothing.
func (f *future) at(at time.Time, had string) Event {
	w := f.w
	e := Event{At: at, Organization: f.o.ID, UserID: w.person.userID, Email: w.person.Email, Name: w.person.FullName(),
		Source: w.person.identity().source, ID: w.person.identity().id, From: had}
	x := f.wins(at)
	switch {
	case x == nil && f.more(at):
	case x == nil && had != "":
		e.Action = Remove
	case x == nil:
	case had == "":
		e.Action, e.To = f.welcome(), x.role
	case x.role != had && f.mayChange(x, had):
		e.Action, e.To = SetRole, x.role
	}
	if e.Action != 0 {
		f.explain(&e, x)
	}
	return e
}

// wins is the assignment that decides at a time; nil when none holds.
func (f *future) wins(at time.Time) *assignment {
	var best *assignment
	for i := range f.w.dates.list {
		if x := &f.w.dates.list[i]; x.holds(at) && (best == nil || byRank(*x, *best) < 0) {
			best = x
		}
	}
	return best
}

// more reports whether another assignment begins after a time: a member stays
// for it.
func (f *future) more(at time.Time) bool {
	return slices.ContainsFunc(f.w.dates.list, func(x assignment) bool { return !x.begins(at).IsZero() })
}

func (f *future) welcome() Action {
	if f.w.person.userID == "" && f.config.MissingUsers == MissingInvite {
		return Invite
	}
	return Add
}

// mayChange is false where a rule lets the present role stand (S27).
func (f *future) mayChange(x *assignment, had string) bool {
	switch x.mode {
	case RolesOnAdd:
		return false
	case RolesAtLeast:
		return !f.roles.atLeast(had, x.role)
	case RolesExact:
	}
	return true
}

// removes reports whether rollcall would remove the member, or whom it adds.
func (f *future) removes(m *member) bool {
	switch f.config.Removals {
	case RemovalsNone:
		return false
	case RemovalsManaged:
		return m == nil || m.marker != nil && m.marker.Owner == f.config.Owner
	case RemovalsAll:
	}
	return true
}

// explain says what begins or ends with an event; x is what decides from then on.
func (f *future) explain(e *Event, x *assignment) {
	for i := range f.w.dates.list {
		y := &f.w.dates.list[i]
		for _, t := range y.terms {
			switch {
			case x == y && t.Start.Equal(e.At):
				e.Kind, e.Day, e.Because = Starts, t.FirstDay(), y.because()
				return
			case !t.End.IsZero() && t.End.Equal(e.At):
				e.Kind, e.Day, e.Because = Ends, t.LastDay(), y.because()+", by "+t.EndedBy
			}
		}
	}
}

// limitTo keeps the events that were asked for.
func (u *Upcoming) limitTo(p *Plan, run Run) *Upcoming {
	if u == nil {
		return nil
	}
	out := *u
	out.Events = slices.DeleteFunc(slices.Clone(u.Events), func(e Event) bool {
		at := slices.IndexFunc(p.Organizations, func(o OrganizationPlan) bool { return o.ID == e.Organization })
		return at < 0 || !run.covers(&p.Organizations[at], &Change{UserID: e.UserID, Email: e.Email})
	})
	return &out
}
