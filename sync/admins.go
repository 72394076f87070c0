package sync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/sync/apply"
	"rollcall/sync/diff"
	"rollcall/sync/guard"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// An admin role that somebody took away by hand is never given back without
// approval (S30). The memory has the admins that the directory wanted and Clerk
// showed. Such a user who is no admin any more, although rollcall took nothing,
// has lost the role by hand. One run that does not see the person proves nothing,
// so absence never ends the memory. It ends when rollcall itself takes the role,
// or when a run without any doubt wants the person with a lesser role.

// recallAdmins adds to the memory what runs did to admins that may have been
// killed before they wrote it down. A run that may write keeps it: the next successful
// run ends the search, and an undo remembers only what it did itself.
func (r *Reconciler) recallAdmins(ctx context.Context, m *memory.Memory, run Run) error {
	if m == nil || r.journal == nil {
		return nil
	}
	n, before := r.newUpdate(m), maps.Clone(m.Admins)
	for _, run := range m.Clock.Unsure {
		entries, err := r.journal.Changes(ctx, run)
		if err != nil {
			return fmt.Errorf("read the changes of run %d: %w", run, err)
		}
		for i := range entries {
			if e := &entries[i]; e.Result == journal.Done && e.UserID != "" && e.Admin != "" {
				m.NoteAdmin(e.Organization, e.UserID, plan.AdminEffect(e.Admin) == plan.AdminGained)
			}
		}
	}
	for id, users := range m.Admins {
		if !slices.Equal(policy.Unique(users), policy.Unique(before[id])) {
			n.Put(memory.FactAdmins, id, append([]string(nil), users...))
		}
	}
	if !run.Apply || len(n.Set) == 0 {
		return nil
	}
	return r.memory().Commit(ctx, n.Update)
}

// adminReader tells admins from those whom only an old list shows.
type adminReader struct {
	clerk   Clerk
	history *guard.History
}

// remember keeps the admins that the directory wants, and those whose role
// was taken by hand.
func (a *adminReader) remember(ctx context.Context, n *update, s *diff.Comparison, report *Report, whole map[string]bool) {
	effects := adminEffects(report)
	for _, d := range s.Proposals {
		id := d.Organization.ID
		admins, lesser := wantedAdmins(d, s, effects)
		admins = slices.DeleteFunc(admins, func(user string) bool {
			return effects[plan.SubjectKey(id, user)] != plan.AdminGained && a.history.TookAdmin(id, user) && !a.isStillAdmin(ctx, s, id, user)
		})
		for _, user := range s.Memory.Admins[id] {
			taken := effects[plan.SubjectKey(id, user)] == plan.AdminLost
			if !taken && (!lesser[user] || !settled(d, whole)) {
				admins = append(admins, user)
			}
		}
		putAdmins(n, id, admins)
	}
}

// isStillAdmin asks Clerk for one membership. A list that was read just after rollcall had
// taken the role may show what was before. If it counted, the role would look like one
// that somebody took by hand, as soon as a list is up to date. Without an answer the list
// counts.
func (a *adminReader) isStillAdmin(ctx context.Context, s *diff.Comparison, organization, user string) bool {
	m, member, err := a.clerk.FindMembership(ctx, organization, user)
	return err != nil || member && s.Have.Roles.Admin[m.Role]
}

// wantedAdmins are the users whom the directory wants as admins of an
// organization, and who are admins now. The lesser are users whom it wants with
// another role.
func wantedAdmins(d *diff.Proposal, s *diff.Comparison, effects map[string]plan.AdminEffect) (admins []string, lesser map[string]bool) {
	lesser = map[string]bool{}
	for i := range d.Wants {
		w := &d.Wants[i]
		user := w.Person.UserID
		if user == "" || w.StartsLater() {
			continue
		}
		if !s.Have.Roles.Admin[w.Role] {
			lesser[user] = true
			continue
		}
		m := d.Organization.Member(user)
		is := m != nil && s.Have.Roles.Admin[m.Role]
		if is || effects[plan.SubjectKey(d.Organization.ID, user)] == plan.AdminGained {
			admins = append(admins, user)
		}
	}
	return admins, lesser
}

// settled reports whether a run left no doubt about an organization: nothing
// waits there, failed, or could not be read or joined.
func settled(d *diff.Proposal, whole map[string]bool) bool {
	o := d.Organization
	return whole[o.ID] && !o.ReviewOnly && len(d.Blocks)+len(d.Findings.Conflicts)+len(d.Findings.Unusable) == 0
}

// forgetDemoted forgets, before anything is sent, the admins whom the plan
// demotes or removes: a run that is killed must not look like somebody else. An
// admin who stays after all is remembered by the next run.
func forgetDemoted(n *update, sending *plan.Plan) {
	gone := map[string][]string{}
	for _, c := range sending.Changes() {
		if c.State == plan.Ready && c.Admin == plan.AdminLost {
			gone[c.Organization] = append(gone[c.Organization], c.UserID)
		}
	}
	for id, users := range gone {
		if n.Memory.Admins[id] == nil {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(n.Memory.Admins[id]), func(user string) bool { return slices.Contains(users, user) })
		putAdmins(n, id, left)
		n.Memory.Admins[id] = left
	}
}

// rememberUndoneAdmins keeps the admins that an undo has made again. Those whom it
// demoted are forgotten already: an undo is our own doing (S30).
func rememberUndoneAdmins(n *update, report *Report) {
	made := map[string][]string{}
	for key, effect := range adminEffects(report) {
		if id, user, _ := strings.Cut(key, " "); effect == plan.AdminGained {
			made[id] = append(made[id], user)
		}
	}
	for id, users := range made {
		putAdmins(n, id, policy.Union(n.Memory.Admins[id], users))
	}
}

// adminEffects are what the changes of a run did to admins, by membership.
func adminEffects(report *Report) map[string]plan.AdminEffect {
	out := map[string]plan.AdminEffect{}
	for i := range report.Outcomes {
		if o := &report.Outcomes[i]; o.Result == apply.Done && o.Change.Admin != "" && o.Change.UserID != "" {
			out[plan.MembershipKey(&o.Change)] = o.Change.Admin
		}
	}
	return out
}

// putAdmins writes the admins of an organization down.
func putAdmins(n *update, id string, admins []string) {
	if admins = policy.Unique(admins); len(admins)+len(n.Memory.Admins[id]) > 0 {
		n.Put(memory.FactAdmins, id, admins)
	}
}
