package plan

// Cause is why a membership is removed, or an invitation revoked. Decisions and
// counts use it; the sentence in [Change.Because] is never parsed (S42).
type Cause string

// The causes.
const (
	// Left is somebody whom the source has no more.
	Left Cause = "left"
	// Moved is somebody whom the source has, in groups or rows that do not lead here.
	Moved Cause = "moved"
	// LeftOrMoved is somebody in no group that was read, of a source that does not
	// say who else there is.
	LeftOrMoved Cause = "left_or_moved"
	// Disabled is an account that the source calls disabled, Ended a time that is over.
	Disabled Cause = "disabled"
	Ended    Cause = "ended"
	// Reviewed is a decision of an access review.
	Reviewed Cause = "review"
	// NoRule is a membership without our marker that no rule wants, or an invitation
	// to an address that nothing leads to any more.
	NoRule Cause = "no_rule"
	// Denied is what an admin has denied for a time, by an exception.
	Denied Cause = "denied"
	// Undone is a change that an undo takes back.
	Undone Cause = "undo"
)
