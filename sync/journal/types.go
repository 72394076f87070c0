package journal

import (
	"encoding/json"
	"time"

	"rollcall/clerkapi"
)

// Done is the result that [Run].Changes counts: Clerk did what was asked.
const Done = "done"

// ApprovalLife is how long an approval may live (S23).
const ApprovalLife = 24 * time.Hour

// Options say how a journal is opened.
type Options struct {
	// Now is the clock; nil is time.Now. Times are kept to the nanosecond, in UTC.
	Now func() time.Time
	// ReadOnly opens an existing journal and writes nothing to the disk, so that
	// a read-only directory will do. Methods that write return [ErrReadOnly].
	ReadOnly bool

	// network names the network file system of a directory, empty for a local
	// one; tests replace it.
	network func(dir string) (string, error)
	// busy replaces busyTimeout in tests.
	busy time.Duration
}

// Run is one run of a verb that may change Clerk.
type Run struct {
	// ID counts up from 1 and is never given twice, also after [DB.Prune].
	ID         int64
	Verb       string
	Version    string // of the program
	ConfigHash string // of the rules and sources sections (S20)
	PlanHash   string
	Started    time.Time
	// Finished is the zero time while the run goes on, and for ever when it was killed.
	Finished time.Time
	Outcome  string
	ExitCode int
	Error    string
	// Recovers is the earlier run whose open intents this one settled; 0 is none.
	Recovers int64
	// Undoes is the run that this one undoes; 0 is none.
	Undoes int64
	// Summary is JSON that the caller alone understands.
	Summary []byte
	// Waited is the same, of the changes that waited when the run ended. It is
	// ignored on the way out: [DB.Waited] reads it.
	Waited []byte
	// Changes counts, by action, the changes whose result is [Done]. It is
	// filled on the way out and ignored on the way in.
	Changes map[string]int
}

// Change is one change of a run: the intent, and what became of it.
type Change struct {
	ID  int64
	Run int64
	// Seq is the change's place in its run, from 1; it is given by [DB.Intend].
	Seq          int
	Action       string
	Organization string // org_ id
	UserID       string
	Email        string
	Name         string
	Source       string
	PersonID     string
	From, To     string // roles
	Admin        string
	// Public and Private are the patches, PublicBefore and PrivateBefore the
	// values that they meet. Nil is no patch.
	Public, Private             json.RawMessage
	PublicBefore, PrivateBefore json.RawMessage
	Nulls                       int
	Because                     string
	// Approved changes do not count towards guards (S17).
	Approved     bool
	InvitationID string
	// Intended is when the intent was written, Settled when the outcome was;
	// the zero time while the change is open.
	Intended, Settled time.Time
	// Result is empty while the change is open.
	Result string
	Error  string
	// Before and After are snapshots that the caller alone understands.
	Before, After json.RawMessage
	// Forgotten says that [DB.Forget] has emptied the change: what names the person
	// and what they had is gone. It is ignored on the way in.
	Forgotten bool
}

// PersonID is the id of a person in a source; an empty source is any.
type PersonID struct{ Source, ID string }

// Filter selects changes of an organization, of a person, or both. A change is the
// person's if one of Users, Emails and People names it; without any of them it is
// everybody's.
type Filter struct {
	Organization  string // org_ id; empty is any
	Users, Emails []string
	People        []PersonID
}

// Open reports whether the change has no outcome yet.
func (c *Change) Open() bool { return c.Settled.IsZero() }

// Outcome is what became of one change.
type Outcome struct {
	ID     int64  // of the change
	Result string // must not be empty
	Error  string
	// UserID, InvitationID, Before and After replace what the intent said unless
	// they are empty.
	UserID        string
	InvitationID  string
	Before, After json.RawMessage
	// Link is where the invitation that was sent is accepted, until LinkExpires.
	// [DB.Links] alone gives it back.
	Link        clerkapi.Secret
	LinkExpires time.Time
	// EndsInvitation says that the change has ended the invitation that it names:
	// its link is deleted.
	EndsInvitation bool
}

// Fact is a small typed memory: a pin, a baseline, a first-missing time. Kind
// and Key name it.
type Fact struct {
	Kind, Key string
	Value     json.RawMessage
	// At is since when the value holds and Run which run said so: writing the
	// same value again changes neither.
	At  time.Time
	Run int64
}

// Approval is an admin's yes to one held set (S23).
type Approval struct {
	Hash, Reason, By string
	Organization     string // org_ id; empty is the whole run
	// Keys are those of the held set's changes, Done those that are used up.
	Keys, Done []string
	Given      time.Time
	// Expires is at most [ApprovalLife] after Given.
	Expires time.Time
	// Used is true when every key is done.
	Used bool
}

// Live reports whether the approval is still valid at that time.
func (a *Approval) Live(now time.Time) bool { return !a.Used && now.Before(a.Expires) }

// HeldSet is what a plan showed as held, so that it can be printed again when
// somebody approves it.
type HeldSet struct {
	Hash, Organization string
	Keys               []string
	Text               []byte // JSON of the changes
	At                 time.Time
	Run                int64 // that the plan takes back; 0 if it takes back none
}

// Pause keeps runs from changing an organization (S25).
type Pause struct {
	Organization string // org_ id; empty is all
	Reason, By   string
	Since        time.Time
	Run          int64 // of the undo that left it; 0 is a person's own
}
