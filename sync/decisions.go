package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/clerkapi"
	"rollcall/source"
)

// An access review that comes back says keep or remove of single memberships.
// It wants nobody: keep, and a row that is missing, leave everything to the
// rules. Remove takes a membership that no rule wants, also one that rollcall
// did not add (unless removals is none), because somebody looked at it and
// said so: this is the one removal that does not come from an absence. It is
// therefore about that membership only: whoever was let in again later, has
// another role by now, or does not go by the row's address is noted and stays.
// Guards, protection, other owners' markers and the look before the cut hold
// for it as for any other.

// addDecisions files what a source's reviewers said, by organization and membership.
func (a *assignments) addDecisions(s *source.Snapshot) {
	for i := range s.Decisions {
		d := &s.Decisions[i]
		of := a.decided[d.Organization]
		if of == nil {
			of = map[string]*source.Decision{}
			a.decided[d.Organization] = of
		}
		switch known := of[d.MembershipID]; {
		case d.UserID == "" && d.Remove:
			a.notes = append(a.notes, Note{Organization: d.Organization, Text: fmt.Sprintf(
				"%s: %s is invited, not a member; rollcall revokes what it sent itself, the rest is for the dashboard of Clerk", d.Origin, cmp.Or(d.Email, "somebody"))})
		case d.UserID == "":
		case known == nil || known.Remove && !d.Remove: // of two who disagree, the one who keeps counts
			of[d.MembershipID] = d
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
// names the files use. The users concerned are read, as before any removal (S04).
func (r *Reconciler) decide(ctx context.Context, a *assignments, st *state, v *resolver) error {
	var ids []string
	for _, o := range st.organizations {
		o.decided = map[string]*source.Decision{}
		for _, name := range o.names {
			for _, d := range a.decided[name] {
				if d.Remove && o.member(d.UserID) != nil && v.users[d.UserID] == nil {
					ids = append(ids, d.UserID)
				}
			}
		}
	}
	users, err := findUsers(ctx, r.clerk, clerkapi.UserQuery{IDs: unique(ids)}, len(ids))
	if err != nil {
		return fmt.Errorf("read the users whom a review names: %w", err)
	}
	v.remember(users)
	for _, o := range st.organizations {
		for _, name := range o.names {
			for _, d := range a.decided[name] {
				o.decide(d, v)
			}
		}
	}
	return nil
}

// decide files a decision by its user, or as one that strays; of two who
// disagree, the one who keeps counts.
func (o *organizationState) decide(d *source.Decision, v *resolver) {
	switch known := o.decided[d.UserID]; {
	case o.misfit(d, v) != "":
		if d.Remove {
			o.strays = append(o.strays, d)
		}
	case known == nil || known.Remove:
		o.decided[d.UserID] = d
	}
}

// leftAlready is the misfit that a decision comes to when it is carried out.
const leftAlready = "left already"

// misfit says why a decision is about no membership of today; empty when it is.
func (o *organizationState) misfit(d *source.Decision, v *resolver) string {
	m, holder := o.member(d.UserID), o.memberships[d.MembershipID]
	switch {
	case holder == "" && m == nil:
		return leftAlready
	case holder == "":
		return "was let in again after the review"
	case holder != d.UserID:
		return fmt.Sprintf("is not who has the membership %s: the cells of the row do not belong together", d.MembershipID)
	case !d.Remove:
		return ""
	case d.Role != "" && d.Role != m.Role:
		return fmt.Sprintf("was %s and is %s by now", d.Role, m.Role)
	case !goesBy(d.Email, m, v.users[d.UserID]):
		return fmt.Sprintf("does not go by the address %s of the row", d.Email)
	}
	return ""
}

// goesBy reports whether an address of a review is a member's, by what a review
// shows: the identifier, or a verified address. A cell without one asks nothing.
func goesBy(email string, m *member, u *clerkapi.User) bool {
	shown := []string{m.Identifier, m.email()}
	if u != nil {
		shown = append(shown, verified(u)...)
	}
	email = strings.TrimPrefix(email, "'") // as a report keeps a spreadsheet from taking it for a formula
	folded, err := source.FoldEmail(email)
	return email == "" || slices.Contains(shown, email) || err == nil && slices.Contains(shown, folded)
}

// removed reports whether a reviewer wants a member to go.
func (o *organizationState) removed(m *member) bool {
	d := o.decided[m.UserID]
	return d != nil && d.Remove
}

// noteDecisions says which decisions to remove come to nothing, and why.
func (d *desirer) noteDecisions(o *organizationState, want *Desired, f *findings) {
	gone := 0
	for _, by := range o.strays {
		if why := o.misfit(by, d.now); why == leftAlready {
			gone++
		} else {
			f.note("", by.Email, fmt.Sprintf("%s says remove of user %s, who %s: left to a new review", by.Origin, by.UserID, why))
		}
	}
	for user, by := range o.decided {
		m := o.member(user)
		w, wanted := want.People[user]
		switch {
		case !by.Remove:
		case d.config.Removals == RemovalsNone:
			f.note("", m.email(), fmt.Sprintf("%s says remove of user %s, and removals: none removes nobody", by.Origin, user))
		case wanted:
			f.note("", w.Email, fmt.Sprintf("%s says remove of %s, whom %s wants here: take them out of that group or row first, or change the rule", by.Origin, w.Email, w.Because))
		case !want.Keep[user]: // goes
		case m.marker != nil && m.marker.Owner != d.config.Owner:
			f.note("S26", m.email(), fmt.Sprintf("%s says remove of user %s, whose marker names the owner %q: left alone", by.Origin, user, m.marker.Owner))
		default:
			f.note("", m.email(), fmt.Sprintf("%s says remove of user %s, whom a rule wants, or of whom it is not clear who they are: left alone; explain %s says which", by.Origin, user, user))
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
		if by := d.state.decided[c.UserID]; c.Action == Remove && by != nil && by.Remove {
			c.Because = fmt.Sprintf("%s: the access review says remove", by.Origin)
			if d.disabled == nil {
				d.disabled = map[string]bool{}
			}
			d.disabled[c.UserID] = true
		}
	}
}
