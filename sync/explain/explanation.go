package explain

import (
	"fmt"
	"strconv"
	"strings"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
)

// Explanation is everything that a run knows about one person: the entries in
// the sources, the users in Clerk, the result of each rule, and the changes in
// each organization.
type Explanation struct {
	// Subject is the text of the question: an address, a DN, a stable id or a user id.
	Subject string `json:"subject"`
	// Instance is the Clerk instance that was asked (S41).
	Instance clerkapi.Instance `json:"instance"`
	// Reason is the answer in one sentence.
	Reason string `json:"reason"`
	// Unknown says that the question means nobody; Near are similar names.
	Unknown bool     `json:"unknown,omitempty"`
	Near    []string `json:"near,omitempty"`
	Entries []Entry  `json:"entries"`
	// LeftOut are rows of the person in a file that do not count, because where does not
	// choose them.
	LeftOut       []LeftOut `json:"left_out,omitempty"`
	Users         []User    `json:"users"`
	Rules         []Match   `json:"rules"`
	Organizations []Place   `json:"organizations"`
	// SourcesRead is how many sources were read completely.
	SourcesRead int `json:"sources_read"`
	// Past are the person's changes by earlier runs, the newest first. HistoryOff says
	// that no earlier run is known.
	Past       []Past `json:"past,omitempty"`
	HistoryOff bool   `json:"history_off,omitempty"`
	// Notes are those of the run that name the person.
	Notes []plan.Note `json:"notes,omitempty"`
	// Failures are reads that failed: what they hide is not explained.
	Failures []plan.Failure `json:"failures,omitempty"`
}

// Entry is the person in one source.
type Entry struct {
	Source      string   `json:"source"`
	Origin      string   `json:"origin"`
	ID          string   `json:"id,omitempty"`
	Email       string   `json:"email,omitempty"`
	OtherEmails []string `json:"other_emails,omitempty"`
	ExternalID  string   `json:"external_id,omitempty"`
	Name        string   `json:"name,omitempty"`
	// Disabled says why the account no longer counts.
	Disabled string `json:"disabled,omitempty"`
	// Start and End are the first and the last day of all that the source says
	// of the person, or a day and a time (S28).
	Start string `json:"start,omitempty"`
	End   string `json:"end,omitempty"`
	// UserID is the Clerk user that the person was joined to, and JoinedBy by
	// what: "marker", "external_id", "email" or "identifier".
	UserID   string `json:"user_id,omitempty"`
	JoinedBy string `json:"joined_by,omitempty"`
	// Trouble says why the person cannot be joined to a user, with the rule's number.
	Trouble string `json:"trouble,omitempty"`
}

// LeftOut is a row that does not count: its cell in the column is none of the values that
// where lists.
type LeftOut struct {
	Source string   `json:"source"`
	Origin string   `json:"origin"`
	Column string   `json:"column"`
	Value  string   `json:"value"`
	Listed []string `json:"listed"`
}

// Why says why the row does not count.
func (l *LeftOut) Why() string {
	listed := make([]string, len(l.Listed))
	for i, value := range l.Listed {
		listed[i] = strconv.Quote(value)
	}
	return fmt.Sprintf("where does not choose this row: its %s is %q, and where lists %s", l.Column, l.Value, strings.Join(listed, ", "))
}

// User is the person in Clerk.
type User struct {
	ID         string   `json:"id"`
	ExternalID string   `json:"external_id,omitempty"`
	Verified   []string `json:"verified_emails,omitempty"`
	Unverified []string `json:"unverified_emails,omitempty"`
	// Reserved are those that are kept for the person, who proves them by signing up.
	Reserved []string `json:"reserved_emails,omitempty"`
	// Barred says that Clerk has banned or deprovisioned the user (S08).
	Barred bool `json:"barred,omitempty"`
	// Steps are what the plan does to the account because the person has left, or why it
	// does nothing, as sentences.
	Steps []string `json:"account_steps,omitempty"`
}

// Match is the result of one rule for the person; a rule has one for each of
// its groups with the person.
type Match struct {
	Rule int `json:"rule"`
	// Groups is what the rule asks for, Path the group and those within it that
	// lead to the person.
	Groups       string `json:"groups"`
	Path         string `json:"path,omitempty"`
	Organization string `json:"organization,omitempty"`
	Role         string `json:"role,omitempty"`
	// Matches reports whether the rule assigns the person, Why why not, or that
	// another rule comes before it.
	Matches bool   `json:"matches"`
	Why     string `json:"why,omitempty"`
	// Obstacle is why a rule that has a group with the person assigns nothing, as a
	// value; Unlisted is the organization that its list does not allow, or has no such
	// role in.
	Obstacle Obstacle `json:"-"`
	Unlisted string   `json:"-"`
}

// Obstacle is why a rule does not give what its group would (S42).
type Obstacle string

// The obstacles.
const (
	Disabled   Obstacle = "disabled"    // the source has the account disabled
	Ended      Obstacle = "ended"       // the end date has passed (S28)
	NotStarted Obstacle = "not_started" // the start date has not come (S28)
	Excluded   Obstacle = "excluded"    // except_groups or all_groups
	Unlisted   Obstacle = "unlisted"    // no such organization or role in the lists of the rule (S21)
)

// Place is one organization as far as it concerns the person.
type Place struct {
	ID   string `json:"id"`
	Slug string `json:"slug,omitempty"`
	// Wanted is the role that the rules want, Because which of them; empty when none does.
	Wanted  string `json:"wanted,omitempty"`
	Because string `json:"because,omitempty"`
	// Starts is when that begins, where it has not yet; Ends when it will be
	// over, or has been (S28).
	Starts string `json:"starts,omitempty"`
	Ends   string `json:"ends,omitempty"`
	// Role is the one of today's membership; empty when there is none.
	Role string `json:"role,omitempty"`
	// Owner is the owner in the membership's marker; empty without one.
	Owner string `json:"owner,omitempty"`
	// Roles are those that members may have; empty if they are not known.
	Roles []string `json:"-"`
	// Invited is the role of a pending invitation.
	Invited string `json:"invited,omitempty"`
	// Verdict is the result for the person in one clause.
	Verdict string        `json:"verdict"`
	Changes []plan.Change `json:"changes,omitempty"`
	// Holds are the organization's, and those of the run that keep one of the
	// changes waiting.
	Holds []plan.Hold `json:"holds,omitempty"`
	Notes []plan.Note `json:"notes,omitempty"`
}

// Label is what the organization is called.
func (p *Place) Label() string { return (&plan.Organization{ID: p.ID, Slug: p.Slug}).Label() }

// DidYouMean asks at the end of an error for the names that are near; empty if none is.
func (e *Explanation) DidYouMean() string {
	if len(e.Near) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(e.Near, ", or ") + "?"
}
