package leavers

import (
	"cmp"
	"maps"
	"slices"

	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// endSessions ends, for each removal, the sessions in which the organization is the
// active one (removals_end_sessions). It needs no proof but the removal: the person may
// sign in again. Whoever is signed out everywhere needs no such step.
func (w *search) endSessions(steps []plan.Change) []plan.Change {
	if !w.Config.Leavers.RemovalsEndSessions {
		return nil
	}
	everywhere := map[string]bool{}
	for i := range steps {
		if c := &steps[i]; c.State != plan.Skipped && (c.Action == plan.Ban || c.Action == plan.EndSessions) {
			everywhere[c.UserID] = true
		}
	}
	found, back := map[string]plan.Change{}, map[string]bool{}
	for _, c := range w.Plan.Changes() {
		if c.Grants() {
			back[plan.SubjectKey(c.UserID, c.Organization)] = true
		}
		if c.Action == plan.Remove && !c.InGrace() && !everywhere[c.UserID] {
			step := plan.Change{Action: plan.EndSessions, Organization: plan.Accounts, UserID: c.UserID, Email: c.Email, Name: c.Name, UserEmail: c.UserEmail, UserReserved: c.UserReserved,
				Source: c.Source, ID: c.ID, From: c.Organization, To: w.Plan.LabelOf(c.Organization), Because: c.Because, Cause: c.Cause, State: plan.Ready, Due: true}
			found[memory.LeaverKey(&step)] = step
		}
	}
	if w.Memory != nil {
		for key, f := range w.Memory.DueLeavers {
			user, organization := memory.LeaverOfKey(key)
			_, planned := found[key]
			if organization == "" || planned || back[key] || everywhere[user] || w.mayBeMember(organization, user) {
				continue
			}
			step := plan.Change{Action: plan.EndSessions, Organization: plan.Accounts, UserID: user, Email: f.Email, Name: f.Name, Source: f.Source, ID: f.ID,
				From: organization, To: cmp.Or(f.Place, organization), Because: f.Because, Cause: f.Cause, State: plan.Ready, Due: true}
			switch {
			case w.Config.Removals == policy.RemovalsNone:
				step.Skip(plan.LeaverUnproven, noneText)
			case w.isHidden(organization):
				step.Skip(plan.LeaverUnproven, "waits until organization "+step.To+" can be read")
			}
			found[key] = step
		}
	}
	var list []plan.Change
	for _, key := range slices.Sorted(maps.Keys(found)) {
		list = append(list, found[key])
	}
	return list
}

// mayBeMember reports whether a user is a member of an organization. Of one that is not
// read, because no rule leads there any more, nobody knows.
func (w *search) mayBeMember(organization, user string) bool {
	if o := w.organizations[organization]; o != nil {
		return o.Err == nil && o.Member(user) != nil
	}
	return !w.isHidden(organization)
}
