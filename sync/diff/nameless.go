package diff

import (
	"fmt"

	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// keepNameless says which memberships show no user, and leaves them alone (S10).
// Our marker in such a membership still says who it is in the directory: this
// person is a member, and is not added a second time.
func (d *desirer) keepNameless(o *roster.Organization, out *desired, f *Findings) {
	for i := range o.Nameless {
		m := &o.Nameless[i]
		f.Note("S10", "", fmt.Sprintf("membership %s is not changed, because Clerk does not say whose it is (no public_user_data); check it in Clerk's dashboard", m.MembershipID))
		if !m.Marker.OwnedBy(d.config.Owner) {
			continue
		}
		for user, w := range out.people {
			if o.Member(user) == nil && d.isMarked(&w, m.Marker.DirectoryID()) {
				out.keep[user] = true
			}
		}
	}
}

// isMarked reports whether an id in a marker is the person's.
func (d *desirer) isMarked(w *desiredMember, id plan.DirectoryID) bool {
	same := d.have.Markers.Same
	return same.Of(plan.DirectoryID{Source: w.source, ID: w.id}) == same.Of(id)
}
