package apply

import (
	"errors"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Outcome is the result of one change.
type Outcome struct {
	Change plan.Change `json:"change"`
	Result Result      `json:"result"`
	Error  string      `json:"error,omitempty"`
	// Code is Clerk's code of the failure; without one the HTTP status, or
	// "no_answer".
	Code string `json:"code,omitempty"`
	// Reason is why a change was left out, by the words of skipped changes.
	Reason plan.Reason `json:"reason,omitzero"`
	// fatal says that nothing further can work: the key was refused, say.
	fatal bool
	// outage says that the failure is Clerk's own, or the line's.
	outage bool
	// refusal is Clerk's code where it refused the whole organization or instance;
	// left says that such a refusal came before, and nothing was sent (S39).
	refusal string
	left    bool
	// lacksFeature says that the instance does not have what the step needs.
	lacksFeature bool
	// unclear says that Clerk may have taken a step on an account all the same, notFound
	// that Clerk answered that there is no such account.
	unclear, notFound bool
	// Items is how many sessions ended, or how many API keys were revoked.
	Items int `json:"items,omitempty"`
	// LockEndsIn is how long a lock goes on; 0 is for good, or unknown.
	LockEndsIn time.Duration `json:"-"`
	// Managed says that Clerk's own directory sync has the membership (S19).
	Managed bool `json:"-"`
	// answer is the membership in Clerk's answer: as it is now or, for a removal,
	// as it was (S33).
	answer *clerkapi.Membership
	// Invitation is the invitation in Clerk's answer. Refused is Clerk's error
	// code against this invitation.
	Invitation *clerkapi.Invitation `json:"-"`
	Refused    string               `json:"-"`
	// Deferral is the reason why a dropped change is left to a later run.
	Deferral Deferral `json:"-"`
	// user is the id of the user that was created.
	user string
}

// Result says how a change ended that was tried.
type Result string

// The results.
const (
	Done    Result = "done"    // Clerk did it
	Found   Result = "found"   // it was so already, and not by us (S33)
	Dropped Result = "dropped" // left out at the last moment, to keep a promise (last admin)
	Failed  Result = "failed"
	// NotSent is written down of what an interruption, or the end of the
	// process, kept from being sent.
	NotSent Result = "not_sent"
)

// Reached reports whether Clerk is now as the change wants it.
func (r Result) Reached() bool { return r == Done || r == Found }

// Effect is by how much the organization has more members and admins than before
// the run. What was so already counts too: a member who had gone is no member, and
// somebody whom others added is one, with a role that nobody here knows.
func (o *Outcome) Effect() (members, admins int) {
	switch {
	case o.Result == Done, o.Result == Found && o.Change.Action == plan.Remove:
		return o.Change.MemberDelta(), o.Change.AdminDelta()
	case o.Result == Found && o.Change.Action == plan.Add:
		return 1, 0
	}
	return 0, 0
}

// Deferral is the reason to leave a change to a later run.
type Deferral uint8

// The deferrals; the zero value is none.
const (
	OtherMembership Deferral = iota + 1 // the organization accepts nobody who is a member of another organization
	HourlyQuota                         // Clerk takes no more invitations in this hour
)

// String is the reason as a sentence; empty for none.
func (d Deferral) String() string {
	switch d {
	case OtherMembership:
		return "the organization accepts nobody who is a member of another organization"
	case HourlyQuota:
		return "Clerk's hourly limit of invitations is reached; a later run sends it"
	}
	return ""
}

// failedBy is the outcome of a change that an error prevented.
func failedBy(c *plan.Change, err error) Outcome {
	return Outcome{Change: *c, Result: Failed, Error: err.Error(), Code: failureCode(err), fatal: clerkapi.StopsRun(err), outage: clerkapi.Outage(err)}
}

// failureCode is what reports group failures by.
func failureCode(err error) string {
	e, ok := errors.AsType[*clerkapi.Error](err)
	switch {
	case !ok:
		return ""
	case e.Code == "" && e.Status == 0:
		return "no_answer"
	}
	return codeOf(e)
}

// deferred is the outcome of a change that was dropped until later.
func deferred(c *plan.Change, d Deferral) Outcome {
	o := Outcome{Change: *c, Result: Dropped, Error: d.String(), Deferral: d}
	if d == HourlyQuota {
		o.Reason = plan.InvitationLimit
	}
	return o
}

// settleBy sets the result of a change of an invitation by the invitation that
// is pending now; nil is none.
func (o *Outcome) settleBy(c *plan.Change, found *clerkapi.Invitation) {
	if (found != nil) == (c.Action == plan.Invite) {
		o.Result, o.Error, o.Code, o.Invitation = Done, "", "", found
	}
}

// linkOf is the link of an invitation, and when it expires. If Clerk has sent a mail,
// nobody needs it, and it is not kept.
func linkOf(inv *clerkapi.Invitation, settings policy.Invitations) (clerkapi.Secret, time.Time) {
	if settings.Notify {
		return clerkapi.Secret{}, time.Time{}
	}
	return inv.URL, settings.Expiry(inv.CreatedAt, inv.ExpiresAt)
}

// journalEntry is the outcome as the journal keeps it. A nil outcome is a
// change that was written to the journal and then not sent.
func (o *Outcome) journalEntry(id int64, settings policy.Invitations) journal.Outcome {
	if o == nil {
		return journal.Outcome{ID: id, Result: string(NotSent)}
	}
	e := journal.Outcome{ID: id, Result: string(o.Result), Error: o.Error, UserID: o.user}
	e.EndsInvitation = o.Change.Action == plan.RevokeInvitation && o.Result.Reached()
	if inv := o.Invitation; inv != nil {
		e.InvitationID = inv.ID
		if o.Change.Action == plan.Invite {
			e.After = (&plan.Snapshot{Role: inv.Role, Public: inv.Public, Private: inv.Private}).Raw()
			e.Link, e.LinkExpires = linkOf(inv, settings)
		}
	}
	switch {
	case o.answer == nil:
	case o.Change.Action == plan.Remove:
		e.Before = plan.SnapshotOf(o.answer)
	default:
		e.After = plan.SnapshotOf(o.answer)
	}
	return e
}
