package sync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/journal"
)

// Chain lists a run and those before it that were cut off, one by one: what a
// run did before it was killed, and what the next one finished, is one story. A
// run in between that failed before it could look back is no part of it.
func Chain(ctx context.Context, j Journal, run int64) ([]int64, error) {
	runs, err := j.Runs(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	out := []int64{run}
	recovered := int64(0)
	for _, r := range runs { // the newest first
		switch {
		case r.ID > run:
		case r.ID == run:
			recovered = r.Recovers
		case r.ID == recovered:
			out, recovered = append(out, r.ID), r.Recovers
		case r.Finished.IsZero():
			out, recovered = append(out, r.ID), cmp.Or(r.Recovers, recovered)
		case r.ID < recovered || recovered == 0:
			return out, nil
		}
	}
	return out, nil
}

// undo is the story of taking runs back (S25): read what they did, read the
// sources to see who is still there, read Clerk to see what has moved since,
// and send what restores the rest through the same guards.
func (r *Reconciler) undo(ctx context.Context, run Run) (*Report, error) {
	before := r.clerk.Stats()
	recovered, past, err := r.lookBack(ctx, run)
	if err != nil {
		return nil, err
	}
	done, err := r.reversals(ctx, run.Undo)
	if err != nil {
		return nil, err
	}
	read, err := r.readFor(ctx, done)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, v := range done {
		names[v.entry.Organization] = true
	}
	have, err := r.readClerk(ctx, slices.Sorted(maps.Keys(names)), nil, past.memory)
	if err != nil {
		return nil, fmt.Errorf("read Clerk: %w", err)
	}
	if slices.ContainsFunc(done, (*reversal).invites) {
		if err := r.readInvitations(ctx, have); err != nil {
			return nil, fmt.Errorf("read Clerk: %w", err)
		}
	}
	people, err := r.resolve(ctx, read.directory, wanted{}, have, past.memory)
	if err != nil {
		return nil, err
	}
	back := r.reverse(done, have)
	if err := r.readUsers(ctx, back, people); err != nil {
		return nil, err
	}
	r.newWelcome(read, people, past.memory).judge(back)
	assigned := &assignments{past: names} // an organization that is gone needs nothing taken back
	plan := r.plan(read, assigned, have, people, back, nil)
	plan.Undoes = run.Undo
	seen := seen{read: read, assigned: assigned, have: have, drafts: back, memory: past.memory, past: past,
		approved: past.memory.approvals(run, r.now())}
	report := &Report{Plan: r.judged(plan, grounding{people, past, seen, run}), Applied: run.Apply, Recovered: recovered}
	r.price(report.Plan, before)
	if run.Apply {
		if err := r.applyUndo(ctx, report, seen); err != nil {
			return nil, err
		}
	}
	report.count(before, r.clerk.Stats())
	return report, nil
}

// readFor reads the sources, with everybody whom the changes are about. Undo
// goes on without a source that cannot be read: whom it takes away is known
// from the journal, and who is let in must be seen.
func (r *Reconciler) readFor(ctx context.Context, done []*reversal) (*reading, error) {
	also := map[string][]string{}
	for _, v := range done {
		name := r.config.presentName(v.entry.Source)
		also[name] = append(also[name], v.entry.PersonID)
		if v.entry.PersonID == "" {
			also[name] = append(also[name], v.entry.Email)
		}
	}
	snapshots, faults := make([]*source.Snapshot, len(r.sources)), make([]error, len(r.sources))
	for i, s := range r.sources {
		want := r.requestFor(s.Name())
		want.Also = unique(slices.DeleteFunc(append(slices.Clone(also[s.Name()]), also[""]...), func(s string) bool { return s == "" }))
		snapshots[i], faults[i] = s.Read(ctx, want)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read the sources: %w", err)
	}
	read := &reading{failed: map[string]bool{}}
	var whole []*source.Snapshot
	for i, err := range faults {
		if err == nil {
			whole = append(whole, snapshots[i])
			continue
		}
		name := r.sources[i].Name()
		read.failed[name] = true
		read.failures = append(read.failures, Failure{Source: name, Text: fmt.Sprintf("read source %s: %v", name, err)})
	}
	read.directory = newDirectory(whole, r.now(), r.config.SameIDs)
	read.directory.failed = read.failed
	return read, nil
}

// reverse makes the changes that take the runs back, organization by organization.
func (r *Reconciler) reverse(done []*reversal, have *state) []*draft {
	drafts := map[string]*draft{}
	var list []*draft
	for _, o := range have.organizations {
		if o.err == nil {
			drafts[o.ID] = &draft{state: o, findings: &findings{organization: o.ID}}
			list = append(list, drafts[o.ID])
		}
	}
	for _, v := range done {
		d := drafts[v.entry.Organization]
		if d == nil {
			continue // the organization is gone, or could not be read: the plan says so
		}
		m := d.state.member(v.entry.UserID)
		changes, why := v.changes(m, d.state.invited[v.entry.Email], have.roles)
		if m != nil && m.marker != nil && m.marker.Owner != r.config.Owner && !r.config.Takeover && len(changes) > 0 {
			changes, why = nil, fmt.Sprintf("belongs to %q (its marker) (S26)", m.marker.Owner)
		}
		d.changes = append(d.changes, changes...)
		if why != "" {
			d.findings.note("S25", v.entry.Email, fmt.Sprintf("%s: %s; left as it is", v.entry.Email, why))
		}
	}
	for _, d := range list {
		slices.SortFunc(d.changes, compareChanges)
	}
	return list
}

// readUsers reads everybody who would gain or lose something: the admin's
// lists may mean them, and so may the source (S04, S08).
func (r *Reconciler) readUsers(ctx context.Context, drafts []*draft, v *resolver) error {
	var ids []string
	for _, d := range drafts {
		for i := range d.changes {
			if c := &d.changes[i]; c.UserID != "" && (c.gives() || r.mustRead(c)) {
				ids = append(ids, c.UserID)
			}
		}
	}
	users, err := findUsers(ctx, r.clerk, clerkapi.UserQuery{IDs: unique(ids)}, len(ids))
	if err != nil {
		return fmt.Errorf("read the users to be changed: %w", err)
	}
	v.remember(users)
	return nil
}

// applyUndo pauses what it touches before it sends anything: the next run
// would do it all again (S25).
func (r *Reconciler) applyUndo(ctx context.Context, report *Report, s seen) error {
	for i := range report.Plan.Organizations {
		o := &report.Plan.Organizations[i]
		if o.ready() == 0 || s.memory.pausedBy(o.ID) != nil {
			continue
		}
		reason := fmt.Sprintf("undo of run %s; resume when the source or the rules are right", numbers(report.Plan.Undoes))
		if err := r.journal.Pause(ctx, journal.Pause{Organization: o.ID, Reason: reason, By: "rollcall undo", Run: r.run}); err != nil {
			return fmt.Errorf("pause %s: %w", o.Label(), err)
		}
	}
	r.apply(ctx, report, s)
	if report.Fault != "" {
		return nil
	}
	n := &notebook{memory: s.memory}
	n.rememberManaged(report)
	r.rememberSent(n, report)
	ctx = context.WithoutCancel(ctx)
	err := r.commit(ctx, n)
	if err == nil {
		err = r.useApprovals(ctx, s.approved, report)
	}
	if err != nil {
		report.Fault = err.Error()
	}
	return nil
}

func numbers(runs []int64) string {
	words := make([]string, len(runs))
	for i, run := range runs {
		words[i] = fmt.Sprint(run)
	}
	return strings.Join(words, ", ")
}
