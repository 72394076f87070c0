package sync

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
)

// draft diffs every organization that was read whole, several at a time: a
// large instance has work for every processor, and later requests wait for it.
func (r *Reconciler) draft(wants wanted, st *state, a *assignments, v *resolver) []*draft {
	d := newDesirer(r.config, v, a, r.now())
	drafts := make([]*draft, len(st.organizations))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, o := range st.organizations {
		if o.err != nil {
			continue
		}
		group.Go(func() error {
			drafts[i] = r.draftOne(d, o, wants[o], a)
			return nil
		})
	}
	_ = group.Wait() // nothing here can fail
	drafts = slices.DeleteFunc(drafts, func(x *draft) bool { return x == nil })
	explainRemovals(drafts, v.dir)
	for _, d := range drafts {
		d.explainDecisions()
	}
	r.spare(drafts, st, a.memory)
	return drafts
}

// draftOne diffs one organization; it changes nothing that others look at.
func (r *Reconciler) draftOne(d *desirer, o *organizationState, wants []want, a *assignments) *draft {
	want, found := d.organization(o, wants)
	x := &draft{state: o, wants: wants, findings: found, blocks: append(slices.Clone(a.all), a.memory.pinned(o)...)}
	if o.unruled && len(o.decided) == 0 {
		x.blocks = nil // nothing leads here that could be wrong
	}
	x.notePatterns(d.state)
	x.time(a)
	for _, name := range o.names {
		for _, b := range append(slices.Clone(a.blocks[name]), a.doubted[name]...) {
			if !slices.Contains(x.blocks, b) { // it may stand under the slug and the id
				x.blocks = append(x.blocks, b)
			}
		}
	}
	have := Actual{Organization: o.ID, Members: o.members, Roles: d.state.roles, Owner: r.config.Owner}
	x.changes = append(Diff(want, have), diffInvitations(want, o, have, r.config)...)
	slices.SortFunc(x.changes, compareChanges)
	return x
}

// explainRemovals says of everybody who leaves what the directory knows.
func explainRemovals(drafts []*draft, dir *directory) {
	known := map[identity]*person{}
	each := func(visit func(d *draft, c *Change)) {
		for _, d := range drafts {
			for i := range d.changes {
				if c := &d.changes[i]; c.Action == Remove && c.ID != "" {
					visit(d, c)
				}
			}
		}
	}
	each(func(_ *draft, c *Change) { known[identity{c.Source, c.ID}] = nil })
	if len(known) > 0 {
		dir.identities(known)
	}
	each(func(d *draft, c *Change) {
		p := known[identity{c.Source, c.ID}]
		c.Because = cmp.Or(d.endedFor(p), leaver(c, p, dir.hasRows(c.Source)))
		d.disable(c.UserID, p)
	})
}

// disable notes of a leaver that the directory calls the account disabled, or
// that the time has ended: nobody waits for them to come back (S29).
func (d *draft) disable(user string, p *person) {
	if p == nil || p.Disabled == "" && d.over[p] == nil {
		return
	}
	if d.disabled == nil {
		d.disabled = map[string]bool{}
	}
	d.disabled[user] = true
}

// leaver says why somebody whom we added is wanted no more. rows says that the
// source lists memberships, not people with groups.
func leaver(c *Change, p *person, rows bool) string {
	switch {
	case p == nil && rows:
		return fmt.Sprintf("no row of source %s has id %s any more", c.Source, c.ID)
	case p == nil:
		return fmt.Sprintf("id %s is in no mapped group of source %s any more", c.ID, c.Source)
	case p.Disabled != "":
		return fmt.Sprintf("%s: %s", p.Origin, p.Disabled)
	case rows:
		return fmt.Sprintf("id %s has no row for this organization; %s leads elsewhere", c.ID, p.Origin)
	}
	return fmt.Sprintf("%s is in no group that leads here", p.Origin)
}

// historyOff lists the rules that need the memory of earlier runs and do
// without it today (H).
func (r *Reconciler) historyOff() []string {
	if !r.remembers {
		return needMemory
	}
	return nil
}

// needMemory are the rules that are off without a state directory.
var needMemory = []string{"S01 (people who move between organizations)", "S10 (members known from earlier runs)", "S11 (files that vanished)", "S12 (older replicas)",
	"S14 (what a failed source fed before)", "S15 (organizations known from the past)", "S17 (limits over 24 hours, shrinking groups)",
	"S18 (baselines)", "S20 (changed rules)", "S21 (first use of a pattern)", "S22 (slugs that move)", "S29 (grace)",
	"S30 (changes that others revert)", "S32 (intents)"}

// plan assembles what the drafts found; every change is still ready.
func (r *Reconciler) plan(read *reading, a *assignments, st *state, v *resolver, drafts []*draft, ties []Note) *Plan {
	p := &Plan{Version: PlanVersion, Sources: []SourceSummary{}, Organizations: []OrganizationPlan{}, Failures: read.failures, HistoryOff: r.historyOff(), Unresolved: v.unresolved()}
	p.Notes = append(append(append(p.Notes, read.directory.notes...), a.notes...), v.notes...)
	for i, s := range read.directory.snapshots {
		p.Sources = append(p.Sources, SourceSummary{Name: s.Source, People: len(s.People), Groups: len(s.Groups), Rows: read.directory.rows[i], Decisions: len(s.Decisions), Server: s.Server})
		for _, n := range s.Notes {
			p.Notes = append(p.Notes, Note{Text: cmp.Or(n.Origin.String(), s.Source) + ": " + n.Text})
		}
	}
	for _, o := range st.organizations {
		if o.err != nil {
			p.Failures = append(p.Failures, Failure{Organization: cmp.Or(o.Slug, o.ID), Text: o.err.Error()})
		}
	}
	for _, name := range st.unknown {
		if a.past[name] {
			p.Notes = append(p.Notes, Note{Rule: "S15", Organization: name, Text: "the organization is deleted; earlier runs fed it"})
			continue
		}
		p.Holds = append(p.Holds, Hold{Guard: UnknownOrganization, Rule: "S22", Organization: name, Text: fmt.Sprintf(
			"no organization has the slug or id %q; rollcall creates none: correct the name or create it in Clerk", name)})
	}
	byOrganization := map[string][]Note{}
	for _, n := range ties {
		byOrganization[n.Organization] = append(byOrganization[n.Organization], n)
	}
	for _, d := range drafts {
		p.Organizations = append(p.Organizations, r.organizationPlan(d, st, byOrganization[d.state.ID]))
	}
	p.Cost.Road = st.road
	p.Upcoming = r.upcoming(a, st, drafts)
	return p
}

func (r *Reconciler) organizationPlan(d *draft, st *state, ties []Note) OrganizationPlan {
	o := OrganizationPlan{ID: d.state.ID, Slug: d.state.Slug, Name: d.state.Name, Members: len(d.state.members), Changes: d.changes, Notes: d.findings.notes}
	for i := range d.state.members {
		m := &d.state.members[i]
		if m.marker != nil && m.marker.Owner == r.config.Owner {
			o.Ours++
		} else if m.marker != nil {
			o.Foreign++
		}
		if st.roles.admin[m.Role] {
			o.AdminsBefore++
		}
	}
	o.Seats = Seats{Before: o.Members + d.state.PendingInvitations, Limit: d.state.MaxMembers}
	o.Notes = append(o.Notes, ties...)
	slices.SortFunc(o.Notes, compareNotes)
	o.Notes = slices.Compact(o.Notes) // two sources may give the same reason
	slices.SortFunc(d.findings.conflicts, func(a, b conflict) int { return compareNotes(a.Note, b.Note) })
	if n := d.findings.foreign; n > 0 {
		o.Notes = append(o.Notes, Note{Rule: "S26", Organization: o.ID, Text: count(n, "member") + " with another owner's marker left alone"})
	}
	return o
}

func compareNotes(a, b Note) int {
	return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Email, b.Email), cmp.Compare(a.Text, b.Text))
}

// grounding is what a plan is judged by.
type grounding struct {
	people *resolver
	past   *past
	seen   seen
	run    Run
}

// judge marks what is skipped and what is held; it removes no change and adds none.
func (r *Reconciler) judge(p *Plan, by grounding) {
	drafts, undoing := by.seen.drafts, len(by.run.Undo) > 0
	s, approved := newSkipper(r.config, by.people, by.past.memory), by.seen.approved
	known, failed := map[string]bool{}, map[string]bool{}
	for _, x := range r.sources {
		known[x.Name()] = true
	}
	for _, f := range p.Failures {
		failed[f.Source] = f.Source != ""
	}
	fault := r.clockFault(by.past.memory)
	for i, d := range drafts {
		o := &p.Organizations[i]
		s.mark(d)
		o.Changes = d.changes
		r.blockUnusable(d)
		if !undoing { // an undo differs from the directory on purpose, and outlives a pause (S25)
			o.pause(by.past.memory.pausedBy(o.ID))
		}
		p.Holds = append(p.Holds, o.block(d)...)
		p.Holds = append(p.Holds, o.holdClock(d, fault)...)
		if !undoing {
			p.Holds = append(p.Holds, o.holdFailedSources(failed, r.lent(o.ID, failed, by.past.memory))...)
			p.Holds = append(p.Holds, o.holdLostSources(r.config.Owner, known)...)
			p.Holds = append(p.Holds, o.holdUnknownRoles(d, by.people.state)...)
		}
		holds := r.config.Guards.check(o, r.changeable(o), by.past.of(o.ID))
		if !undoing {
			holds = append(holds, r.recalledGuards(o, d, by.seen)...)
		}
		p.Holds = append(p.Holds, o.approve(holds, approved)...)
	}
	p.Holds = append(p.Holds, r.config.Guards.checkRun(p, by.past.run, approved)...)
	p.Notes = append(p.Notes, approved.stale(p.heldByGuards())...)
	r.settle(p)
	r.ration(p, by.past.memory) // after the guards, which are to see the whole wave
	p.matchSaved(by.run)
}

// settle skips what has no seat and keeps the last admins (S19). It looks at
// what is ready, so it speaks again whenever less of a plan is.
func (r *Reconciler) settle(p *Plan) {
	for i := range p.Organizations {
		o := &p.Organizations[i]
		seat(o)
		skipLastAdmins(o, r.config.MinAdmins)
		o.tieRenewals()
		o.Seats.After = o.seatsAfter()
	}
}

// changeable is the base of the guards' percentages: what rollcall may change.
func (r *Reconciler) changeable(o *OrganizationPlan) int {
	if r.config.Removals == RemovalsManaged {
		return o.Ours
	}
	return o.Members
}

// blockUnusable keeps losses waiting where somebody listed cannot be joined
// to anybody: unknown is not gone (S10).
func (r *Reconciler) blockUnusable(d *draft) {
	texts := d.findings.unusable
	if len(texts) == 0 {
		return
	}
	text := fmt.Sprintf("%s cannot be joined to anybody, the first: %s", count(len(texts), "listed member"), slices.Min(texts))
	d.blocks = append(d.blocks, block{rule: "S10", scope: losses, text: text})
}

// block holds what the organization's blocks call for, and names identity conflicts.
func (o *OrganizationPlan) block(d *draft) []Hold {
	var holds []Hold
	for _, b := range d.blocks {
		n := o.waiting(b.scope.has)
		if b.scope != everything && n == 0 {
			o.Notes = append(o.Notes, Note{Rule: b.rule, Organization: o.ID, Text: b.text})
			continue
		}
		o.hold(b.scope.has, ruleName(b.rule))
		holds = append(holds, Hold{Guard: guardNames[b.rule], Rule: b.rule, Organization: o.ID, Text: b.text, Changes: n})
	}
	for _, n := range d.findings.conflicts {
		h := Hold{Guard: guardNames[n.Rule], Rule: n.Rule, Organization: o.ID, Text: n.Text, Conflict: n.conflict}
		if n.Rule == "S06" { // by option, the whole organization waits
			h.Changes = o.waiting(everything.has)
			o.hold(everything.has, ruleName(n.Rule))
		}
		holds = append(holds, h)
	}
	return holds
}

// waiting counts the changes of a kind that a hold keeps.
func (o *OrganizationPlan) waiting(kind func(*Change) bool) int {
	n := 0
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State != Skipped && kind(c) {
			n++
		}
	}
	return n
}

// guardNames name holds that are not about numbers.
var guardNames = map[string]string{
	"S25": "undo", "S02": "identity_conflict", "S06": "ambiguous", "S10": "unreadable_members", "S11": "incomplete_source",
	"S13": "canaries", "S14": "failed_source", "S12": "older_replica", "S15": "missing_group", "S21": "unlisted_role", "S22": "moved_slug", "S28": "clock",
}

// ruleName is a rule with its guard's name, so that a change says in words
// why it waits.
func ruleName(rule string) string {
	if name := guardNames[rule]; name != "" {
		return name + " (" + rule + ")"
	}
	return rule
}

// spent is what was sent between two looks at the counters.
func spent(before, after clerkapi.Stats) clerkapi.Stats {
	out := clerkapi.Stats{Requests: map[string]int{}, Retries: after.Retries - before.Retries, TooMany: after.TooMany - before.TooMany}
	for kind, n := range after.Requests {
		if n -= before.Requests[kind]; n > 0 {
			out.Requests[kind] = n
		}
	}
	return out
}
