package diff

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// Under removals: managed a member without our marker is left alone (S26). Somebody
// who has left, and whom rollcall removed, therefore stays for good once somebody
// else adds them again. Nothing is changed; a note names the person.

// noteReadded names the leavers that somebody else has added or invited again. It
// says nothing while the directory may want more people than the read shows.
func (r *Differ) noteReadded(d *desirer, x *Proposal, want *desired) {
	doubt := slices.ContainsFunc(x.Blocks, func(b plan.Block) bool { return b.Scope != plan.Gains }) || len(x.Findings.Unusable) > 0 ||
		slices.ContainsFunc(x.Organization.Names, func(name string) bool { return len(d.known[name]) > 0 })
	o := x.Organization
	if doubt || !d.memory.Leavers()[o.ID] {
		return
	}
	for _, m := range want.unwanted {
		// Absent private metadata are unknown: they could carry our marker.
		if f, ok := d.memory.RemovalOf(o.ID, m.UserID); ok && m.Marker == nil && len(m.Private) > 0 {
			x.Findings.readded(f, m.Email(), cmp.Or(m.Email(), f.Email, m.UserID), "is a member again as "+m.Role+" (added by somebody else)", m.UserID)
		}
	}
	for _, email := range slices.Sorted(maps.Keys(o.Invited)) {
		inv := o.Invited[email]
		f, ok := d.memory.RemovalOf(o.ID, email)
		if ok && r.Config.Marker(inv.Private) == nil && len(inv.Private) > 0 && !isWanted(want.invited, email) {
			x.Findings.readded(f, email, email, "is invited again as "+inv.Role+" (by somebody else)")
		}
	}
}

// readded notes a person whom a run removed, and what has happened since.
func (f *Findings) readded(was memory.Removal, email, name, now string, users ...string) {
	what := "removed"
	if was.Invited {
		what = "invitation revoked"
	}
	f.notes = append(f.notes, plan.Note{Kind: plan.ReaddedLeaver, Rule: "S26", Organization: f.Organization, Email: email, Users: users,
		Text: fmt.Sprintf("%s: left on %s (%s by run %d), but %s; remove the person in Clerk, or add them to the directory", name, onDay(was.At), what, was.Run, now)})
}
