package recent

// Reason is why a run for one person has read more than that person. The values stand
// in reports and in the log.
type Reason string

const (
	// NoHistory is a run without a state directory, or before the first run of one (S31).
	NoHistory Reason = "no_history"
	// NoListing is a process whose runs have kept no list, and no earlier one has saved any:
	// the first run, or too many members for a file.
	NoListing Reason = "no_listing"
	// OtherRun is a run of another process since the lists were kept.
	OtherRun Reason = "other_run"
	// OldListing is a list that is older than [MaxAge].
	OldListing Reason = "old_listing"
	// ChangedListing is an organization that has not as many members as its list (S16).
	ChangedListing Reason = "changed_listing"
	// UnreadAccount is an account that may be the person's and cannot be read.
	UnreadAccount Reason = "unread_account"
	// ManyAccounts are more accounts that may be the person's than are read one by one.
	ManyAccounts Reason = "many_accounts"
	// ManyLookUps are more people without a known account than a few requests look up.
	ManyLookUps Reason = "many_look_ups"
	// Loss is something that the person would lose (S04, S09).
	Loss Reason = "loss"
	// Waiting is a change of the person that is skipped or waits for approval.
	Waiting Reason = "waiting"
	// UnclearIdentity is a person whose account nobody can tell (S02, S06, S10).
	UnclearIdentity Reason = "unclear_identity"
	// OtherAccount is a change of an account that was not read again.
	OtherAccount Reason = "other_account"
)

// WholeError ends a run for one person that has to be made again with everything read.
type WholeError struct{ Because Reason }

// Error names the reason.
func (e *WholeError) Error() string { return "everything has to be read: " + string(e.Because) }
