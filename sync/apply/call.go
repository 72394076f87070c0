package apply

import (
	"context"
	"errors"
	"fmt"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
)

// call sends one change. It is the only place where an action becomes a call.
func (r *Sender) call(ctx context.Context, c *plan.Change) Outcome {
	var m clerkapi.Membership
	var err error
	switch c.Action {
	case plan.Add:
		m, err = r.Clerk.CreateMembership(ctx, c.Organization, clerkapi.NewMembership{
			UserID: c.UserID, Role: c.To, Public: c.Public.Raw(), Private: c.Private.Raw()})
	case plan.SetRole:
		m, err = r.Clerk.SetRole(ctx, c.Organization, c.UserID, c.To)
	case plan.SetMetadata, plan.Adopt:
		m, err = r.Clerk.MergeMetadata(ctx, c.Organization, c.UserID, c.Public.Raw(), c.Private.Raw())
	case plan.Remove:
		m, err = r.Clerk.DeleteMembership(ctx, c.Organization, c.UserID)
	case plan.Invite, plan.RevokeInvitation:
		return r.sendInvitation(ctx, c)
	case plan.CreateUser:
		return r.createUser(ctx, c)
	case plan.Lock, plan.Ban, plan.Unlock, plan.Unban, plan.EndSessions, plan.RevokeAPIKeys:
		return accountSender{r}.change(ctx, c)
	default:
		err = errors.New("unknown action " + c.Action.String())
	}
	o := r.outcomeOf(ctx, c, err)
	if err == nil {
		o.answer = &m
	}
	return o
}

// outcomeOf translates the error of a call into the outcome of the change.
func (r *Sender) outcomeOf(ctx context.Context, c *plan.Change, err error) Outcome {
	o := Outcome{Change: *c, Result: Done}
	switch {
	case err == nil:
		return o
	case c.Action == plan.Add && errors.Is(err, clerkapi.ErrAlreadyMember):
		return r.adoptExisting(ctx, o)
	case c.Action == plan.Remove && clerkSaidNotFound(err):
		return r.confirmGone(ctx, o, err)
	case !c.Grants() && errors.Is(err, clerkapi.ErrLastAdmin), errors.Is(err, clerkapi.ErrManagedByDirectory):
		o.Result, o.Reason = Dropped, plan.LastAdmin
		if o.Managed = errors.Is(err, clerkapi.ErrManagedByDirectory); o.Managed {
			o.Reason = plan.ManagedByClerk
		}
	case c.Action == plan.Add && errors.Is(err, clerkapi.ErrExclusive):
		return deferred(c, OtherMembership)
	case o.refuse(err):
		return o
	default:
		o.Result = Failed
	}
	o.Error = err.Error()
	if o.Result == Failed {
		o.Code = failureCode(err)
	}
	o.fatal, o.outage = clerkapi.StopsRun(err), clerkapi.Outage(err)
	if o.Result == Failed && clerkapi.OutcomeUnknown(err) {
		r.readBack(ctx, &o)
	}
	return o
}

// readBack asks Clerk whether a change had its effect although its answer was
// lost: the history, the guards and undo must know (S17, S32).
func (r *Sender) readBack(ctx context.Context, o *Outcome) {
	m, member, err := r.Clerk.FindMembership(ctx, o.Change.Organization, o.Change.UserID)
	if err != nil || !r.inEffect(&o.Change, &m, member) || isOlder(&o.Change, &m) {
		return
	}
	o.Result, o.Error, o.Code = Done, "", ""
	if member && o.Change.Action != plan.Remove {
		o.answer = &m
	}
}

// confirmGone asks whether somebody is gone whom Clerk says that it cannot find.
// It says the same where a key may not see the organization, and then a leaver
// would stay in silence (S39). If an earlier try lost its answer, it was our own
// call that removed them.
func (r *Sender) confirmGone(ctx context.Context, o Outcome, said error) Outcome {
	_, member, err := r.Clerk.FindMembership(ctx, o.Change.Organization, o.Change.UserID)
	switch {
	case err != nil || member:
		o.Result, o.Error, o.Code = Failed, said.Error(), failureCode(said)
	case tries(said) <= 1:
		o.Result = Found
	}
	return o
}

// tries is how often the call of an error was sent.
func tries(err error) int {
	if e, ok := errors.AsType[*clerkapi.Error](err); ok {
		return e.Attempts
	}
	return 0
}

// clerkSaidNotFound reports whether Clerk itself answered that something does
// not exist, by its error code. Any proxy can answer 404, and then the person
// may still be a member.
func clerkSaidNotFound(err error) bool {
	e, ok := errors.AsType[*clerkapi.Error](err)
	return ok && e.Code != "" && errors.Is(e, clerkapi.ErrNotFound)
}

// adoptExisting reads a membership again that exists already. It is ours only
// with the marker that the lost answer would have shown (S33).
func (r *Sender) adoptExisting(ctx context.Context, o Outcome) Outcome {
	m, ok, err := r.Clerk.FindMembership(ctx, o.Change.Organization, o.Change.UserID)
	switch {
	case err != nil:
		o.Result, o.Error = Failed, err.Error()
	case !ok:
		o.Result, o.Error = Failed, "Clerk says that the membership exists, but does not list it; run again"
	default:
		o.answer = &m
		switch {
		case !r.hasMarkerOf(&m, &o.Change):
			o.Result, o.Error = Found, "somebody else added the membership first, so rollcall does not manage it"
		case isOlder(&o.Change, &m):
			o.Result, o.Error = Found, fmt.Sprintf("an earlier run added the membership with the role %s, but Clerk did not list it; run again", m.Role)
		}
	}
	return o
}

// isOlder reports whether a membership that an add has met is one of an earlier run,
// which a stale list did not show: it has another role. If it counted as added now,
// the next run would think that somebody took the role by hand (S30).
func isOlder(c *plan.Change, m *clerkapi.Membership) bool {
	return c.Action == plan.Add && m.Role != c.To
}
