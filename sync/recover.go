package sync

import (
	"context"
	"fmt"
	stdsync "sync"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/sync/journal"
)

// recoverRun settles what an earlier run sent, or was about to send, when it was
// killed: Clerk is asked whether each change had its effect (S32). It answers
// the run that was cut off; 0 when none was.
func (r *Reconciler) recoverRun(ctx context.Context) (int64, error) {
	open, err := r.journal.Unfinished(ctx)
	if err != nil || len(open) == 0 {
		return 0, wrap("read the journal", err)
	}
	outcomes := make([]journal.Outcome, len(open))
	pending := stdsync.OnceValues(func() ([]clerkapi.Invitation, error) { return r.clerk.PendingInvitations(ctx) })
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(inFlight)
	for i := range open {
		group.Go(func() (err error) {
			outcomes[i], err = r.investigate(groupCtx, &open[i], pending)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return 0, fmt.Errorf("find out what became of the changes of run %d, which was cut off: %w", open[len(open)-1].Run, err)
	}
	return open[len(open)-1].Run, wrap("write down what became of a run that was cut off", r.journal.Record(ctx, outcomes))
}

// investigate looks whether a change had its effect.
func (r *Reconciler) investigate(ctx context.Context, e *journal.Change, pending listing) (journal.Outcome, error) {
	out := journal.Outcome{ID: e.ID, Result: string(NotSent)}
	c, err := recalled(e)
	if err != nil {
		return out, err
	}
	switch c.Action {
	case Invite, RevokeInvitation:
		return r.investigateInvitation(&c, out, pending)
	case CreateUser:
		if out.UserID, _, err = r.createdAs(ctx, &c); out.UserID != "" {
			out.Result = string(Done)
		}
		return out, err
	case Add, SetRole, SetMetadata, Adopt, Remove:
	}
	m, member, err := r.clerk.FindMembership(ctx, c.Organization, c.UserID)
	if err != nil {
		return out, err
	}
	if member && c.Action != Remove {
		out.After = snapshotOf(&m)
	}
	if r.inEffect(&c, &m, member) {
		out.Result = string(Done)
	}
	return out, nil
}

// listing reads the pending invitations, once.
type listing func() ([]clerkapi.Invitation, error)

// investigateInvitation looks whether an invitation is pending.
func (r *Reconciler) investigateInvitation(c *Change, out journal.Outcome, pending listing) (journal.Outcome, error) {
	list, err := pending()
	if err != nil {
		return out, err
	}
	var o Outcome
	o.settle(c, r.pendingFor(list, c))
	if o.Result != Done {
		return out, nil
	}
	o.Change = *c
	return o.entry(out.ID), nil
}

// inEffect reports whether Clerk shows what the change was to bring about.
func (r *Reconciler) inEffect(c *Change, m *clerkapi.Membership, member bool) bool {
	switch c.Action {
	case Add:
		return member && r.marked(m, c) // else it is not ours (S33)
	case Remove:
		// Without the marker that it had, the membership is a newer one.
		return !member || c.ID != "" && !r.marked(m, c)
	case SetRole:
		return member && m.Role == c.To
	case SetMetadata, Adopt:
		public, _, _ := patch(decodeObject([]byte(c.Public)), decodeObject(m.Public))
		private, _, _ := patch(decodeObject([]byte(c.Private)), decodeObject(m.Private))
		return member && len(public)+len(private) == 0
	case Invite, CreateUser, RevokeInvitation:
	}
	return false
}

// marked reports whether a membership carries the marker that the add sent (S33).
func (r *Reconciler) marked(m *clerkapi.Membership, c *Change) bool {
	return r.carries(parseMarker(m.Private), c)
}
