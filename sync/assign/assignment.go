package assign

import (
	"cmp"

	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/exception"
	"rollcall/sync/policy"
)

// Assignment is one reason for a person to be in an organization.
type Assignment struct {
	person *directory.Person
	Role   string
	// precedence is the position of the rule: the higher rule wins. listed is the
	// position of the role in the rule's roles: the first one wins.
	precedence, listed int32
	public, private    map[string]any
	Periods            []*source.Period // when it holds; none is always
	Reason
}

// Reason is why a person is assigned: a rule and a group, or a row. There may be
// a million reasons, so the parts that they share are stored once.
type Reason struct {
	*SharedReason
	line, column int32 // of a row
}

// SharedReason is the part that many reasons share.
type SharedReason struct {
	Text string
	Mode policy.RolesMode
	rank int32 // the precedence of the rule, or of the source of rows
	// Pattern is the key of a group that a pattern found; empty for others (S21).
	Pattern string
	origin  source.Origin // of rows, without their line and column
	grant   *Grant        // that the reason belongs to
	// Exception is the grant of an admin that is the reason; nil for rules and rows.
	Exception *exception.Exception
}

// Because is the reason as plans and notes show it.
func (r Reason) Because() string {
	if r.line == 0 {
		return r.Text
	}
	o := r.origin
	o.Line, o.Column = int(r.line), int(r.column)
	return "row " + o.String()
}

// compare orders reasons independently of the order in which a source returns
// them.
func (r Reason) compare(other Reason) int {
	if r.SharedReason != other.SharedReason {
		return cmp.Compare(r.Because(), other.Because())
	}
	return cmp.Or(cmp.Compare(r.line, other.line), cmp.Compare(r.column, other.column))
}

// ComparePrecedence orders assignments, the one that wins first. Below the order
// of the rules any order will do that does not depend on the order in which a
// directory answers.
func ComparePrecedence(x, y Assignment) int {
	return cmp.Or(cmp.Compare(x.precedence, y.precedence), cmp.Compare(x.listed, y.listed),
		cmp.Compare(x.Role, y.Role), x.compare(y.Reason))
}
