package sync

import (
	"context"
	"fmt"
	"slices"

	"rollcall/clerkapi"
	"rollcall/source"
)

// draft is one organization on its way to a plan.
type draft struct {
	state    *organizationState
	wants    []want
	changes  []Change
	blocks   []block
	findings *findings
	// disabled are the users of leavers whom the directory calls disabled (S29).
	disabled map[string]bool
	// started are the users, or addresses, of people whose start has passed, over
	// are those whose time here has ended (S28).
	started map[string]bool
	over    map[*person]*source.Term
	// ended are those over, as users or addresses.
	ended map[string]bool
	// patterns are the keys of groups that a pattern led here with an admin role (S21).
	patterns []string
}

// confirm reads each candidate for removal or demotion before any guard: who
// turns out to be somebody wanted there, with that role or a higher one, is
// left alone (S04). Whom the admin's lists may mean is read too: they name
// external ids and addresses that only the user shows (S04, S08).
func (r *Reconciler) confirm(ctx context.Context, drafts []*draft, v *resolver) error {
	var ids []string
	unshown := v.state.unshown()
	for _, d := range drafts {
		for i := range d.changes {
			if c := &d.changes[i]; c.UserID != "" && v.users[c.UserID] == nil && (r.mustRead(c) || c.gives() && unshown[c.UserID]) {
				ids = append(ids, c.UserID)
			}
		}
	}
	users, err := findUsers(ctx, r.clerk, clerkapi.UserQuery{IDs: unique(ids)}, len(ids))
	if err != nil {
		return fmt.Errorf("read the users to be changed: %w", err)
	}
	v.remember(users)
	for _, d := range drafts {
		d.drop(v)
	}
	return nil
}

// unshown are the members whose listing does not show whether they are banned;
// Clerk's contract leaves that open (S08).
func (st *state) unshown() map[string]bool {
	out := map[string]bool{}
	for _, o := range st.organizations {
		for i := range o.members {
			if m := &o.members[i]; m.unshown {
				out[m.UserID] = true
			}
		}
	}
	return out
}

// mustRead reports whether the change's user must be read before it is judged.
func (r *Reconciler) mustRead(c *Change) bool {
	return c.takes() || c.gives() && len(r.config.Deny) > 0 || c.Action != Add && len(r.config.Protect) > 0
}

// takes reports whether the change is a removal or a demotion.
func (c *Change) takes() bool { return c.Action == Remove || c.Admin == AdminLost }

// loses reports whether the change takes anything away: S09 to S12 hold these.
func (c *Change) loses() bool { return c.takes() || c.Nulls > 0 || c.Action == RevokeInvitation }

// drop leaves out the changes that the look before the cut refutes.
func (d *draft) drop(v *resolver) {
	wanted := d.wantedPeople()
	kept := d.changes[:0]
	for _, c := range d.changes {
		if why := d.refuted(&c, wanted, v); why != "" {
			d.findings.note("S04", c.Email, why)
			continue
		}
		kept = append(kept, c)
	}
	d.changes = kept
}

// wantedPeople lists, by address and by external_id, who is wanted.
func (d *draft) wantedPeople() map[string][]*want {
	if !slices.ContainsFunc(d.changes, func(c Change) bool { return c.takes() }) {
		return nil
	}
	out := map[string][]*want{}
	for i := range d.wants {
		w := &d.wants[i]
		for _, e := range w.person.emails() {
			out[e] = append(out[e], w)
		}
		if w.person.ExternalID != "" {
			key := externalKey(w.person.ExternalID)
			out[key] = append(out[key], w)
		}
	}
	return out
}

// externalKey keeps external ids apart from addresses in one map.
func externalKey(id string) string { return "\x00" + id }

func (d *draft) refuted(c *Change, wanted map[string][]*want, v *resolver) string {
	if !c.takes() {
		return ""
	}
	u := v.users[c.UserID]
	if u == nil {
		return fmt.Sprintf("user %s cannot be read, so nothing is taken from them", c.UserID)
	}
	keys := append(verified(u), externalKey(u.ExternalID)) // nobody is wanted under an empty one
	if c.ID == "" {
		// Nobody marked this member: the identifier alone justifies leaving them
		// as they are. Where our marker gives an id, the id decides.
		keys = append(keys, c.Email)
	}
	for _, key := range keys {
		for _, w := range wanted[key] {
			if w.person.notUser() != c.UserID && v.state.roles.atLeast(w.role, c.From) {
				return fmt.Sprintf("user %s (%s) is somebody the directory wants here as %s; left alone", c.UserID, c.Email, w.role)
			}
		}
	}
	return ""
}
