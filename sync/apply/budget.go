package apply

import (
	"context"
	"fmt"

	"rollcall/sync/plan"
)

// class is a kind of changes whose failures are counted together. The failures of
// one class never stop another one: losses never wait for gains (S39).
type class uint8

const (
	losses   class = iota // removals, revoked invitations, steps of the leaver ladder
	admins                // removals and demotions of admins: no refused removal of others stops them
	roles                 // other changes of role, which may take rights or give them
	gains                 // adds, invitations, new users, promotions to admin
	metadata              // metadata, and markers on members that become ours
	classes
)

// classOf is the class of a change.
func classOf(c *plan.Change) class {
	switch {
	case c.Admin == plan.AdminLost:
		return admins
	case c.Revokes() || c.Action == plan.RevokeInvitation || c.Action.ClosesAccount():
		return losses
	case c.Grants():
		return gains
	case c.Action == plan.SetRole:
		return roles
	}
	return metadata
}

// takes reports whether the class takes access away.
func (k class) takes() bool { return k == losses || k == admins }

// String is the class in messages.
func (k class) String() string {
	return [...]string{losses: "calls that remove access", admins: "calls that remove an admin", roles: "role changes", gains: "calls that give access", metadata: "metadata changes"}[k]
}

// leastCalls is how many calls of a class an organization makes before their
// failures are judged.
const leastCalls = 10

// tally is what became of the calls of one class in one organization.
type tally struct {
	tried, accepted, failed int
	outages                 int    // of the failed
	fault                   string // of the last that failed
	stopped                 string // why no further call of the class is made
}

// over reports whether so many of the calls exceed the error budget.
func (t *tally) over(calls, budget int) bool {
	return t.tried >= leastCalls && 100*calls > budget*t.tried
}

// goesOn reports whether a further call of a class may be made.
func (w *organizationRun) goesOn(ctx context.Context, of class) bool {
	return ctx.Err() == nil && w.journalFault == nil && w.tallies[of].stopped == "" && !w.ended[of].Load()
}

// count keeps the admins of the organization and the failures of the class. More
// failures than the error budget has are no accident: the class stops.
func (w *organizationRun) count(o *Outcome) {
	if o == nil || o.left {
		return
	}
	t := &w.tallies[classOf(&o.Change)]
	t.tried++
	switch o.Result {
	case Done:
		t.accepted++
		w.admins += o.Change.AdminDelta()
	case Found:
		// Somebody else's membership may have another role: it counts for no admin.
		w.admins += min(0, o.Change.AdminDelta())
	case Failed:
		// A lost answer may have had its effect: the admin is counted as gone.
		w.admins += min(0, o.Change.AdminDelta())
		t.failed++
		t.fault = o.Error
		if o.outage {
			t.outages++
		}
	case NotSent, Dropped: // no failure of a call
	}
	if budget := w.sender.Config.ErrorBudget; t.over(t.failed, budget) {
		t.stopped = fmt.Sprintf("%d of %d %s failed, which is more than error_budget (%d %%); the last error: %s", t.failed, t.tried, classOf(&o.Change), budget, t.fault)
	}
}

// acceptedPerCall is how many gains Clerk must have accepted for each call that
// is made at the same time.
const acceptedPerCall = 50

// atOnce is how many calls of a class may be made at the same time. An answer may
// say that no gain has a chance, and each call in flight would then be in vain, so
// gains begin one by one (S39). When Clerk does not answer at all, calls are slow
// and their budget should soon be known.
func (t *tally) atOnce(of class) int {
	switch {
	case of != gains:
		return batch
	case t.outages > 0:
		return leastCalls
	default:
		return min(batch, max(1, t.accepted/acceptedPerCall))
	}
}
