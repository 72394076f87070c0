package sync

import (
	"context"
	"errors"

	"rollcall/clerkapi"
)

// exclusiveText marks an add that an exclusive organization refuses for now.
const exclusiveText = "the organization takes nobody who is a member elsewhere"

// applyOne sends one change: the only place where an action becomes a call.
func (r *Reconciler) applyOne(ctx context.Context, c *Change) Outcome {
	var m clerkapi.Membership
	var err error
	switch c.Action {
	case Add:
		m, err = r.clerk.CreateMembership(ctx, c.Organization, clerkapi.NewMembership{
			UserID: c.UserID, Role: c.To, Public: c.Public.raw(), Private: c.Private.raw()})
	case SetRole:
		m, err = r.clerk.SetRole(ctx, c.Organization, c.UserID, c.To)
	case SetMetadata, Adopt:
		m, err = r.clerk.MergeMetadata(ctx, c.Organization, c.UserID, c.Public.raw(), c.Private.raw())
	case Remove:
		m, err = r.clerk.DeleteMembership(ctx, c.Organization, c.UserID)
	case Invite, RevokeInvitation:
		return r.sendInvitation(ctx, c)
	case CreateUser:
		return r.createUser(ctx, c)
	default:
		err = errors.New("unknown action " + c.Action.String())
	}
	o := r.outcome(ctx, c, err)
	if err == nil {
		o.answer = &m
	}
	return o
}

// outcome reads what an error means for the change.
func (r *Reconciler) outcome(ctx context.Context, c *Change, err error) Outcome {
	o := Outcome{Change: *c, Result: Done}
	switch {
	case err == nil:
		return o
	case c.Action == Add && errors.Is(err, clerkapi.ErrAlreadyMember):
		return r.found(ctx, o)
	case c.Action == Remove && saidNotFound(err):
		// The organization was listed a moment ago: it is the member who is gone,
		// by our own hand when the answer to an earlier try was lost.
		if o.Result = Found; tries(err) > 1 {
			o.Result = Done
		}
		return o
	case errors.Is(err, clerkapi.ErrLastAdmin), errors.Is(err, clerkapi.ErrManagedByDirectory):
		o.Result, o.managed = Dropped, errors.Is(err, clerkapi.ErrManagedByDirectory)
	case c.Action == Add && errors.Is(err, clerkapi.ErrExclusive):
		o.Result, o.Error = Dropped, exclusiveText
		return o
	default:
		o.Result = Failed
	}
	o.Error = err.Error()
	o.fatal, o.outage = clerkapi.StopsRun(err), clerkapi.Outage(err)
	if o.Result == Failed && clerkapi.OutcomeUnknown(err) {
		r.readBack(ctx, &o)
	}
	return o
}

// readBack asks Clerk whether a change had its effect although its answer was
// lost: the history, the guards and undo must know (S17, S32).
func (r *Reconciler) readBack(ctx context.Context, o *Outcome) {
	m, member, err := r.clerk.FindMembership(ctx, o.Change.Organization, o.Change.UserID)
	if err != nil || !r.inEffect(&o.Change, &m, member) {
		return
	}
	o.Result, o.Error = Done, ""
	if member && o.Change.Action != Remove {
		o.answer = &m
	}
}

// tries is how often the call of an error was sent.
func tries(err error) int {
	if e, ok := errors.AsType[*clerkapi.Error](err); ok {
		return e.Attempts
	}
	return 0
}

// saidNotFound reports whether it was Clerk who said so, by its code: any proxy
// answers 404, and somebody who is still a member would pass for gone.
func saidNotFound(err error) bool {
	e, ok := errors.AsType[*clerkapi.Error](err)
	return ok && e.Code != "" && errors.Is(e, clerkapi.ErrNotFound)
}

// found re-reads a membership that exists already: ours only when it carries
// the marker that the lost answer would have shown (S33).
func (r *Reconciler) found(ctx context.Context, o Outcome) Outcome {
	m, ok, err := r.clerk.FindMembership(ctx, o.Change.Organization, o.Change.UserID)
	switch {
	case err != nil:
		o.Result, o.Error = Failed, err.Error()
	case !ok:
		o.Result, o.Error = Failed, "Clerk says that the membership exists, and does not list it; run again"
	default:
		o.answer = &m
		if !r.marked(&m, &o.Change) {
			o.Result, o.Error = Found, "somebody else added the membership first; it is not ours"
		}
	}
	return o
}
