package explain

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"rollcall/sync/assign"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// wantIndex finds the entitlement of a user or an address.
type wantIndex struct {
	users map[string]*assign.Entitlement
	// unclear are the users that may be a wanted person (S02, S06).
	unclear map[string]*assign.Entitlement
	emails  map[string]*assign.Entitlement
}

// indexWants makes the index of one organization.
func indexWants(wants []assign.Entitlement) wantIndex {
	x := wantIndex{map[string]*assign.Entitlement{}, map[string]*assign.Entitlement{}, map[string]*assign.Entitlement{}}
	for i := range wants {
		w := &wants[i]
		if w.Person.Problem != nil {
			for _, user := range w.Person.Problem.Users {
				x.unclear[user] = w
			}
		} else if w.Person.UserID != "" {
			x.users[w.Person.UserID] = w
		}
		for _, email := range w.Person.Addresses() {
			x.emails[email] = w
		}
	}
	return x
}

// member is a member as Clerk and the journal show them, without the
// explanation.
func (x *reviewer) member(o *roster.Organization, m *roster.Member) Access {
	a := Access{UserID: m.UserID, Email: cmp.Or(m.Email(), m.Identifier), Unverified: true, Name: plan.FullName(m.FirstName, m.LastName), Role: m.Role,
		Admin: x.Have.Roles.MayBeAdmin(m.Role), Barred: m.Banned || m.Deprovisioned || x.Have.Banned[m.UserID],
		Protected: x.exclusions.Protect.Has(x.exclusions.ProvenNames(&plan.Change{UserID: m.UserID})...)}
	if m.Marker != nil {
		a.Owner, a.Source, a.ID = m.Marker.Owner, m.Marker.Source, m.Marker.ID
	}
	var proven []string
	if u := x.People.Users[m.UserID]; u != nil {
		proven = roster.VerifiedAddresses(u)
		a.LastSignIn, a.LastActive = timeOf(u.LastSignInAt), timeOf(u.LastActiveAt)
	}
	if len(proven) > 0 {
		a.Unverified = false
		if !slices.Contains(proven, a.Email) {
			a.Email = proven[0]
		}
	}
	a.Since = x.granted.of(o.ID, m.UserID, append(proven, m.Email()))
	return a
}

// timeOf is a time as Clerk gives it; nil for none.
func timeOf(milliseconds int64) *time.Time {
	if milliseconds == 0 {
		return nil
	}
	t := time.UnixMilli(milliseconds).UTC()
	return &t
}

// explain fills in the standing of a member, and the reason for it.
func (x *reviewer) explain(a *Access, m *roster.Member, wants wantIndex) {
	w, unclear := wants.users[m.UserID], wants.unclear[m.UserID]
	a.Standing = x.standingOf(w, m.Role, m.Marker)
	switch {
	case unclear != nil:
		a.Standing, a.Why = Unclear, unclear.Person.Problem.Text+plan.InParentheses(unclear.Person.Problem.Rule)
	case w != nil:
		a.Why = w.Because()
	case a.Standing == Leaving:
		a.Why = fmt.Sprintf("no rule gives it any more; rollcall added it for %s of source %s", m.Marker.ID, m.Marker.Source)
	default:
		a.Why = unwanted(a.Standing, m.Marker, "add")
	}
	if a.Standing == Differs {
		a.Wanted = w.Role
	}
	if w != nil && (a.Source == "" || m.Marker.OwnedBy(x.Config.Owner)) {
		a.Source, a.ID = w.Person.From.Source, w.Person.DirectoryID().ID
	}
}

// standingOf compares the role of a membership or an invitation with what the
// rules want; w is nil when they want nothing.
func (x *reviewer) standingOf(w *assign.Entitlement, role string, m *plan.Marker) Standing {
	switch {
	case w != nil && w.Role == role:
		return Explained
	case w != nil:
		return Differs
	case m.OwnedBy(x.Config.Owner):
		return Leaving
	case m != nil:
		return Foreign
	}
	return Unexplained
}

// unwanted is the reason for something that no rule wants and that rollcall did
// not add, or send.
func unwanted(s Standing, m *plan.Marker, verb string) string {
	if s == Foreign {
		return fmt.Sprintf("no rule gives it; its marker names the owner %q (S26)", m.Owner)
	}
	return "no rule gives it, and rollcall did not " + verb + " it"
}

// invitation is a pending invitation, with its explanation.
func (x *reviewer) invitation(o *roster.Organization, email string, wants wantIndex) Pending {
	inv := o.Invited[email]
	p := Pending{Email: email, Role: inv.Role, Created: time.UnixMilli(inv.CreatedAt).UTC(), Expires: timeOf(inv.ExpiresAt),
		Since: x.granted.of(o.ID, "", []string{email})}
	w, m := wants.emails[email], plan.ParseMarker(inv.Private)
	switch p.Standing = x.standingOf(w, inv.Role, m); p.Standing {
	case Explained:
		p.Why = w.Because()
	case Differs:
		p.Why = fmt.Sprintf("should be %s by %s", w.Role, w.Because())
	case Leaving:
		p.Why = "no rule gives it any more; rollcall sent it"
	case Foreign, Unexplained, Unclear:
		p.Why = unwanted(p.Standing, m, "send")
	}
	return p
}
