package exception

import (
	"errors"
	"fmt"
	"time"
)

// Source is the name of the source in the markers of accounts that only a grant leads
// to. The configuration refuses it as the name of a source.
const Source = "rollcall:exceptions"

// Kind is what an exception does.
type Kind string

// The kinds.
const (
	Grant Kind = "grant"
	Deny  Kind = "deny"
)

// Exception is one grant or one deny.
type Exception struct {
	ID   int64 `json:"id"`
	Kind Kind  `json:"kind"`
	// Organization is an org_ id; empty is all of them, for a deny.
	Organization string `json:"organization,omitempty"`
	// Address is what people call the person. It decides nothing where an id does.
	Address string `json:"address,omitempty"`
	// UserID is the account when the exception was made; empty if there was none.
	UserID string `json:"user_id,omitempty"`
	// Person names the entry of a source; empty for an account in no source.
	Person Person    `json:"person,omitzero"`
	Role   string    `json:"role,omitempty"` // of a grant
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	Given  time.Time `json:"given"`
	// Ends is the first moment that does not belong to it any more.
	Ends time.Time `json:"ends"`
	// Ended is when somebody, or a run, has ended it; zero while it is in force.
	// EndedBy is empty if the clock did.
	Ended   time.Time `json:"ended,omitzero"`
	EndedBy string    `json:"ended_by,omitempty"`
}

// Person is the id of an entry in a source.
type Person struct {
	Source string `json:"source"`
	ID     string `json:"id"`
}

// InForce reports whether nobody has ended the exception yet. Its time may be over.
func (e *Exception) InForce() bool { return e.Ended.IsZero() }

// Over reports whether the exception has ended, or its time has passed.
func (e *Exception) Over(now time.Time) bool { return !e.InForce() || !now.Before(e.Ends) }

// In reports whether the exception is about an organization.
func (e *Exception) In(organization string) bool {
	return e.Organization == "" || e.Organization == organization
}

// Same reports whether two exceptions of one kind are about the same person in the
// same organization.
func (e *Exception) Same(other *Exception) bool {
	return e.Kind == other.Kind && e.Organization == other.Organization && e.Person == other.Person &&
		(e.Person != (Person{}) || e.UserID == other.UserID)
}

// Text is the exception as the reason of a change: "granted by ops until 2026-12-24:
// incident 4711".
func (e *Exception) Text() string {
	verb := "granted"
	if e.Kind == Deny {
		verb = "denied"
	}
	return fmt.Sprintf("%s by %s until %s: %s", verb, e.By, e.Until(), e.Reason)
}

// EndText is the exception as the reason why something ends.
func (e *Exception) EndText() string {
	if e.EndedBy == "" {
		return "ended: " + e.Text()
	}
	return fmt.Sprintf("ended by %s: %s", e.EndedBy, e.Text())
}

// Until is the last day, if the exception ends with one, or a day and a time.
func (e *Exception) Until() string {
	end := e.Ends.UTC()
	if end.Equal(end.Truncate(24 * time.Hour)) {
		return end.Add(-time.Nanosecond).Format(time.DateOnly)
	}
	return end.Format("2006-01-02 15:04Z")
}

// ErrNone says that no exception with that number is in force.
var ErrNone = errors.New("no exception with that number is in force")

// Errors of ends.
var (
	errNoDate = errors.New("is not a date: write 2026-12-31, or with a time and a zone 2026-12-31T17:00:00+01:00")
	errPast   = errors.New("is over already")
)

// ParseEnd reads the end of an exception. A day is included, in UTC: the zone of the
// machine would make plans depend on it (S28).
func ParseEnd(text string, now time.Time) (time.Time, error) {
	end, err := time.Parse(time.DateOnly, text)
	if err == nil {
		end = end.AddDate(0, 0, 1)
	} else if end, err = time.Parse(time.RFC3339, text); err != nil {
		return time.Time{}, errNoDate
	}
	if end = end.UTC(); !now.Before(end) {
		return time.Time{}, errPast
	}
	return end, nil
}
