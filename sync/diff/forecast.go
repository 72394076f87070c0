package diff

import (
	"slices"
	"time"

	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// forecast steps through the dates of one person in one organization.
type forecast struct {
	config policy.Config
	roles  roster.Roles
	o      *roster.Organization
	w      *assign.Entitlement
	memory *memory.Memory
	*plan.Upcoming
}

// upcoming lists the changes that dates will cause; nil when no source has
// dates.
func (r *Differ) upcoming(a *assign.Assignments, st *roster.Roster, proposals []*Proposal) *plan.Upcoming {
	if !a.Dated {
		return nil
	}
	now := a.Now.UTC().Truncate(time.Second)
	u := &plan.Upcoming{Now: now, Until: now.Add(plan.LookAhead), Events: []plan.Event{}}
	later := map[*directory.Person]bool{}
	for _, d := range proposals {
		for i := range d.Wants {
			w := &d.Wants[i]
			if w.Periods == nil || w.Person.Problem != nil {
				continue
			}
			f := forecast{r.Config, st.Roles, d.Organization, w, a.Memory, u}
			u.Events = append(u.Events, f.events()...)
			if w.StartsLater() && w.Periods.Begins.After(u.Until) {
				later[w.Person] = true
			}
		}
	}
	u.Later = len(later)
	slices.SortFunc(u.Events, plan.CompareEvents)
	return u
}

// events steps from date to date, as if today's plan had been applied.
func (f *forecast) events() []plan.Event {
	m := f.o.Member(f.w.Person.UserID)
	role := ""
	switch {
	case f.w.StartsLater() && m != nil:
		role = m.Role
	case !f.w.StartsLater() && m == nil && f.w.Person.UserID == "" && f.config.MissingUsers == policy.MissingReport:
		return nil // nothing adds them, so nothing ends
	case m == nil && !f.w.InvitedAt(f.Now, f.config, f.memory).IsZero():
	case !f.w.StartsLater():
		role = f.w.Role
	}
	var events []plan.Event
	for _, at := range f.boundaries() {
		e := f.eventAt(at, role)
		if e.Action == 0 || e.Action == plan.Remove && !f.removes(m) || e.Action == plan.SetRole && !f.changesRole(m, &e) {
			continue
		}
		role = e.To
		events = append(events, e)
	}
	return events
}

// boundaries are the moments at which anything may change.
func (f *forecast) boundaries() []time.Time {
	var list []time.Time
	for i := range f.w.Periods.List {
		for _, t := range f.w.Periods.List[i].Periods {
			for _, at := range []time.Time{f.entry(t), t.End} {
				if at.After(f.Now) && !at.After(f.Until) {
					list = append(list, at)
				}
			}
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	return slices.CompactFunc(list, time.Time.Equal)
}

// entry is when a period has its effect: whoever is invited gets the mail in the
// morning.
func (f *forecast) entry(t *source.Period) time.Time {
	if f.entryAction() != plan.Invite {
		return t.Start
	}
	return assign.InvitationTime(t.Start, f.config, f.memory)
}

// eventAt is the event at a time for a person that had a role until then; had
// is empty for none. An Action of 0 is no event.
func (f *forecast) eventAt(at time.Time, had string) plan.Event {
	w := f.w
	e := plan.Event{At: at, Organization: f.o.ID, UserID: w.Person.UserID, Email: w.Person.Email, Name: w.Person.FullName(),
		Source: w.Person.DirectoryID().Source, ID: w.Person.DirectoryID().ID, From: had}
	x := f.decisive(at)
	switch {
	case x == nil && f.beginsLater(at):
	case x == nil && had != "":
		e.Action = plan.Remove
	case x == nil:
	case had == "":
		e.Action, e.To = f.entryAction(), x.Role
	case roleByMode(x.Mode, x.Role, had, f.roles) != had:
		e.Action, e.To = plan.SetRole, x.Role
	}
	if e.Action != 0 {
		e.Admin = f.roles.Effect(had, e.To)
		f.fillReason(&e, x)
	}
	return e
}

// decisive is the assignment that decides at a time; nil when none holds.
func (f *forecast) decisive(at time.Time) *assign.Assignment {
	var best *assign.Assignment
	for i := range f.w.Periods.List {
		if x := &f.w.Periods.List[i]; x.Holds(at) && (best == nil || assign.ComparePrecedence(*x, *best) < 0) {
			best = x
		}
	}
	return best
}

// beginsLater reports whether another assignment begins after a time: a member stays
// for it.
func (f *forecast) beginsLater(at time.Time) bool {
	return slices.ContainsFunc(f.w.Periods.List, func(x assign.Assignment) bool { return !x.Begins(at).IsZero() })
}

func (f *forecast) entryAction() plan.Action {
	if f.w.Person.UserID == "" && f.config.MissingUsers == policy.MissingInvite {
		return plan.Invite
	}
	return plan.Add
}

// removes reports whether rollcall would remove the member, or a person that
// it adds itself. It is close to [desirer.stays], which also looks at markers
// of other owners and writes notes.
func (f *forecast) removes(m *roster.Member) bool {
	switch f.config.Removals {
	case policy.RemovalsNone:
		return false
	case policy.RemovalsManaged:
		return m == nil || m.Marker.OwnedBy(f.config.Owner)
	case policy.RemovalsAll:
	}
	return true
}

// changesRole reports whether rollcall would change the role of the member, or of
// a person that it adds itself (S26).
func (f *forecast) changesRole(m *roster.Member, e *plan.Event) bool {
	switch {
	case f.config.Removals == policy.RemovalsNone && f.roles.Effect(e.From, e.To) == plan.AdminLost:
		return false
	case m == nil || m.Marker.OwnedBy(f.config.Owner):
		return true
	case m.Marker != nil:
		return f.config.Takeover
	}
	return f.config.Removals == policy.RemovalsAll || f.config.Adopt != policy.AdoptNone
}

// fillReason says what begins or ends with an event; x is the assignment that
// decides from then on.
func (f *forecast) fillReason(e *plan.Event, x *assign.Assignment) {
	for i := range f.w.Periods.List {
		y := &f.w.Periods.List[i]
		for _, t := range y.Periods {
			switch {
			case x == y && f.entry(t).Equal(e.At):
				e.Kind, e.Day, e.Because = plan.Starts, (&source.Period{Start: e.At.In(t.Start.Location())}).FirstDay(), y.Because()
				return
			case !t.End.IsZero() && t.End.Equal(e.At):
				e.Kind, e.Day, e.Because = plan.Ends, t.LastDay(), y.Because()+", by "+t.EndedBy
			}
		}
	}
}
