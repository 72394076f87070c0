package plan

import (
	"cmp"
	"strings"
	"time"
)

// LookAhead is how far a plan looks into the future.
const LookAhead = 14 * 24 * time.Hour

// Upcoming is what the dates of the sources will bring, as far as today's read
// tells: no change of the plan, and nothing that a later run would not decide
// anew (S28).
type Upcoming struct {
	// Now is the time that the plan goes by; it ends Until, 14 days later.
	Now   time.Time `json:"now"`
	Until time.Time `json:"until"`
	// Events are in the order in which they come.
	Events []Event `json:"events"`
	// Later counts the people who start after that.
	Later int `json:"later,omitempty"`
}

// Event is one change that a date will bring. It is plain data.
type Event struct {
	// At is when, Day how the source says it: the first day of what starts, the
	// last of what ends, or a day and a time.
	At   time.Time `json:"at"`
	Day  string    `json:"day"`
	Kind EventKind `json:"kind"`
	// Action is add, invite, set_role or remove.
	Action       Action `json:"action"`
	Organization string `json:"organization"` // org_ id
	UserID       string `json:"user_id,omitempty"`
	Email        string `json:"email,omitempty"`
	Name         string `json:"name,omitempty"`
	Source       string `json:"source,omitempty"`
	ID           string `json:"id,omitempty"`
	From         string `json:"from,omitempty"`
	To           string `json:"to,omitempty"`
	// Admin is the event's effect on the right to manage memberships.
	Admin   AdminEffect `json:"admin,omitempty"`
	Because string      `json:"because"`
}

// EventKind says which date brings an event.
type EventKind string

// The kinds. An event that ends takes place after its Day.
const (
	Starts EventKind = "start"
	Ends   EventKind = "end"
)

// CompareEvents orders events by time.
func CompareEvents(a, b Event) int {
	return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Organization, b.Organization), strings.Compare(a.Email, b.Email),
		strings.Compare(a.ID, b.ID), cmp.Compare(a.Action, b.Action))
}
