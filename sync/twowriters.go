package sync

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Two writers (S30): what we did and somebody else took back is done once
// more. Taken back again within a day, the two would go on for ever: the
// membership waits for an admin.

// reverted are memberships that somebody else changes back, and who that is
// likely to be.
type reverted struct {
	users map[string]bool
	text  string
}

// aspect is what changes of one kind are about: whether somebody is a member
// and as what, or the metadata.
func (c *Change) aspect() bool { return c.Action == SetMetadata || c.Action == Adopt }

// outcome is what a change brings about; two changes with the same outcome
// and nothing of ours between them mean that somebody undid the first.
func (c *Change) brings() string {
	if c.aspect() {
		return fmt.Sprintf("%q %q", c.Public, c.Private)
	}
	return c.To // nothing for a removal
}

// again counts how often in the window we brought about just this, last.
func (p *past) again(c *Change) int {
	n := 0
	for i := range slices.Backward(p.changes[membershipKey(c)]) {
		before := &p.changes[membershipKey(c)][i]
		if before.aspect() != c.aspect() {
			continue
		}
		if before.brings() != c.brings() {
			return n
		}
		n++
	}
	return n
}

func membershipKey(c *Change) string { return c.Organization + " " + c.whom() }

// revertedTwice finds the memberships of an organization that somebody else
// has changed back twice within the window.
func (p *past) revertedTwice(o *OrganizationPlan, st *organizationState) reverted {
	out := reverted{users: map[string]bool{}}
	writers := map[string]bool{}
	for i := range o.Changes {
		c := &o.Changes[i]
		if c.State == Ready && p.again(c) >= 2 {
			out.users[c.whom()] = true
			writers[likelyWriter(c, st.member(c.UserID))] = true
		}
	}
	out.text = fmt.Sprintf("what rollcall did was changed back twice within a day, most likely by %s; stop that, or approve to try once more",
		strings.Join(slices.Sorted(maps.Keys(writers)), ", or by "))
	return out
}

// likelyWriter says who changes a membership back.
func likelyWriter(c *Change, m *member) string {
	switch {
	case m != nil && m.marker != nil && c.ID != "" && m.marker.identity() != (identity{c.Source, c.ID}):
		return fmt.Sprintf("the installation %q, whose marker it carries", m.marker.Owner)
	case c.Action == Remove:
		return "single sign-on or a verified domain that enrols people, or somebody in Clerk's dashboard"
	case c.Action == Add:
		return "somebody in Clerk's dashboard, or another program that removes members"
	}
	return "somebody in Clerk's dashboard, or the attributes that single sign-on maps to roles"
}

// takenByHand are those of the organization's former admins whom the plan
// would make admin again.
func (o *OrganizationPlan) takenByHand(admins []string) map[string]bool {
	out := map[string]bool{}
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State == Ready && c.Admin == AdminGained && slices.Contains(admins, c.UserID) {
			out[c.UserID] = true
		}
	}
	return out
}

// rememberAdmins keeps who is admin as the directory wants it. Who was, and is
// wanted still, stays in memory: the role is missing by somebody else's hand.
func (n *notebook) rememberAdmins(s seen, report *Report) {
	made := map[string]bool{}
	for i := range report.Outcomes {
		if o := &report.Outcomes[i]; o.Result == Done && o.Change.Admin == AdminGained {
			made[membershipKey(&o.Change)] = true
		}
	}
	for _, d := range s.drafts {
		id := d.state.ID
		var admins []string
		for i := range d.wants {
			w := &d.wants[i]
			user := w.person.userID
			if user == "" || !s.have.roles.admin[w.role] {
				continue
			}
			m := d.state.member(user)
			is := m != nil && s.have.roles.admin[m.Role]
			if is || made[id+" "+user] || slices.Contains(s.memory.admins[id], user) {
				admins = append(admins, user)
			}
		}
		if admins = unique(admins); !slices.Equal(admins, s.memory.admins[id]) {
			n.put(factAdmins, id, admins)
		}
	}
}
