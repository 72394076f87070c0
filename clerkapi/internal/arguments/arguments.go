// Package arguments refuses what a call of Clerk cannot take, before anything is
// sent. It imports package wire for what Clerk's ids look like.
package arguments

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"rollcall/clerkapi/internal/wire"
)

// maxIDLength is in bytes.
const maxIDLength = 200

// List collects the problems of the arguments of one call.
type List struct {
	call     string
	problems []error
}

// Of begins the arguments of a call.
func Of(call string) *List { return &List{call: call} }

// Refuse files a problem of an argument.
func (a *List) Refuse(argument, problem string, values ...any) {
	a.problems = append(a.problems, &Error{Call: a.call, Argument: argument, Problem: fmt.Sprintf(problem, values...)})
}

// Err joins the problems; nil if there is none.
func (a *List) Err() error { return errors.Join(a.problems...) }

// Organization accepts ids only. The contract promises slugs for reading an
// organization and for nothing else, and slugs move (S22).
func (a *List) Organization(id string) *List {
	a.ID("organization", id)
	if id != "" && !strings.HasPrefix(id, wire.OrganizationPrefix) {
		a.Refuse("organization", "%q is not an org_ id: find the organization first", id)
	}
	return a
}

// ID accepts what can be an id of Clerk.
func (a *List) ID(argument, id string) *List {
	switch {
	case id == "":
		a.Refuse(argument, "empty")
	case len(id) > maxIDLength:
		a.Refuse(argument, "longer than %d bytes", maxIDLength)
	case id == "." || id == ".." || strings.ContainsFunc(id, NotInID):
		a.Refuse(argument, "contains a character that is not valid in an id")
	}
	return a
}

// NotInID reports characters that would change a path or a log line (S35), and
// the signs that Clerk reads as operators.
func NotInID(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("/?#%\\+", r)
}

// Role accepts what can be a role.
func (a *List) Role(role string) *List { return a.ID("role", role) }

// Email accepts what can be an address.
func (a *List) Email(address string) *List {
	if !strings.Contains(address, "@") || strings.ContainsFunc(address, unicode.IsControl) || strings.ContainsFunc(address, unicode.IsSpace) {
		a.Refuse("email", "not a valid address")
	}
	return a
}

// Metadata accepts an object, or nil where metadata is optional.
func (a *List) Metadata(argument string, raw json.RawMessage) *List {
	var object map[string]json.RawMessage
	if raw != nil && (json.Unmarshal(raw, &object) != nil || object == nil) {
		a.Refuse(argument, "not a JSON object")
	}
	return a
}

// Error is a call that was refused before anything was sent, because
// Clerk's contract does not allow the argument.
type Error struct {
	Call     string // the method of Client, such as "SetRole"
	Argument string
	Problem  string
}

// Error names the call, the argument and the problem.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Call, e.Argument, e.Problem)
}
