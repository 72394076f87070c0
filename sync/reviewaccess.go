package sync

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// wantIndex finds what the rules want by whom it may be about.
type wantIndex struct {
	users map[string]*want
	// unclear are the users who may be somebody wanted (S02, S06).
	unclear map[string]*want
	emails  map[string]*want
}

func indexWants(wants []want) wantIndex {
	x := wantIndex{map[string]*want{}, map[string]*want{}, map[string]*want{}}
	for i := range wants {
		w := &wants[i]
		if w.person.trouble != nil {
			for _, user := range w.person.trouble.users {
				x.unclear[user] = w
			}
		} else if w.person.userID != "" {
			x.users[w.person.userID] = w
		}
		for _, email := range w.person.emails() {
			x.emails[email] = w
		}
	}
	return x
}

// member is what Clerk and the journal know of a member.
func (x *reviewer) member(o *organizationState, m *member) Access {
	a := Access{UserID: m.UserID, Email: cmp.Or(m.email(), m.Identifier), Unverified: true, Name: fullName(m.FirstName, m.LastName), Role: m.Role,
		Admin: x.have.roles.mayBeAdmin(m.Role), Barred: m.Banned || m.Deprovisioned || x.have.banned[m.UserID],
		Protected: x.skip.protect.has(x.skip.proven(&Change{UserID: m.UserID}, o)...)}
	if m.marker != nil {
		a.Owner, a.Source, a.ID = m.marker.Owner, m.marker.Source, m.marker.ID
	}
	var proven []string
	if u := x.resolver.users[m.UserID]; u != nil {
		proven = verified(u)
		a.LastSignIn, a.LastActive = moment(u.LastSignInAt), moment(u.LastActiveAt)
	}
	if len(proven) > 0 {
		a.Unverified = false
		if !slices.Contains(proven, a.Email) {
			a.Email = proven[0]
		}
	}
	a.Since = x.granted.of(o.ID, m.UserID, append(proven, m.email()))
	return a
}

// moment is a time as Clerk gives it; nil for none.
func moment(milliseconds int64) *time.Time {
	if milliseconds == 0 {
		return nil
	}
	t := time.UnixMilli(milliseconds).UTC()
	return &t
}

// weigh says what explains a member.
func (x *reviewer) weigh(a *Access, m *member, wants wantIndex) {
	w, unclear := wants.users[m.UserID], wants.unclear[m.UserID]
	ours := m.marker != nil && m.marker.Owner == x.config.Owner
	switch {
	case unclear != nil:
		a.Standing, a.Why = Unclear, unclear.person.trouble.text+ruled(unclear.person.trouble.rule)
	case w != nil && w.role == m.Role:
		a.Standing, a.Why = Explained, w.because()
	case w != nil:
		a.Standing, a.Why, a.Wanted = Differs, w.because(), w.role
	case m.marker != nil && !ours:
		a.Standing, a.Why = Foreign, fmt.Sprintf("no rule wants it; its marker names the owner %q (S26)", m.marker.Owner)
	case ours:
		a.Standing, a.Why = Leaving, fmt.Sprintf("no rule wants it any more; rollcall added it for %s of source %s", m.marker.ID, m.marker.Source)
	default:
		a.Standing, a.Why = Unexplained, "no rule wants it, and rollcall did not add it"
	}
	if w != nil && (a.Source == "" || ours) {
		a.Source, a.ID = w.person.from.Source, w.person.identity().id
	}
}

// invitation is one that is pending, and who wants it.
func (x *reviewer) invitation(o *organizationState, email string, wants wantIndex) Pending {
	inv := o.invited[email]
	p := Pending{Email: email, Role: inv.Role, Created: time.UnixMilli(inv.CreatedAt).UTC(), Expires: moment(inv.ExpiresAt),
		Since: x.granted.of(o.ID, "", []string{email})}
	w, m := wants.emails[email], parseMarker(inv.Private)
	ours := m != nil && m.Owner == x.config.Owner
	switch {
	case w != nil && w.role == inv.Role:
		p.Standing, p.Why = Explained, w.because()
	case w != nil:
		p.Standing, p.Why = Differs, fmt.Sprintf("%s wants %s", w.because(), w.role)
	case m != nil && !ours:
		p.Standing, p.Why = Foreign, fmt.Sprintf("no rule wants it; its marker names the owner %q (S26)", m.Owner)
	case ours:
		p.Standing, p.Why = Leaving, "no rule wants it any more; rollcall sent it"
	default:
		p.Standing, p.Why = Unexplained, "no rule wants it, and rollcall did not send it"
	}
	return p
}
