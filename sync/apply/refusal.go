package apply

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	stdsync "sync"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
)

// refusalKinds are the errors of Clerk that concern a whole organization or
// instance, with their reasons.
var refusalKinds = []struct {
	err    error
	reason plan.Reason
}{
	{clerkapi.ErrSeats, plan.SeatRefused},
	{clerkapi.ErrUserQuota, plan.UserQuota},
	{clerkapi.ErrMail, plan.MailRefused},
	{clerkapi.ErrQuota, plan.QuotaRefused},
	{clerkapi.ErrPlan, plan.PlanRefused},
	{clerkapi.ErrRoleMigration, plan.RoleMigration},
}

// refusalReason is the reason for which Clerk refused the organization or the
// instance of a change; 0 for any other error. A loss is never left out for such
// a reason: its refusal is a failure (S39).
func refusalReason(c *plan.Change, err error) plan.Reason {
	if !c.Grants() {
		return 0
	}
	for _, k := range refusalKinds {
		switch {
		case !errors.Is(err, k.err):
		case k.reason.Ends(c):
			return k.reason
		default: // a quota that should not concern such a call, and does
			return plan.QuotaRefused
		}
	}
	return 0
}

// refuse makes the outcome of a change whose error concerns the organization or
// the instance a change that is left out. It reports whether the error does.
func (o *Outcome) refuse(err error) bool {
	e, ok := errors.AsType[*clerkapi.Error](err)
	reason := refusalReason(&o.Change, err)
	if !ok || reason == 0 {
		return false
	}
	o.Result, o.Reason, o.Error = Dropped, reason, reason.Sentence()+": "+err.Error()
	o.refusal = codeOf(e)
	return true
}

// codeOf is the code of an error, or its status where it has none.
func codeOf(e *clerkapi.Error) string { return cmp.Or(e.Code, fmt.Sprint(e.Status)) }

// refused is the outcome of a change that is not sent because of an earlier
// refusal.
func refused(c *plan.Change, reason plan.Reason) Outcome {
	return Outcome{Change: *c, Result: Dropped, Reason: reason, Error: reason.Sentence(), left: true}
}

// refusals are those of one run. Each ends the gains that it concerns.
type refusals struct {
	mu   stdsync.Mutex
	list []plan.Refusal
}

func newRefusals() *refusals { return &refusals{} }

// add notes a refusal.
func (r *refusals) add(f plan.Refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.ContainsFunc(r.list, func(x plan.Refusal) bool { return x.Organization == f.Organization && x.Reason == f.Reason }) {
		r.list = append(r.list, f)
	}
}

// of is the reason for which a change would be in vain; 0 if nothing says so.
func (r *refusals) of(c *plan.Change) plan.Reason {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.list {
		if (f.Organization == "" || f.Organization == c.Organization) && f.Reason.Ends(c) {
			return f.Reason
		}
	}
	return 0
}

// all lists the refusals.
func (r *refusals) all() []plan.Refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

// leaveRefused takes those changes out of a list that would be in vain, and files
// their outcomes.
func (w *organizationRun) leaveRefused(list []int) []int {
	return slices.DeleteFunc(slices.Clone(list), func(i int) bool {
		reason := w.refusals.of(&w.plan.Changes[i])
		if reason != 0 {
			w.outcomes[i] = new(refused(&w.plan.Changes[i], reason))
		}
		return reason != 0
	})
}
