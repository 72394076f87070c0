package apply

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// Recovery is what a run found out about an earlier run that was killed.
type Recovery struct {
	// Run is the number of the earlier run. It is 0 if none was cut off, or if Clerk
	// told nothing about its changes.
	Run int64
	// Unsettled are the organizations in which Clerk did not say whether a change had
	// its effect, with the cause. They wait; the others go on (S40).
	Unsettled map[string]error
}

// Recover completes the journal of an earlier run that was killed. It asks
// Clerk whether each open change had its effect (S32). An error is one of the
// journal, or an interruption.
func (r *Sender) Recover(ctx context.Context) (Recovery, error) {
	open, err := r.Journal.Unfinished(ctx)
	if err != nil || len(open) == 0 {
		return Recovery{}, roster.Wrap("read the history", err)
	}
	outcomes, faults := r.investigateAll(ctx, open)
	found, settled := Recovery{Unsettled: map[string]error{}}, outcomes[:0]
	for i, err := range faults {
		if err != nil {
			found.Unsettled[open[i].Organization] = fmt.Errorf("check in Clerk the changes of run %d, which was cut off: %w", open[i].Run, err)
			continue
		}
		found.Run, settled = open[i].Run, append(settled, outcomes[i])
	}
	return found, roster.Wrap("record the outcome of a run that was cut off", r.Journal.Record(ctx, settled))
}

// investigateAll looks at changes side by side. The outcome of one counts if its
// fault is nil.
func (r *Sender) investigateAll(ctx context.Context, open []journal.Change) ([]journal.Outcome, []error) {
	outcomes, faults := make([]journal.Outcome, len(open)), make([]error, len(open))
	pending := r.readPending(ctx, open)
	var group errgroup.Group
	group.SetLimit(inFlight)
	for i := range open {
		group.Go(func() error {
			outcomes[i], faults[i] = r.investigate(ctx, &open[i], pending)
			return nil
		})
	}
	_ = group.Wait() // faults carry the errors
	return outcomes, faults
}

// investigate looks whether a change had its effect.
func (r *Sender) investigate(ctx context.Context, e *journal.Change, pending pendingList) (journal.Outcome, error) {
	out := journal.Outcome{ID: e.ID, Result: string(NotSent)}
	c, err := memory.ChangeOf(e)
	if err != nil {
		return out, err
	}
	switch c.Action {
	case plan.Invite, plan.RevokeInvitation:
		return r.investigateInvitation(&c, out, pending)
	case plan.CreateUser:
		if out.UserID, _, err = r.createdAs(ctx, &c, true); out.UserID != "" {
			out.Result = string(Done)
		}
		return out, err
	case plan.Lock, plan.Ban, plan.Unlock, plan.Unban, plan.EndSessions, plan.RevokeAPIKeys:
		done, _, err := accountSender{r}.isChanged(ctx, &c)
		if done {
			out.Result = string(Done)
		}
		return out, err
	case plan.Add, plan.SetRole, plan.SetMetadata, plan.Adopt, plan.Remove:
	}
	m, member, err := r.Clerk.FindMembership(ctx, c.Organization, c.UserID)
	if err != nil {
		return out, err
	}
	if member && c.Action != plan.Remove {
		out.After = plan.SnapshotOf(&m)
	}
	switch {
	case !r.inEffect(&c, &m, member):
	case c.Action == plan.Add && existedBefore(e, &c, &m):
		out.Result = string(Found)
	default:
		out.Result = string(Done)
	}
	return out, nil
}

// existedBefore reports whether a membership with the marker of an add is older than the
// add: a stale list did not show it. An add that is found is not undone (S33). If it
// counted as done, a lesser role would look like one that somebody took by hand (S30). A
// lesser role alone proves nothing: somebody may have taken the role by hand meanwhile.
func existedBefore(e *journal.Change, c *plan.Change, m *clerkapi.Membership) bool {
	if m.CreatedAt == 0 {
		return isOlder(c, m)
	}
	return time.UnixMilli(m.CreatedAt).Before(e.Intended.Add(-memory.MaxSkew))
}

// pendingList is the pending invitations, or why they could not be read.
type pendingList struct {
	list []clerkapi.Invitation
	err  error
}

// readPending reads the pending invitations if one of the changes is about an
// invitation.
func (r *Sender) readPending(ctx context.Context, open []journal.Change) (p pendingList) {
	if slices.ContainsFunc(open, func(e journal.Change) bool {
		return e.Action == plan.Invite.String() || e.Action == plan.RevokeInvitation.String()
	}) {
		p.list, p.err = r.Clerk.PendingInvitations(ctx)
	}
	return p
}

// investigateInvitation looks whether an invitation is pending.
func (r *Sender) investigateInvitation(c *plan.Change, out journal.Outcome, pending pendingList) (journal.Outcome, error) {
	if pending.err != nil {
		return out, pending.err
	}
	var o Outcome
	o.settleBy(c, r.pendingFor(pending.list, c))
	if o.Result != Done {
		return out, nil
	}
	o.Change = *c
	return o.journalEntry(out.ID, r.Config.Invitations), nil
}

// inEffect reports whether Clerk shows the effect of a change.
func (r *Sender) inEffect(c *plan.Change, m *clerkapi.Membership, member bool) bool {
	switch c.Action {
	case plan.Add:
		return member && r.hasMarkerOf(m, c) // else it is not ours (S33)
	case plan.Remove:
		// Without the marker that it had, the membership is a newer one.
		return !member || c.ID != "" && !r.hasMarkerOf(m, c)
	case plan.SetRole:
		return member && m.Role == c.To
	case plan.SetMetadata, plan.Adopt:
		public, _, _ := plan.Patch(plan.Decode([]byte(c.Public)), plan.Decode(m.Public))
		private, _, _ := plan.Patch(plan.Decode([]byte(c.Private)), plan.Decode(m.Private))
		return member && len(public)+len(private) == 0
	default: // no membership shows it
	}
	return false
}

// hasMarkerOf reports whether a membership carries the marker of the add
// (S33).
func (r *Sender) hasMarkerOf(m *clerkapi.Membership, c *plan.Change) bool {
	return r.isMarkerOf(plan.ParseMarker(m.Private), c)
}
