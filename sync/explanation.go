package sync

// Explanation is all that a run knows of one person: who they are in the
// sources and in Clerk, what each rule says, and what becomes of it in each
// organization.
type Explanation struct {
	// Subject is what was asked for: an address, a DN, a stable id or a user id.
	Subject string `json:"subject"`
	// Reason is the answer in one sentence.
	Reason string `json:"reason"`
	// Unknown says that nobody is meant; Near are those who may have been.
	Unknown       bool     `json:"unknown,omitempty"`
	Near          []string `json:"near,omitempty"`
	Entries       []Entry  `json:"entries"`
	Users         []User   `json:"users"`
	Rules         []Match  `json:"rules"`
	Organizations []Place  `json:"organizations"`
	// Notes are those of the run that name the person.
	Notes []Note `json:"notes,omitempty"`
	// Failures are reads that failed: what they hide is not explained.
	Failures []Failure `json:"failures,omitempty"`
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

// User is the person in Clerk.
type User struct {
	ID         string   `json:"id"`
	ExternalID string   `json:"external_id,omitempty"`
	Verified   []string `json:"verified_emails,omitempty"`
	Unverified []string `json:"unverified_emails,omitempty"`
	// Barred says that Clerk has banned or deprovisioned the user (S08).
	Barred bool `json:"barred,omitempty"`
}

// Match is what one rule says of the person, by one group where there are several.
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
}

// Place is one organization as far as the person is concerned.
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
	// Owner is who the membership's marker names; empty without one.
	Owner string `json:"owner,omitempty"`
	// Invited is the role of a pending invitation.
	Invited string `json:"invited,omitempty"`
	// Verdict says what becomes of it all.
	Verdict string   `json:"verdict"`
	Changes []Change `json:"changes,omitempty"`
	// Holds are the organization's, and those of the run that keep one of the
	// changes waiting.
	Holds []Hold `json:"holds,omitempty"`
	Notes []Note `json:"notes,omitempty"`
}

// Label is what the organization is called.
func (p *Place) Label() string { return (&OrganizationPlan{ID: p.ID, Slug: p.Slug}).Label() }

// String is how a person was joined, in JSON's words.
func (j join) String() string {
	return [...]string{joinNone: "", joinMarker: "marker", joinExternal: "external_id", joinEmail: "email", joinIdentifier: "identifier"}[j]
}
