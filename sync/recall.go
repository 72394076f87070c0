package sync

import (
	"cmp"
	"context"
	"fmt"

	"rollcall/clerkapi"
	"rollcall/sync/apply"
	"rollcall/sync/exception"
	"rollcall/sync/guard"
	"rollcall/sync/memory"
	"rollcall/sync/roster"
)

// WithJournal gives a run the history, and the number that its changes are
// written under; a dry run has none. A nil Journal is that of a state
// directory before its first run.
func WithJournal(j Journal, run int64) Option {
	return func(r *Reconciler) { r.journal, r.run, r.remembers = j, run, true }
}

// past is what earlier runs left.
type past struct {
	instance  clerkapi.Instance
	recovered apply.Recovery // of a run that was cut off
	memory    *memory.Memory
	history   *guard.History
	approved  *guard.Approvals
	seats     *seats // that this run has read
}

// roster is the part of the past that the roster is read by.
func (p *past) roster() roster.Past {
	return roster.Past{Invited: p.memory.SentInvitations(), Leavers: p.memory.Leavers(), Unsettled: p.recovered.Unsettled}
}

// recall completes a run that was cut off, if this run may write, and reads
// what earlier runs left.
func (r *Reconciler) recall(ctx context.Context, run Run, exceptions []exception.Exception) (*past, error) {
	out := &past{}
	var err error
	if out.instance, err = r.readInstance(ctx); err != nil {
		return nil, err
	}
	if r.journal != nil && run.Apply {
		if out.recovered, err = r.apply().Recover(ctx); err != nil {
			return nil, err
		}
		r.recovered = cmp.Or(out.recovered.Run, r.recovered)
	}
	if out.memory, err = r.memory().Load(ctx); err != nil {
		return nil, err
	}
	if out.memory != nil {
		out.memory.Exceptions = exceptions
	}
	if err := r.recallAdmins(ctx, out.memory, run); err != nil {
		return nil, err
	}
	if out.approved, err = guard.ApprovalsOf(ctx, run.Approve, r.journal, out.memory, r.now()); err != nil {
		return nil, err
	}
	out.history, err = guard.ReadHistory(ctx, r.journal, r.config.Owner, r.now())
	return out, err
}

// readInstance reads which instance this is, as every plan says (S41). A history
// of another one is refused (S31).
func (r *Reconciler) readInstance(ctx context.Context) (clerkapi.Instance, error) {
	instance, err := r.clerk.Instance(ctx)
	if err != nil {
		return instance, fmt.Errorf("read Clerk: read the instance: %w", err)
	}
	if r.journal == nil {
		return instance, nil
	}
	return instance, r.journal.Bind(ctx, instance)
}
