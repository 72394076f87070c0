package facts

import (
	"fmt"
	"time"

	"rollcall/cmd/rollcall/internal/escape"
)

// Options say how a report is shown.
type Options struct {
	// Color uses terminal colours.
	Color bool
	// Flags follow the verb in the Commands that a report suggests, such as
	// "--config", "rollcall.yaml".
	Flags []string
	// Program is how rollcall is called here, in one or several words; empty is
	// rollcall.
	Program string
	// Sends names the run that sends what somebody approves, where nobody has to
	// start it: "the next run of the service". Empty says that apply does.
	Sends string
	// Key is where the Clerk key is: "the variable CLERK_SECRET_KEY".
	Key string
	// State is the state directory; empty without one.
	State string
	// Kept says that the held sets were kept, so that approve knows them.
	Kept bool
	// NoHints leaves out what to type next.
	NoHints bool
	// Width is how many columns the terminal has; 0 is no terminal. All lists
	// every change of a large plan on a terminal too.
	Width int
	All   bool
	// Compared are the files of which the report is the difference; zero for any other.
	Compared Compared
	// At is when the report was made, and Version by which rollcall; files that
	// are kept or passed on say so.
	At      time.Time
	Version string
}

// Compared are two configurations whose plans differ as a report says.
type Compared struct{ Old, New string }

// String introduces what is different; empty without files.
func (c Compared) String() string {
	if c == (Compared{}) {
		return ""
	}
	return fmt.Sprintf("%s instead of %s: ", escape.Brief(c.New), escape.Brief(c.Old))
}

// Made says when a report was made, and by what; empty when nobody asked.
func (o Options) Made() string {
	if o.At.IsZero() {
		return ""
	}
	return o.At.UTC().Format(time.RFC3339) + ", rollcall " + escape.Brief(o.Version)
}

// toApprove says what an approve command is for.
func (o Options) toApprove() string {
	if o.Sends == "" {
		return "To approve"
	}
	return "To approve for " + o.Sends
}
