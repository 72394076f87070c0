package diff

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"rollcall/sync/hints"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// historyOff lists the rules that need the memory of earlier runs and are off
// without it (H).
func (r *Differ) historyOff() []string {
	if !r.Remembers {
		return plan.NeedHistory
	}
	return nil
}

// Plan assembles the proposals and notes of all organizations. Every change in
// it is still ready.
func (r *Differ) Plan(s *Comparison, ties []plan.Note) *plan.Plan {
	read, a, st, v, proposals := s.Read, s.Assigned, s.Have, s.People, s.Proposals
	p := &plan.Plan{Version: plan.PlanVersion, Sources: []plan.SourceSummary{}, Organizations: []plan.Organization{}, Failures: read.Failures, HistoryOff: r.historyOff(), Unresolved: v.Unresolved()}
	p.Notes = slices.Concat(read.Directory.Notes, a.Notes, st.Notes, v.Notes)
	for i, s := range read.Directory.Snapshots {
		p.Sources = append(p.Sources, plan.SourceSummary{Name: s.Source, People: len(s.People), Groups: len(s.Groups), Rows: read.Directory.Rows[i], Decisions: len(s.Decisions), Server: s.Server})
		for _, n := range s.Notes {
			p.Notes = append(p.Notes, plan.Note{Text: cmp.Or(n.Origin.String(), s.Source) + ": " + n.Text})
		}
	}
	p.Failures = slices.Concat(p.Failures, st.Failures)
	for _, o := range st.Organizations {
		if o.Err != nil {
			p.Failures = append(p.Failures, plan.Failure{Organization: cmp.Or(o.Slug, o.ID), Text: o.Err.Error()})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(st.Unread)) {
		p.Failures = append(p.Failures, plan.Failure{Organization: name, Text: fmt.Sprintf("find organization %s: %s", name, st.Unread[name])})
	}
	for _, name := range st.Unknown {
		if a.FedBefore[name] {
			p.Notes = append(p.Notes, goneOrganization(name, a.Memory, st))
			continue
		}
		h := wantedThere(plan.NewHold(plan.UnknownOrganization, name, unknownOrganization(name, a.Memory)), name, a, proposals)
		h.Text += hints.Organization(name, st.ReadToo)
		p.Holds = append(p.Holds, h)
		p.Notes = append(p.Notes, missingGroups(name, a)...)
	}
	p.Notes = slices.Concat(p.Notes, hints.Retired(r.Config, a.Memory, st), hints.People(r.Config, read.Directory, st), hints.Canaries(read.Directory), hints.Groups(lossesOf(proposals), read.Directory, a))
	byOrganization := map[string][]plan.Note{}
	for _, n := range ties {
		byOrganization[n.Organization] = append(byOrganization[n.Organization], n)
	}
	for _, d := range proposals {
		p.Organizations = append(p.Organizations, r.organizationPlan(d, st, byOrganization[d.Organization.ID]))
	}
	markStays(p, st)
	p.Cost.Road = st.Strategy
	p.Upcoming = r.upcoming(a, st, proposals)
	return p
}

// markStays marks the removals of users who stay in another organization: they lose
// less than all access.
func markStays(p *plan.Plan, st *roster.Roster) {
	type membership struct{ organization, user string }
	removed, stays := map[membership]bool{}, map[string]bool{}
	for _, c := range p.Changes() {
		if c.Action == plan.Remove {
			removed[membership{c.Organization, c.UserID}], stays[c.UserID] = true, false
		}
	}
	if len(removed) == 0 {
		return
	}
	for _, o := range st.Organizations {
		for i := range o.Members {
			user := o.Members[i].UserID
			if _, leaves := stays[user]; leaves && !removed[membership{o.ID, user}] {
				stays[user] = true
			}
		}
	}
	for _, c := range p.Changes() {
		c.Stays = c.Action == plan.Remove && stays[c.UserID]
	}
}

func (r *Differ) organizationPlan(d *Proposal, st *roster.Roster, ties []plan.Note) plan.Organization {
	o := plan.Organization{ID: d.Organization.ID, Slug: d.Organization.Slug, Name: d.Organization.Name, Migrating: d.Organization.Migrating, Members: len(d.Organization.Members), Changes: d.Changes, Omitted: d.Omitted, Notes: d.Findings.notes}
	for i := range d.Organization.Members {
		m := &d.Organization.Members[i]
		if m.Marker.OwnedBy(r.Config.Owner) {
			o.Ours++
		} else if m.Marker != nil {
			o.Foreign++
		}
		if st.Roles.Admin[m.Role] {
			o.AdminsBefore++
		}
	}
	o.Seats = plan.Seats{Before: o.Members + d.Organization.PendingInvitations, Limit: d.Organization.MaxMembers}
	o.Notes = append(o.Notes, ties...)
	slices.SortFunc(o.Notes, plan.CompareNotes)
	o.Notes = slices.CompactFunc(o.Notes, func(a, b plan.Note) bool { return plan.CompareNotes(a, b) == 0 }) // two sources may give the same reason
	slices.SortFunc(d.Findings.Conflicts, func(a, b conflict) int { return plan.CompareNotes(a.Note, b.Note) })
	if d.Findings.foreign > 0 {
		o.Notes = append(o.Notes, plan.Note{Rule: "S26", Organization: o.ID, Text: d.Findings.foreignNote()})
	}
	return o
}
