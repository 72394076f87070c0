package undo

import (
	"fmt"
	"slices"

	"rollcall/clerkapi"
	"rollcall/sync/diff"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// onAccount reports whether this is about an account, and no membership.
func (v *Reversal) onAccount() bool { return v.Entry.Organization == plan.Accounts }

// AccountsOf lists the users whose accounts the runs closed, or opened.
func AccountsOf(done []*Reversal) []string {
	var users []string
	for _, v := range done {
		if v.onAccount() && v.Entry.UserID != "" {
			users = append(users, v.Entry.UserID)
		}
	}
	return policy.Unique(users)
}

// ReverseAccounts proposes what opens the accounts again, before the proposals of the
// organizations: whoever is banned gets no membership (S08). Accounts that somebody else
// has opened stay as they are.
func ReverseAccounts(done []*Reversal, users map[string]*clerkapi.User, proposals []*diff.Proposal) []*diff.Proposal {
	d := &diff.Proposal{Organization: &roster.Organization{Organization: clerkapi.Organization{ID: plan.Accounts, Name: "Accounts"}}, Findings: &diff.Findings{Organization: plan.Accounts}}
	for _, v := range done {
		if !v.onAccount() {
			continue
		}
		action, left, why := v.openAgain(users[v.Entry.UserID])
		if left != "" {
			v.leave(left, why)
			d.Findings.Note("S25", v.Entry.Email, fmt.Sprintf("%s: %s", v.name(), why))
			continue
		}
		d.Changes = append(d.Changes, v.change(action))
	}
	if len(AccountsOf(done)) == 0 {
		return proposals
	}
	slices.SortFunc(d.Changes, plan.CompareChanges)
	return append([]*diff.Proposal{d}, proposals...)
}

// openAgain is the action that takes a step back, or says why there is none.
func (v *Reversal) openAgain(u *clerkapi.User) (a plan.Action, left plan.LeftReason, why string) {
	switch {
	case v.unclear != "":
		return 0, plan.LeftUnclear, v.unclear
	case u == nil:
		return 0, plan.LeftPermanent, "the account is gone"
	case v.Entry.Action == plan.EndSessions.String():
		return 0, plan.LeftPermanent, "sessions that have ended cannot come back; the person has to sign in again"
	case v.Entry.Action == plan.RevokeAPIKeys.String():
		return 0, plan.LeftPermanent, "API keys that were revoked cannot come back; create new ones"
	case v.Entry.Action == plan.Ban.String() && u.Banned:
		return plan.Unban, "", ""
	case v.Entry.Action == plan.Lock.String() && u.Locked:
		return plan.Unlock, "", ""
	case v.Entry.Action == plan.Unban.String(), v.Entry.Action == plan.Unlock.String():
		return 0, plan.LeftPermanent, "undo does not lock or ban an account"
	}
	return 0, plan.LeftAsBefore, "the account is open already"
}

// accountKey identifies a step of the leaver ladder.
func accountKey(user, action, organization string) string {
	return fmt.Sprintf("%s %s %s", plan.SubjectKey(plan.Accounts, user), action, organization)
}

// keyOfUndo is the key of the reversal that a change belongs to.
func keyOfUndo(c *plan.Change) string {
	switch c.Action {
	case plan.Unban:
		return accountKey(c.UserID, plan.Ban.String(), "")
	case plan.Unlock:
		return accountKey(c.UserID, plan.Lock.String(), "")
	default:
		return plan.MembershipKey(c)
	}
}
