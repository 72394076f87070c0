package plan

import (
	"cmp"
)

// NoteKind is the subject of a note that something depends on or counts; most
// notes have none (S42).
type NoteKind string

// The kinds of notes.
const (
	// UnlistedOrganization: a pattern leads to an organization that the rule does
	// not list (S21).
	UnlistedOrganization NoteKind = "unlisted_organization"
	// ReaddedLeaver: rollcall removed somebody, and somebody else has added or
	// invited them again (S26).
	ReaddedLeaver NoteKind = "readded_leaver"
	// Outranked: several rules give people different roles, and the first decides.
	// That is the case for every admin who is in the group of all as well.
	Outranked NoteKind = "outranked"
	// OtherWriter: something else in Clerk makes members of the organization or sets
	// roles (S30).
	OtherWriter NoteKind = "other_writer"
	// GroupAlike: people lose access who are in a group that no rule uses and whose name
	// looks like one of a rule.
	GroupAlike NoteKind = "group_alike"
	// SeatsMissing: joins that wait for something else have no seat either (S19).
	SeatsMissing NoteKind = "seats_missing"
)

// Note is something to say that changes nothing.
type Note struct {
	Kind NoteKind `json:"kind,omitempty"`
	// Rule is the number of the safety rule that speaks, such as "S10"; may be empty.
	Rule         string `json:"rule,omitempty"`
	Organization string `json:"organization,omitempty"` // org_ id or the name in the configuration
	Email        string `json:"email,omitempty"`
	Text         string `json:"text"`
	// People is how many people a note of the kinds Outranked and GroupAlike is about.
	People int `json:"people,omitempty"`
	// Users are the Clerk users that the note is about (S42).
	Users []string `json:"-"`
}

// CompareNotes orders notes by rule, address and text.
func CompareNotes(a, b Note) int {
	return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Email, b.Email), cmp.Compare(a.Text, b.Text))
}

// Hold says that changes wait, and what to do about it.
type Hold struct {
	// Reason is what the changes that wait carry (S42).
	Reason Reason `json:"-"`
	// Guard is the guard's name in the configuration ("removals"), or the
	// rule's number where there is no guard ("S02").
	Guard string `json:"guard"`
	Rule  string `json:"rule"`
	// Organization is the org_ id, or the configured name of one that does
	// not exist; empty for a hold of the whole run.
	Organization string `json:"organization,omitempty"`
	// Limit and Figure are the guard's, in people; both 0 where nothing was counted.
	Limit  int `json:"limit,omitempty"`
	Figure int `json:"figure,omitempty"`
	// Missing is the group or the organization of a rule that does not exist. People is
	// how many people are known to wait for it; 0 also if nobody can tell.
	Missing string `json:"missing,omitempty"`
	People  int    `json:"people,omitempty"`
	Text    string `json:"text"`
	Changes int    `json:"changes"` // how many changes wait
	// Conflict says who contradicts whom where an admin can decide it with
	// rollcall rebind (S02).
	Conflict *Conflict `json:"conflict,omitempty"`
	// Approval is the hash that approves the held set (S23); empty where
	// nothing but the data or the configuration can lift the hold.
	Approval string `json:"approval,omitempty"`
}

// NewHold makes a hold for a reason in an organization; "" is the whole run.
func NewHold(r Reason, organization, text string) Hold {
	return Hold{Reason: r, Guard: r.String(), Rule: r.Rule(), Organization: organization, Text: text}
}

// Failure is a read that failed, and with it what it feeds.
type Failure struct {
	Source       string `json:"source,omitempty"`
	Organization string `json:"organization,omitempty"`
	Text         string `json:"text"`
}

// Block keeps changes of an organization waiting, whatever they are.
type Block struct {
	Reason Reason
	// Scope says which changes wait.
	Scope Scope
	Text  string
	// Missing and People are those of the hold.
	Missing string
	People  int
}

// Scope is the part of an organization's changes that a block keeps waiting.
type Scope uint8

// The scopes.
const (
	Everything Scope = iota
	Losses           // removals, demotions and nulls
	Gains            // new memberships and new admins
)

// Covers reports whether the change belongs to the scope.
func (s Scope) Covers(c *Change) bool {
	return s == Everything || s == Losses && c.Destroys() || s == Gains && c.Grants()
}
