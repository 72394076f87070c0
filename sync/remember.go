package sync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/assign"
	"rollcall/sync/diff"
	"rollcall/sync/directory"
	"rollcall/sync/guard"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// update collects the facts that a run writes down for later runs.
type update struct {
	*memory.Update
	config policy.Config
	now    func() time.Time
}

func (r *Reconciler) newUpdate(m *memory.Memory) *update {
	return &update{&memory.Update{Memory: m}, r.config, r.now}
}

// rememberBefore writes down, before anything is sent, the facts that must
// survive a kill: the people that can be read, the sources of each
// organization, how the state began, the users whose marker is about to go, the
// admins whom this run itself demotes, the leavers whose accounts are to be closed, and
// the exceptions that have ended (S01, S10, S14, S15, S22, S28, S30, S31).
func (r *Reconciler) rememberBefore(ctx context.Context, s *diff.Comparison, sending *plan.Plan) error {
	if r.journal == nil {
		return nil
	}
	if err := (exceptional{r}).endOver(ctx, s); err != nil {
		return err
	}
	n := r.newUpdate(s.Memory)
	n.KeepRenamed()
	if state, news := s.Memory.State(s.Have.Markers.Any() || unseen(s), mappedIDs(s)); news {
		n.Put(memory.FactState, "", state)
	}
	for i, snapshot := range s.Read.Directory.Snapshots {
		if refs := referencesWith(s.Memory, snapshot, s.Read.Directory.People[i]); len(refs) > 0 {
			n.Put(memory.FactReferences, snapshot.Source, refs)
		}
	}
	for _, d := range s.Proposals {
		rememberFed(n, s, d, sending)
	}
	rememberNew(n, s.People.People)
	rememberUnreadable(n, s)
	if !(onePerson{r}).usesLists() { // a list that was kept says nothing about others, and nobody loses anything
		rememberMovers(n, s)
		forgetDemoted(n, sending)
		rememberLeavers(n, s)
	}
	if err := r.dropLinks(ctx, s.Have); err != nil {
		return err
	}
	return r.memory().Commit(ctx, n.Update)
}

// rememberAfter writes down the new baselines: those of a source whenever it
// was read, those of an organization only when all its changes were applied
// (S18).
func (r *Reconciler) rememberAfter(ctx context.Context, s *diff.Comparison, past *past, report *Report, run Run) error {
	n := r.newUpdate(s.Memory)
	for _, snapshot := range s.Read.Directory.Snapshots {
		if stale, _ := s.Memory.Stale(snapshot); !stale && snapshot.Server != "" {
			n.Put(memory.FactServer, snapshot.Source, memory.ServerFact{Server: snapshot.Server, Newest: string(snapshot.Revision)})
		}
		if len(snapshot.Files) > 0 && len(s.Memory.MissingFiles(snapshot, r.config)) == 0 {
			n.Put(memory.FactFiles, snapshot.Source, snapshot.Files)
		}
	}
	whole := report.appliedWhole(run)
	for _, d := range s.Proposals {
		switch {
		case d.Organization.ReviewOnly:
		case whole[d.Organization.ID]:
			rememberOrganization(n, s, d, report)
		default:
			rememberApproved(n, s, d, report)
		}
	}
	rememberGroups(n, s, whole)
	(&adminReader{r.clerk, past.history}).remember(ctx, n, s, report, whole)
	if run.Organization == "" && run.Only == "" {
		rememberMissing(n, s, report)
		rememberSeen(n, s, report)
	}
	if memory.ClockFault(r.clerk, s.Memory) == "" {
		rememberSettled(n, s, report, whole)
	}
	rememberManaged(n, report)
	rememberWriters(n, s.Plan)
	rememberSeats(n, past.seats)
	rememberRefusals(n, report, run.Organization == "" && run.Only == "")
	rememberInvitations(n, s, report, whole)
	forgetFinished(n, s, report)
	if err := r.memory().Commit(ctx, n.Update); err != nil {
		return err
	}
	return useApprovals(ctx, r.journal, past.approved, &report.Sent)
}

// rememberGroups moves the baselines of groups all of whose organizations were
// applied whole (S18). A shrinkage that was approved begins anew.
func rememberGroups(n *update, s *diff.Comparison, applied map[string]bool) {
	now := n.now()
	for _, f := range s.Assigned.GroupSizes.List() {
		var ids []string
		whole := true
		for _, name := range f.Organizations {
			o := s.Have.ByName[name]
			whole = whole && s.Have.Unread[name] == nil
			if o == nil {
				continue
			}
			ids, whole = append(ids, o.ID), whole && applied[o.ID]
		}
		if !whole || len(ids) == 0 {
			continue
		}
		old := s.Memory.Groups[f.Key]
		if n.config.Guards.Shrunk(assign.IsException(f.Key), old.Base(now), f.Count) {
			old.Counts = nil
		}
		slices.Sort(ids)
		n.Put(memory.FactGroup, f.Key, memory.GroupFact{Name: f.Name, Organizations: slices.Compact(ids), Counts: old.With(now, f.Count)})
	}
	for key, g := range s.Memory.Groups {
		gone := !s.Assigned.GroupSizes.Has(key) && !s.Read.Failed[assign.SourceOfGroup(key)]
		for _, id := range g.Organizations {
			gone = gone && applied[id]
		}
		if gone {
			n.Drop(memory.FactGroup, key)
		}
	}
}

// rememberUnreadable keeps since when members cannot be read, for the leaver ladder: one who
// comes when somebody leaves may be this person (S10).
func rememberUnreadable(n *update, s *diff.Comparison) {
	if len(n.config.Leavers.Steps()) == 0 {
		return
	}
	for _, snapshot := range s.Read.Directory.Snapshots {
		now, kept := s.Memory.Unreadable.In(snapshot, n.now()), s.Memory.Unreadable[snapshot.Source]
		if kept == nil || !maps.Equal(now, kept) {
			n.Put(memory.FactUnreadable, snapshot.Source, now)
		}
	}
}

// rememberManaged keeps the memberships of Clerk's own directory sync, and which of
// their changes it refused (S19).
func rememberManaged(n *update, report *Report) {
	refused := map[string]memory.ManagedFact{}
	for i := range report.Outcomes {
		o := &report.Outcomes[i]
		if !o.Managed {
			continue
		}
		key := plan.MembershipKey(&o.Change)
		f, ok := refused[key]
		if !ok {
			f = n.Memory.Managed[key]
		}
		refused[key] = f.With(o.Change.Action)
		n.Put(memory.FactManaged, key, refused[key])
	}
}

// rememberWriters keeps what else makes members, if this run has read it.
func rememberWriters(n *update, p *plan.Plan) {
	if p.Writers != nil && p.Writers != n.Memory.Writers {
		n.Put(memory.FactWriters, "", p.Writers)
	}
}

// rememberMovers keeps the users of wanted people that lose a marker, and of
// people that nothing else shows yet. It forgets the others.
func rememberMovers(n *update, s *diff.Comparison) {
	leaving := map[string]bool{}
	for _, d := range s.Proposals {
		for i := range d.Changes {
			if c := &d.Changes[i]; c.Action == plan.Remove {
				leaving[c.UserID] = true
			}
		}
	}
	kept := map[plan.DirectoryID]bool{}
	for _, p := range s.People.People {
		if id := p.DirectoryID(); p.MatchedBy == directory.ByMarker && (leaving[p.UserID] || s.Have.Movers[id]) {
			kept[id] = true
			n.Put(memory.FactMover, memory.MoverKey(id), memory.MoverFact{User: p.UserID, Wanted: n.now().UTC().Truncate(24 * time.Hour)})
		}
	}
	for key := range n.Memory.Movers {
		if who := memory.MoverID(key, n.config); !kept[who] && !s.Have.Movers[who] {
			n.Drop(memory.FactMover, key)
		}
	}
}

// rememberNew keeps the decisions of id_changed: new. Once the old membership
// is gone, no marker shows any more that the user is somebody else.
func rememberNew(n *update, people []*directory.Person) {
	for _, p := range people {
		if user := p.NotUser(); user != "" && !n.Memory.DecisionOn(p.DirectoryID(), user).New {
			c := plan.Conflict{User: user, Now: p.DirectoryID(), Was: p.Exceptions.Was}
			f := memory.Decide(&c, true)
			n.Set = append(n.Set, f)
		}
	}
}

// referencesWith adds the people and the groups of a snapshot, by the names that
// groups list them under, to those that are known already.
func referencesWith(m *memory.Memory, s *source.Snapshot, people []*directory.Person) map[string]string {
	old := m.References[s.Source]
	out := make(map[string]string, max(len(old), len(s.People)))
	maps.Copy(out, old)
	for i := range s.Groups {
		g := &s.Groups[i]
		for _, dn := range g.Nested {
			out[memory.ReferenceKey(dn)] = memory.GroupReference
		}
		for _, member := range g.Members {
			if member.Ref != "" {
				key := memory.ReferenceKey(member.Ref)
				out[key] = memory.EncodeIDs(out[key], people[member.Person].DirectoryIDs(), s.Source)
			}
		}
	}
	for i := range s.People {
		if dn := s.People[i].Origin.DN; dn != "" && (people[i].ID != "" || people[i].Email != "") {
			key := memory.ReferenceKey(dn)
			out[key] = memory.EncodeIDs(out[key], people[i].DirectoryIDs(), s.Source)
		}
	}
	return out
}

// useApprovals marks the changes of stored approvals that were made (S23).
func useApprovals(ctx context.Context, history Journal, a *guard.Approvals, report *apply.Sent) error {
	done := map[string][]string{}
	for i := range report.Outcomes {
		o := &report.Outcomes[i]
		if hash := a.Passed[o.Change.Key()]; hash != "" && o.Result.Reached() {
			done[hash] = append(done[hash], o.Change.Key())
		}
	}
	for _, hash := range slices.Sorted(maps.Keys(done)) {
		if err := history.UseApproval(ctx, hash, done[hash]); err != nil {
			return fmt.Errorf("record the use of an approval: %w", err)
		}
	}
	return nil
}
