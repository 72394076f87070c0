package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/sync/assign"
	"rollcall/sync/diff"
	"rollcall/sync/directory"
	"rollcall/sync/guard"
	"rollcall/sync/identity"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
	"rollcall/sync/undo"
)

// Chain lists a run and the runs before it that were cut off. A run that
// finished the work of a killed run belongs with it. A run in between that
// failed before it could recover does not belong to the chain.
func Chain(ctx context.Context, j Journal, run int64) ([]int64, error) {
	runs, err := j.Runs(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
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

// Undo takes runs back (S25). It reads the changes of the runs, the people in
// the sources, and the members in Clerk, and sends the changes that restore
// the rest through the same guards.
func (r *Reconciler) Undo(ctx context.Context, run Run) (*Report, error) {
	exceptions, err := exceptional{r}.read(ctx, run)
	if err != nil {
		return nil, err
	}
	past, err := r.recall(ctx, run, exceptions)
	if err != nil {
		return nil, err
	}
	done, err := undo.Reversals(ctx, r.journal, run.Undo)
	if err != nil {
		return nil, err
	}
	read, err := readConcerned(ctx, r.directory(), done)
	if err != nil {
		return nil, err
	}
	names := undo.OrganizationsOf(done)
	have, err := r.roster().Read(ctx, names, nil, roster.Past{Invited: past.memory.SentInvitations() || slices.ContainsFunc(done, (*undo.Reversal).Invites), Unsettled: past.recovered.Unsettled})
	if err != nil {
		return nil, err
	}
	seen, judged, err := r.planUndo(ctx, run, past, read, have, done)
	if err != nil {
		return nil, err
	}
	return r.conclude(ctx, run, past, seen, judged)
}

// planUndo makes the plan that takes the changes of earlier runs back.
func (r *Reconciler) planUndo(ctx context.Context, run Run, past *past, read *directory.Reading, have *roster.Roster, done []*undo.Reversal) (*diff.Comparison, *plan.Plan, error) {
	people, err := r.identity().With(read, have, past.memory).Join(ctx, identity.Wanted{})
	if err != nil {
		return nil, nil, err
	}
	seen := &diff.Comparison{Read: read, Assigned: assign.GoneOrganizations(undo.OrganizationsOf(done)), Have: have, Memory: past.memory, People: people, Proposals: undo.Reverse(r.config, done, have)}
	if err := r.diff().ReadSubjects(ctx, seen.Proposals, people); err != nil {
		return nil, nil, err
	}
	undo.NewReadmission(r.config, r.rules, r.now, read, people, past.memory).Judge(seen.Proposals, done)
	seen.Plan = r.diff().Plan(seen, nil)
	seen.Plan.Undoes, seen.Plan.Reversed, seen.Plan.Instance = run.Undo, undo.Results(done), past.instance
	if past.memory != nil {
		seen.Plan.Writers = past.memory.Writers
	}
	readSeats(ctx, r.clerk, r.now(), seen)
	exceptional{r}.noteUndone(seen.Plan, past.memory)
	return seen, r.guard().Judge(seen, run.asked(past)), nil
}

// readConcerned reads the sources, and asks them also for the people of the
// reversals. An undo goes on without a source that cannot be read: the journal
// knows the people to remove, and people to add back must be in a source.
func readConcerned(ctx context.Context, reader *directory.Reader, done []*undo.Reversal) (*directory.Reading, error) {
	also := map[string][]string{}
	for _, v := range done {
		name := reader.Config.PresentName(v.Entry.Source)
		if who := cmp.Or(v.Entry.PersonID, v.Entry.Email); who != "" {
			also[name] = append(also[name], who)
		}
	}
	read, err := reader.ReadAlso(ctx, func(source string) []string { return slices.Concat(also[source], also[""]) })
	if err != nil {
		return nil, fmt.Errorf("read the sources: %w", err)
	}
	for i := range read.Failures {
		f := &read.Failures[i]
		f.Text = fmt.Sprintf("read source %s: %s", f.Source, f.Text)
	}
	return read, nil
}

// applyUndo pauses the organizations before it sends anything: otherwise the
// next run would make the changes again (S25).
func (r *Reconciler) applyUndo(ctx context.Context, report *Report, s *diff.Comparison, approved *guard.Approvals) error {
	for i := range report.Plan.Organizations {
		o := &report.Plan.Organizations[i]
		if o.Ready() == 0 || s.Memory.PausedBy(o.ID) != nil {
			continue
		}
		reason := fmt.Sprintf("undo of run %s; run rollcall resume when the source or the rules are fixed", numbers(report.Plan.Undoes))
		if err := r.journal.Pause(ctx, journal.Pause{Organization: o.ID, Reason: reason, By: "rollcall undo", Run: r.run}); err != nil {
			return fmt.Errorf("pause %s: %w", o.Label(), err)
		}
	}
	if err := (exceptional{r}).endUndone(ctx, report.Plan, s.Memory); err != nil {
		return err
	}
	n := r.newUpdate(s.Memory)
	forgetDemoted(n, report.Plan)
	if err := r.memory().Commit(ctx, n.Update); err != nil {
		return err
	}
	r.apply().Send(ctx, report.Plan, s.Have.ByID(), s.Memory, &report.Sent)
	if report.Fault != "" {
		return nil
	}
	n = r.newUpdate(s.Memory)
	rememberUndoneAdmins(n, report)
	rememberManaged(n, report)
	rememberRefusals(n, report, false)
	rememberSent(n, report)
	ctx = context.WithoutCancel(ctx)
	err := r.memory().Commit(ctx, n.Update)
	if err == nil {
		err = useApprovals(ctx, r.journal, approved, &report.Sent)
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
