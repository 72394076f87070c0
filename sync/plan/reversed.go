package plan

import "slices"

// Reversed is what an undo makes of the changes of earlier runs to one membership,
// invitation or account (S25).
type Reversed struct {
	Organization string `json:"organization"` // org_ id
	UserID       string `json:"user_id,omitempty"`
	Email        string `json:"email,omitempty"`
	// Changes is how many changes of the runs these are.
	Changes int `json:"changes"`
	// Left is why something of it stays as it is; absent if the plan takes all of it
	// back. Text says it in a sentence.
	Left LeftReason `json:"left,omitempty"`
	Text string     `json:"text,omitempty"`
}

// Subject is the user, or the address of a person without a user.
func (u *Reversed) Subject() string { return (&Change{UserID: u.UserID, Email: u.Email}).Subject() }

// LeavesOut reports whether an undo leaves changes as the runs made them.
func (p *Plan) LeavesOut() bool {
	return slices.ContainsFunc(p.Reversed, func(u Reversed) bool { return u.Left != "" && u.Left != LeftAsBefore })
}

// LeftReason is why an undo leaves a change as it is. Counts group by it (S42).
type LeftReason string

// The reasons.
const (
	LeftGone         LeftReason = "gone"          // no longer in the directory
	LeftDisabled     LeftReason = "disabled"      // disabled in the directory
	LeftNotToday     LeftReason = "not_today"     // outside of the dates
	LeftDenied       LeftReason = "denied"        // an exception denies it
	LeftOtherAccount LeftReason = "other_account" // the person has another account, or the account is another person's
	LeftChanged      LeftReason = "changed_since" // somebody changed the membership since
	LeftBack         LeftReason = "member_again"  // a member, or invited, again
	LeftNoMember     LeftReason = "no_member"     // no member, or not invited, any more
	LeftAsBefore     LeftReason = "as_before"     // it is as before the runs already
	LeftUnclear      LeftReason = "outcome_not_known"
	LeftForgotten    LeftReason = "forgotten"   // rollcall forget has deleted whose it was
	LeftAccount      LeftReason = "account"     // undo deletes no accounts
	LeftForeign      LeftReason = "other_owner" // the marker names another owner (S26)
	LeftUnread       LeftReason = "organization_not_read"
	LeftPermanent    LeftReason = "permanent" // nothing takes a step on an account back
)
