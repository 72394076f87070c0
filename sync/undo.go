package sync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
	whole := r.roster()
	whole.NeedsAll = true
	have, err := whole.Read(ctx, names, nil, roster.Past{Invited: past.memory.SentInvitations() || slices.ContainsFunc(done, (*undo.Reversal).Invites), Unsettled: past.recovered.Unsettled})
	if err != nil {
		return nil, err
	}
	u, err := newUndoer(ctx, r, past, read, have)
	if err != nil {
		return nil, err
	}
	seen, judged, err := u.plan(ctx, run, done)
	if err != nil {
		return nil, err
	}
	return r.conclude(ctx, run, past, seen, judged)
}

// undoer plans undos from what was read once.
type undoer struct {
	*Reconciler
	past        *past
	read        *directory.Reading
	have        *roster.Roster
	people      *identity.Resolver
	readmission *undo.Readmission
}

func newUndoer(ctx context.Context, r *Reconciler, past *past, read *directory.Reading, have *roster.Roster) (*undoer, error) {
	people, err := r.identity().With(read, have, past.memory).Join(ctx, identity.Wanted{})
	if err != nil {
		return nil, err
	}
	return &undoer{r, past, read, have, people, undo.NewReadmission(r.config, r.rules, r.now, read, people, past.memory)}, nil
}

// plan makes the plan that takes the changes of earlier runs back.
func (u *undoer) plan(ctx context.Context, run Run, done []*undo.Reversal) (*diff.Comparison, *plan.Plan, error) {
	if err := u.people.Load(ctx, undo.AccountsOf(done), "read the accounts to be opened"); err != nil {
		return nil, nil, err
	}
	seen := &diff.Comparison{Read: u.read, Assigned: assign.GoneOrganizations(undo.OrganizationsOf(done)), Have: u.have, Memory: u.past.memory, People: u.people,
		Proposals: undo.ReverseAccounts(done, u.people.Users, undo.Reverse(u.config, done, u.have))}
	if err := u.diff().ReadSubjects(ctx, seen.Proposals, u.people); err != nil {
		return nil, nil, err
	}
	u.readmission.Judge(seen.Proposals, done)
	seen.Plan = u.diff().Plan(seen, nil)
	seen.Plan.Undoes, seen.Plan.Reversed, seen.Plan.Instance = run.Undo, undo.Results(done), u.past.instance
	if u.past.memory != nil {
		seen.Plan.Writers = u.past.memory.Writers
	}
	readSeats(ctx, u.clerk, u.now(), seen)
	exceptional{u.Reconciler}.noteUndone(seen.Plan, u.past.memory)
	return seen, u.guard().Judge(seen, run.asked(u.past, seen)), nil
}

// undoOf plans undos of some changes, one for each run that made them, beside a run
// that has read the sources and Clerk already. The rules have used up what it read of
// the sources, so they are read again.
func undoOf(r *Reconciler, past *past, seen *diff.Comparison) func(context.Context, [][]journal.Change) ([]*plan.Plan, error) {
	return func(ctx context.Context, runs [][]journal.Change) ([]*plan.Plan, error) {
		all := undo.ReversalsOf(slices.Concat(runs...))
		read, err := readConcerned(ctx, r.directory().Again(seen.Read), all)
		if err != nil {
			return nil, err
		}
		maps.Copy(read.Failed, seen.Read.Failed)
		have, err := rosterOf(ctx, r, undo.OrganizationsOf(all), seen.Have, past)
		if err != nil {
			return nil, err
		}
		u, err := newUndoer(ctx, r, past, read, have)
		if err != nil {
			return nil, err
		}
		plans := make([]*plan.Plan, len(runs))
		for i, changes := range runs {
			if _, plans[i], err = u.plan(ctx, Run{Undo: []int64{changes[0].Run}}, undo.ReversalsOf(changes)); err != nil {
				return nil, err
			}
		}
		return plans, nil
	}
}

// rosterOf is the part of the roster with some organizations. If one is missing there,
// Clerk is asked for all of them.
func rosterOf(ctx context.Context, r *Reconciler, ids []string, have *roster.Roster, past *past) (*roster.Roster, error) {
	part := *have
	part.Organizations, part.Unknown, part.Unread = nil, nil, nil
	for _, o := range have.Organizations {
		if slices.Contains(ids, o.ID) {
			part.Organizations = append(part.Organizations, o)
		}
	}
	if len(part.Organizations) == len(ids) {
		return &part, nil
	}
	quiet := r.roster()
	quiet.Watcher, quiet.NeedsAll = nil, true
	return quiet.Read(ctx, ids, nil, roster.Past{Invited: past.memory.SentInvitations(), Unsettled: past.recovered.Unsettled})
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
// next run would make the changes again (S25). Accounts need no pause: the leaver ladder
// closes none without a removal.
func (r *Reconciler) applyUndo(ctx context.Context, report *Report, s *diff.Comparison, approved *guard.Approvals) error {
	for i := range report.Plan.Organizations {
		o := &report.Plan.Organizations[i]
		if o.Ready() == 0 || o.IsAccounts() || s.Memory.PausedBy(o.ID) != nil {
			continue
		}
		reason := fmt.Sprintf("undo of run %s; fix the source or the rules first", numbers(report.Plan.Undoes))
		if err := r.journal.Pause(ctx, journal.Pause{Organization: o.ID, Reason: reason, By: "rollcall undo", Run: r.run}); err != nil {
			return fmt.Errorf("pause %s: %w", o.Label(), err)
		}
	}
	if err := (exceptional{r}).endUndone(ctx, report.Plan, s.Memory); err != nil {
		return err
	}
	n := r.newUpdate(s.Memory)
	forgetDemoted(n, report.Plan)
	forgetOpened(n, report.Plan)
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
