package apply

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
)

// The steps of the leaver ladder come after the removals of all organizations: an
// account is closed only if every removal of its user was done. What refuses new
// sign-ins goes first, so that no session begins between the steps. An undo opens the
// accounts before it adds memberships.

// accountRun sends the changes of the section.
type accountRun struct{ *organizationRun }

// openAgain takes locks and bans back.
func (w accountRun) openAgain(ctx context.Context) {
	if w.plan.IsAccounts() {
		w.inBatches(ctx, gains, w.ready(func(c *plan.Change) bool { return c.Action.OpensAccount() }), w.sendBatch)
	}
}

// leaveBanned leaves the memberships of the users out whose ban could not be taken back:
// whoever is banned gets none (S08).
func leaveBanned(runs []*organizationRun) {
	banned := map[string]bool{}
	for _, w := range runs {
		for _, i := range w.ready(func(c *plan.Change) bool { return c.Action == plan.Unban }) {
			banned[w.plan.Changes[i].UserID] = true // it was not sent
		}
		for _, o := range w.outcomes {
			if o != nil && o.Change.Action == plan.Unban && !o.Result.Reached() {
				banned[o.Change.UserID] = true
			}
		}
	}
	for _, w := range runs {
		for _, i := range w.ready(func(c *plan.Change) bool { return c.Grants() && !c.Action.OpensAccount() && banned[c.UserID] }) {
			w.outcomes[i] = &Outcome{Change: w.plan.Changes[i], Result: Dropped, Reason: plan.BannedUser, Error: "the account is still banned, because the ban could not be taken back (S08)"}
		}
	}
}

// close takes the steps, kind by kind. The runs are those of all organizations.
func (w accountRun) close(ctx context.Context, runs []*organizationRun) {
	if !w.plan.IsAccounts() {
		return
	}
	left := notRemoved(runs)
	for _, i := range w.ready(func(c *plan.Change) bool { return c.Action.ClosesAccount() }) {
		if c := &w.plan.Changes[i]; slices.ContainsFunc(left[c.UserID], c.DependsOn) {
			w.outcomes[i] = &Outcome{Change: *c, Result: Dropped, Reason: plan.LeaverWaits, Error: "a removal of this person was not done, so the account was left alone; a later run looks again"}
		}
	}
	w.leaveMembers(ctx)
	var stopped string
	for _, action := range []plan.Action{plan.Lock, plan.Ban, plan.EndSessions, plan.RevokeAPIKeys} {
		// Failures are counted for each kind apart: who cannot be banned is signed out (S39).
		w.tallies[losses] = tally{}
		w.closeInTurn(ctx, w.ready(func(c *plan.Change) bool { return c.Action == action }))
		stopped = cmp.Or(stopped, w.tallies[losses].stopped)
	}
	w.tallies[losses].stopped = stopped
}

// leaveMembers leaves the accounts alone that have a membership by now. The plan saw
// none, but a long run sends its removals for an hour, and somebody who is back meanwhile
// has one first (S04).
func (w accountRun) leaveMembers(ctx context.Context) {
	byUser := map[string][]int{}
	var users []string
	for _, i := range w.ready(func(c *plan.Change) bool { return c.Action.ClosesAccount() && c.From == "" }) {
		user := w.plan.Changes[i].UserID
		if byUser[user] == nil {
			users = append(users, user)
		}
		byUser[user] = append(byUser[user], i)
	}
	why := make([]*Outcome, len(users))
	concurrently(ctx, w.lossSlots, len(users), func(i int) { why[i] = w.memberAgain(users[i]) })
	for k, user := range users {
		for _, i := range byUser[user] {
			if why[k] != nil {
				o := *why[k]
				o.Change = w.plan.Changes[i]
				w.outcomes[i] = &o
			}
		}
	}
}

// memberAgain is the outcome of all steps on an account that may have a membership; nil if
// it has none, or is gone.
func (w accountRun) memberAgain(user string) *Outcome {
	list, err := w.sender.Clerk.MembershipsOfUser(w.calls, user)
	switch {
	case clerkSaidNotFound(err):
		return nil
	case err != nil:
		return &Outcome{Result: Dropped, Reason: plan.LeaverWaits, Error: "the memberships of the account could not be read again, so it was left alone; a later run looks again: " + err.Error()}
	case len(list) > 0:
		return &Outcome{Result: Dropped, Reason: plan.LeaverStays, Error: "the account has become a member of " + list[0].OrganizationID + " since the plan was made, so it was left alone"}
	}
	return nil
}

// closeInTurn takes the steps of one kind, the first one alone: if the instance lacks the
// feature, the others would be refused too (S39).
func (w accountRun) closeInTurn(ctx context.Context, list []int) {
	if len(list) == 0 || !w.goesOn(ctx, losses) {
		return
	}
	w.sendBatch(ctx, list[:1])
	first, rest := w.outcomes[list[0]], list[1:]
	if first == nil || !first.lacksFeature {
		w.inBatches(ctx, losses, rest, w.sendBatch)
		return
	}
	for _, i := range rest {
		o := *first
		o.Change, o.left = w.plan.Changes[i], true
		if o.Result == Failed {
			o.Result, o.Reason = Dropped, plan.PlanRefused
		}
		w.outcomes[i] = &o
	}
}

// notRemoved are the removals that were not done, by user.
func notRemoved(runs []*organizationRun) map[string][]*plan.Change {
	left := map[string][]*plan.Change{}
	for _, w := range runs {
		for i := range w.plan.Changes {
			c := &w.plan.Changes[i]
			if c.Action == plan.Remove && (w.outcomes[i] == nil || !w.outcomes[i].Result.Reached()) {
				left[c.UserID] = append(left[c.UserID], c)
			}
		}
	}
	return left
}

// accountSender makes the calls about accounts.
type accountSender struct{ *Sender }

// change takes one step, or takes one back.
func (r accountSender) change(ctx context.Context, c *plan.Change) Outcome {
	var o Outcome
	switch c.Action {
	case plan.EndSessions:
		o = endAll(ctx, c, r.sessionsOf(c), r.endSession)
	case plan.RevokeAPIKeys:
		o = endAll(ctx, c, r.Clerk.APIKeys, r.revokeKey)
	default:
		o = r.setStanding(ctx, c)
	}
	if o.unclear {
		done, gone, err := r.isChanged(context.WithoutCancel(ctx), c)
		if err == nil && (done || gone && o.notFound) {
			o = Outcome{Change: *c, Result: Done, Items: o.Items}
		}
	}
	return o
}

// setStanding locks or bans an account, or takes that back. The answer has to show it.
func (r accountSender) setStanding(ctx context.Context, c *plan.Change) Outcome {
	call := map[plan.Action]func(context.Context, string) (clerkapi.User, error){
		plan.Lock: r.Clerk.LockUser, plan.Ban: r.Clerk.BanUser, plan.Unlock: r.Clerk.UnlockUser, plan.Unban: r.Clerk.UnbanUser}[c.Action]
	u, err := call(ctx, c.UserID)
	switch {
	case err != nil:
		return accountFailure(c, err)
	case u.ID != c.UserID || !stands(c.Action, &u):
		return Outcome{Change: *c, Result: Failed, Error: "Clerk answered, but the account does not show the change"}
	}
	return Outcome{Change: *c, Result: Done, LockEndsIn: u.LockEndsIn}
}

// stands reports whether an account is as an action wants it. The sessions of a banned
// account have ended.
func stands(a plan.Action, u *clerkapi.User) bool {
	switch a {
	case plan.Lock:
		return u.Locked
	case plan.Ban:
		return u.Banned
	case plan.Unlock:
		return !u.Locked
	case plan.Unban:
		return !u.Banned
	default:
		return false
	}
}

// accountFailure is the outcome of a step that an error prevented.
func accountFailure(c *plan.Change, err error) Outcome {
	o := failedBy(c, err)
	// Clerk refuses single steps with codes that end all changes of memberships. Here they
	// end nothing: whoever cannot be locked is signed out, and the next one is locked (S39).
	o.fatal = clerkapi.KeyRefused(err)
	o.notFound = clerkSaidNotFound(err)
	o.unclear = clerkapi.OutcomeUnknown(err) || o.notFound
	e, ok := errors.AsType[*clerkapi.Error](err)
	if ok && e.Code == noAPIKeys && c.Action == plan.RevokeAPIKeys {
		o.Result, o.Error, o.lacksFeature = Found, "", true // nothing to revoke
	}
	if errors.Is(err, clerkapi.ErrPlan) && c.Action != plan.EndSessions { // every plan has sessions
		o.Reason, o.lacksFeature = plan.PlanRefused, true
	}
	return o
}

// noAPIKeys is Clerk's code for an instance without API keys.
const noAPIKeys = "api_keys_not_enabled"

// endAll ends what a list shows. It reads the list again only if an answer does not
// show the end: another session may have begun meanwhile.
func endAll[T any](ctx context.Context, c *plan.Change, list func(context.Context, string) ([]T, error), end func(context.Context, *T) (ended bool, err error)) Outcome {
	o := Outcome{Change: *c, Result: Done}
	last := "the answers show no end"
	for range 2 {
		items, err := list(ctx, c.UserID)
		if err != nil {
			return withItems(accountFailure(c, err), o.Items)
		}
		all, outage := true, error(nil)
		for i := range items {
			ended, err := end(ctx, &items[i])
			switch {
			case clerkapi.KeyRefused(err), outage != nil && clerkapi.Outage(err):
				return withItems(accountFailure(c, err), o.Items)
			case clerkapi.Outage(err): // one that fails each time keeps no other one alive
				outage = err
			case ended:
				o.Items++
			case err != nil:
				all, last = false, err.Error()
			default:
				all = false
			}
		}
		switch {
		case outage != nil:
			return withItems(accountFailure(c, outage), o.Items)
		case all:
			return o
		}
	}
	o.Result, o.Error = Failed, "not all of them ended: "+last
	return o
}

// withItems is an outcome after so many sessions or keys have ended.
func withItems(o Outcome, items int) Outcome {
	o.Items = items
	return o
}

// sessionsOf lists the sessions that a step ends: all active ones, or those in which the
// organization is the active one.
func (r accountSender) sessionsOf(c *plan.Change) func(context.Context, string) ([]clerkapi.Session, error) {
	return func(ctx context.Context, user string) ([]clerkapi.Session, error) {
		all, err := r.Clerk.ActiveSessions(ctx, user)
		return slices.DeleteFunc(all, func(s clerkapi.Session) bool { return c.From != "" && s.OrganizationID != c.From }), err
	}
}

func (r accountSender) endSession(ctx context.Context, s *clerkapi.Session) (bool, error) {
	now, err := r.Clerk.RevokeSession(ctx, s.ID)
	return err == nil && now.ID == s.ID && now.HasEnded(), err
}

func (r accountSender) revokeKey(ctx context.Context, k *clerkapi.APIKey) (bool, error) {
	now, err := r.Clerk.RevokeAPIKey(ctx, k.ID, "removed by rollcall: the person has left")
	return err == nil && now.ID == k.ID && (now.Revoked || now.Expired), err
}

// isChanged asks Clerk whether a step had its effect although its answer was lost, or the
// run was cut off (S32). An account is gone if no list shows it. One list alone proves
// nothing: it may be short.
func (r accountSender) isChanged(ctx context.Context, c *plan.Change) (done, gone bool, err error) {
	switch c.Action {
	case plan.EndSessions:
		left, err := r.sessionsOf(c)(ctx, c.UserID)
		return err == nil && len(left) == 0, false, err
	case plan.RevokeAPIKeys:
		left, err := r.Clerk.APIKeys(ctx, c.UserID)
		return err == nil && len(left) == 0, false, err
	default:
		users, err := r.Clerk.Users(ctx, clerkapi.UserQuery{IDs: []string{c.UserID}})
		for i := range users {
			if u := &users[i]; u.ID == c.UserID {
				return err == nil && stands(c.Action, u), false, err
			}
		}
		return false, err == nil && c.Action.ClosesAccount(), err
	}
}
