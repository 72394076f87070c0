package explain

import (
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
)

// ReviewVersion is the version of the review's JSON. It changes when a reader
// of an older version would misread a newer one.
const ReviewVersion = 1

// Review is an access review: the members of each organization, and the reason
// for each.
type Review struct {
	Version       int                  `json:"version"`
	Instance      clerkapi.Instance    `json:"instance"` // (S41)
	Organizations []Reviewed           `json:"organizations"`
	Sources       []plan.SourceSummary `json:"sources"`
	Total         map[Standing]int     `json:"total"` // members, by standing
	// Doubts are the holds of today's plan: they may be why a member is not
	// explained.
	Doubts []plan.Hold `json:"doubts,omitempty"`
	// HistoryOff says that no earlier run is known, so nobody knows since when.
	HistoryOff bool `json:"history_off,omitempty"`
}

// Reviewed is the members and pending invitations of one organization. Members
// without an explanation come first.
type Reviewed struct {
	ID   string `json:"id"`
	Slug string `json:"slug,omitempty"`
	Name string `json:"name,omitempty"`
	// Ruled says that a rule, a row or an earlier run leads to the organization.
	Ruled       bool      `json:"ruled"`
	Members     []Access  `json:"members"`
	Invitations []Pending `json:"invitations,omitempty"`
}

// Label is what the organization is called.
func (o *Reviewed) Label() string { return (&plan.Organization{ID: o.ID, Slug: o.Slug}).Label() }

// Standing is the kind of explanation that a member has.
type Standing string

// The standings, in the order of a review.
const (
	Unexplained Standing = "unexplained" // no rule wants it, and rollcall did not add it
	Foreign     Standing = "foreign"     // the marker names another owner (S26)
	Unclear     Standing = "unclear"     // nobody can tell who in the directory it is (S02, S06)
	Leaving     Standing = "leaving"     // rollcall added it, and no rule wants it any more
	Differs     Standing = "differs"     // a rule wants another role
	Explained   Standing = "explained"   // a rule wants it just so
)

// Standings lists the standings in the order of a review.
func Standings() []Standing {
	return []Standing{Unexplained, Foreign, Unclear, Leaving, Differs, Explained}
}

// Access is one member, with the explanation of the access.
type Access struct {
	// MembershipID is that of Clerk; somebody who is added again has another.
	MembershipID string `json:"membership_id"`
	UserID       string `json:"user_id"`
	// Email is a verified address, that of the identifier where it is one;
	// Unverified says that it is only what Clerk shows, which proves nothing.
	Email      string `json:"email,omitempty"`
	Unverified bool   `json:"unverified,omitempty"`
	Name       string `json:"name,omitempty"`
	Role       string `json:"role"`
	// Admin says that the role may manage memberships.
	Admin    bool     `json:"admin,omitempty"`
	Standing Standing `json:"standing"`
	// Why names the rule and the group path, or says why there is none.
	Why string `json:"why"`
	// Wanted is the role of the rules where it is another.
	Wanted string `json:"wanted,omitempty"`
	// Protected: named by sync.protect. Barred: banned or deprovisioned (S08).
	Protected bool `json:"protected,omitempty"`
	Barred    bool `json:"barred,omitempty"`
	// Owner, Source and ID are the marker's.
	Owner  string `json:"owner,omitempty"`
	Source string `json:"source,omitempty"`
	ID     string `json:"id,omitempty"`
	// Next is the change that a run would make, and the reason if it waits.
	Next string `json:"next,omitempty"`
	// Since is the run that gave the role; absent where no run did.
	Since *Since `json:"since,omitempty"`
	// LastSignIn and LastActive are absent where Clerk knows of none.
	LastSignIn *time.Time `json:"last_sign_in,omitempty"`
	LastActive *time.Time `json:"last_active,omitempty"`
}

// Seen is when the user last signed in or was active; nil where Clerk knows of neither.
func (a *Access) Seen() *time.Time {
	if a.LastSignIn == nil || a.LastActive != nil && a.LastActive.After(*a.LastSignIn) {
		return a.LastActive
	}
	return a.LastSignIn
}

// Since is the newest run that changed a membership.
type Since struct {
	Run    int64     `json:"run"`
	At     time.Time `json:"at"`
	Action string    `json:"action"`
	// Role is the one that the run gave.
	Role string `json:"role,omitempty"`
	// ApprovedBy is the person that approved a held change, Reason their reason.
	ApprovedBy string `json:"approved_by,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

// Pending is an invitation that nobody has accepted yet.
type Pending struct {
	Email    string     `json:"email"`
	Role     string     `json:"role"`
	Standing Standing   `json:"standing"`
	Why      string     `json:"why"`
	Created  time.Time  `json:"created"`
	Expires  *time.Time `json:"expires,omitempty"`
	Since    *Since     `json:"since,omitempty"`
}
