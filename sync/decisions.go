package sync

import (
	"cmp"
	"fmt"
	"slices"

	"rollcall/source"
)

// An access review that comes back says keep or remove of single memberships.
// It wants nobody: keep, and a row that is missing, leave everything to the
// rules. Remove takes a membership that no rule wants, also one that rollcall
// did not add (unless removals is none), because somebody looked at it and
// said so: this is the one removal that does not come from an absence. Guards,
// protection, other owners' markers and the look before the cut hold for it as
// for any other.

// addDecisions files what a source's reviewers said, by organization and user.
func (a *assignments) addDecisions(s *source.Snapshot) {
	for i := range s.Decisions {
		d := &s.Decisions[i]
		of := a.decided[d.Organization]
		if of == nil {
			of = map[string]*source.Decision{}
			a.decided[d.Organization] = of
		}
		switch known := of[d.UserID]; {
		case d.UserID == "" && d.Remove:
			a.notes = append(a.notes, Note{Organization: d.Organization, Text: fmt.Sprintf(
				"%s: %s is invited, not a member; rollcall revokes what it sent itself, the rest is for the dashboard of Clerk", d.Origin, cmp.Or(d.Email, "somebody"))})
		case d.UserID == "":
		case known == nil || known.Remove && !d.Remove: // of two who disagree, the one who keeps counts
			of[d.UserID] = d
		}
	}
}

// doubt keeps losses waiting where a review itself cannot be trusted: it feeds
// nothing else.
func (a *assignments) doubt(s *source.Snapshot, b block) {
	for i := range s.Decisions {
		name := s.Decisions[i].Organization
		if !slices.Contains(a.doubted[name], b) {
			a.doubted[name] = append(a.doubted[name], b)
		}
	}
}

// decide gives each organization what was said of its members, whichever of its
// names the files use.
func (st *state) decide(a *assignments) {
	for _, o := range st.organizations {
		o.decided = map[string]*source.Decision{}
		for _, name := range o.names {
			for user, d := range a.decided[name] {
				if known := o.decided[user]; known == nil || known.Remove {
					o.decided[user] = d
				}
			}
		}
	}
}

// removed reports whether a reviewer wants a member to go. A role that has
// changed since is another membership than the one that was looked at.
func (o *organizationState) removed(m *member, f *findings) bool {
	d := o.decided[m.UserID]
	switch {
	case d == nil || !d.Remove:
		return false
	case d.Role != "" && d.Role != m.Role:
		f.note("", m.email(), fmt.Sprintf("%s says remove of a %s, and user %s is %s by now: left to a new review", d.Origin, d.Role, m.UserID, m.Role))
		return false
	}
	return true
}

// noteDecisions says which decisions to remove come to nothing, and why.
func (o *organizationState) noteDecisions(want *Desired, f *findings, none bool) {
	gone := 0
	for user, d := range o.decided {
		m := o.member(user)
		w, wanted := want.People[user]
		switch {
		case !d.Remove:
		case m == nil:
			gone++
		case none:
			f.note("", m.email(), fmt.Sprintf("%s says remove of user %s, and removals: none removes nobody", d.Origin, user))
		case wanted:
			f.note("", w.Email, fmt.Sprintf("%s says remove of %s, and %s wants it: take it away there", d.Origin, w.Email, w.Because))
		case want.Keep[user] && m.marker != nil:
			f.note("S26", m.email(), fmt.Sprintf("%s says remove of user %s, whose marker names the owner %q: left alone", d.Origin, user, m.marker.Owner))
		}
	}
	if gone > 0 {
		f.note("", "", fmt.Sprintf("a review says remove of %s who left already", count(gone, "member")))
	}
}

// explainDecisions gives removals that a reviewer decided their reason. Nobody
// waits for such a person to come back (S29).
func (d *draft) explainDecisions() {
	for i := range d.changes {
		c := &d.changes[i]
		if by := d.state.decided[c.UserID]; c.Action == Remove && by != nil && by.Remove && (by.Role == "" || by.Role == c.From) {
			c.Because = fmt.Sprintf("%s: the access review says remove", by.Origin)
			if d.disabled == nil {
				d.disabled = map[string]bool{}
			}
			d.disabled[c.UserID] = true
		}
	}
}
