package plan

import "fmt"

// State says what becomes of a change.
type State string

// The states. A ready change is applied. A held change waits for approval, or
// for the end of its reason (exit code 3). A skipped change is left out with a
// note (exit code 0).
const (
	Ready   State = "ready"
	Held    State = "held"
	Skipped State = "skipped"
)

// Hold holds the change. A change that several rules hold has all their reasons,
// and becomes ready only if every reason is lifted.
func (c *Change) Hold(r Reason) {
	c.Reasons, c.Why = c.Reasons.With(r), appendReason(c, r.Sentence())
	c.State, c.Approved = Held, false
}

// appendReason adds a sentence to those of a held change.
func appendReason(c *Change, sentence string) string {
	if c.State == Held {
		return c.Why + ", " + sentence
	}
	return sentence
}

// Skip leaves the change out. The values complete the sentence of the reason.
func (c *Change) Skip(r Reason, values ...any) {
	c.State, c.Reasons, c.Why = Skipped, Reasons(0).With(r), r.Sentence()
	if len(values) > 0 {
		c.Why = fmt.Sprintf(r.Sentence(), values...)
	}
}

// Follow gives the change the state of another change that it depends on. The
// reason's sentence says which one that is.
func (c *Change) Follow(other *Change, r Reason, which string) {
	state := other.State
	c.Skip(r, which)
	c.State = state
}

// Approve makes a change ready that only guards hold (S23).
func (c *Change) Approve() {
	c.State, c.Reasons, c.Why, c.Approved = Ready, 0, "approved", true
}

// HeldByGuard reports whether only guards hold the change. Only such a change
// can be approved (S23).
func (c *Change) HeldByGuard() bool {
	return c.State == Held && c.Reasons != 0 && c.Reasons&^guardReasons == 0
}

// SkippedFor is why a skipped change is left out; 0 for any other change.
func (c *Change) SkippedFor() Reason {
	if c.State != Skipped {
		return 0
	}
	return c.Reasons.First()
}

// InGrace reports whether a removal is left out only because of the grace
// period.
func (c *Change) InGrace() bool { return c.Action == Remove && c.SkippedFor() == Grace }
