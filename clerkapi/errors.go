package clerkapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// What an [Error] can be, for errors.Is. Each stands for the codes of Clerk
// that mean it; the HTTP status decides only where no code does.
var (
	// ErrNotFound: the organization, user, membership or invitation does not
	// exist. Clerk gives one code for all of them.
	ErrNotFound = errors.New("not found")
	// ErrAlreadyMember: the user is a member of the organization already. With
	// Error.Attempts over 1 it may be the answer to our own lost call (S33).
	ErrAlreadyMember = errors.New("already a member of the organization")
	// ErrLastAdmin: the organization would be left without a member who may
	// manage it.
	ErrLastAdmin = errors.New("last member with the minimum permissions")
	// ErrManagedByDirectory: Clerk's own directory sync manages this membership (S19).
	ErrManagedByDirectory = errors.New("membership is managed by Clerk's directory sync")
	// ErrUnauthorized: the secret key is wrong, or may not do this.
	ErrUnauthorized = errors.New("secret key refused")
	// ErrSeats: the organization or the plan has no seat left.
	ErrSeats = errors.New("no seat left")
	// ErrAlreadyInvited: an invitation for that address is pending.
	ErrAlreadyInvited = errors.New("already invited")
	// ErrNotPending: the invitation was accepted, revoked or has expired.
	ErrNotPending = errors.New("invitation is not pending")
	// ErrExists: the address, user name or external id of a new user is taken.
	ErrExists = errors.New("identifier is taken")
	// ErrExclusive: the user belongs to an organization that admits no others,
	// or this one does.
	ErrExclusive = errors.New("membership is exclusive")
	// ErrTooManyRequests: a rate limit; the client retried as long as it may.
	ErrTooManyRequests = errors.New("too many requests")
)

// sentinels says which sentinel a code of Clerk answers to.
var sentinels = map[string]error{
	"resource_not_found":                      ErrNotFound,
	"organization_not_found_or_unauthorized":  ErrNotFound,
	"organization_invitation_not_found":       ErrNotFound,
	"organization_invitation_not_pending":     ErrNotPending,
	"already_a_member_in_organization":        ErrAlreadyMember,
	"organization_minimum_permissions_needed": ErrLastAdmin,
	"organization_membership_managed_by_scim": ErrManagedByDirectory,
	"organization_membership_quota_exceeded":  ErrSeats,
	"insufficient_seats":                      ErrSeats,
	"organization_invitation_not_unique":      ErrAlreadyInvited,
	"duplicate_record":                        ErrAlreadyInvited,
	"form_identifier_exists":                  ErrExists,
	"exclusive_organization_membership":       ErrExclusive,
	"clerk_key_invalid":                       ErrUnauthorized,
	"authorization_header_format_invalid":     ErrUnauthorized,
	"could_not_authenticate_request":          ErrUnauthorized,
	"authentication_invalid":                  ErrUnauthorized,
	"authorization_invalid":                   ErrUnauthorized,
	"authorization_missing_scopes":            ErrUnauthorized,
	"too_many_requests":                       ErrTooManyRequests,
}

// Error is a call that Clerk refused, or that got no usable answer. It holds
// no personal data: the path is a template and the message is Clerk's short one.
type Error struct {
	Method string
	// Path is the template, such as "/organizations/{organization_id}/memberships".
	Path string
	// Status is the HTTP status; 0 when no answer came.
	Status int
	// Code is Clerk's code of the first error; empty when the body had none.
	Code    string
	Message string
	// Param is the name of the parameter that Clerk objects to, if any.
	Param string
	// RetryAfter is what the answer asked to wait; 0 when it did not say.
	RetryAfter time.Duration
	// TraceID is Clerk's name of the request, for its support.
	TraceID string
	// Attempts is how often the call was sent, 1 at least. Over 1, an earlier
	// attempt may have had its effect although its answer was lost (S33).
	Attempts int

	cause error
	// unsent: nothing reached the server. unknown: see OutcomeUnknown.
	// unreadable: done, but the answer could not be read. final: never retried.
	unsent, unknown, unreadable, final bool
}

// Error says what was called, what came back and how to name it to Clerk's support.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.Path)
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d ", e.Status)
	}
	b.WriteString(strings.Join(e.details(), ", "))
	return b.String()
}

func (e *Error) details() []string {
	var parts []string
	if e.Code != "" {
		parts = append(parts, e.Code)
	}
	switch {
	case e.Message != "":
		parts = append(parts, e.Message)
	case e.Code == "":
		parts = append(parts, strings.ToLower(http.StatusText(e.Status)))
	}
	if e.Param != "" {
		parts = append(parts, "parameter "+e.Param)
	}
	if e.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("%d attempts", e.Attempts))
	}
	if e.TraceID != "" {
		parts = append(parts, "trace "+e.TraceID)
	}
	return parts
}

// Unwrap gives the network or decoding error behind a call without an answer.
func (e *Error) Unwrap() error { return e.cause }

// conclusive reports whether the server said what became of the call.
func (e *Error) conclusive() bool {
	return e.Status != 0 && e.Status < 500 && e.Status != http.StatusTooManyRequests && !e.unreadable
}

// Is answers errors.Is for the sentinels of this package.
func (e *Error) Is(target error) bool {
	if s, ok := sentinels[e.Code]; ok {
		return s == target
	}
	switch e.Status {
	case http.StatusNotFound:
		return target == ErrNotFound
	case http.StatusUnauthorized:
		return target == ErrUnauthorized
	case http.StatusTooManyRequests:
		return target == ErrTooManyRequests
	}
	return false
}

// StopsRun reports whether an error makes every further call pointless: the
// key is refused, or the instance has organizations turned off.
func StopsRun(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	return e.Status == http.StatusUnauthorized || errors.Is(e, ErrUnauthorized) ||
		strings.HasPrefix(e.Code, "organization_not_enabled") ||
		strings.HasPrefix(e.Code, "organizations_not_enabled") ||
		e.Status == http.StatusForbidden && strings.HasPrefix(e.Code, "authorization_")
}

// Outage reports whether an error is Clerk's own, or the line's: there was no
// answer, or none that arrived whole, or one that says server fault or too many
// requests. No record that somebody could bend, and nobody who leaves, makes one.
func Outage(err error) bool {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok || errors.Is(err, context.Canceled):
		return false
	case e.unreadable:
		return errors.Is(e, errBody)
	}
	return e.Status == 0 && e.cause != nil || e.Status == http.StatusRequestTimeout ||
		e.Status == http.StatusTooManyRequests || e.Status >= http.StatusInternalServerError
}

// OutcomeUnknown reports whether the call may have had its effect although it
// ended in this error: its answer was lost, unreadable or a server fault. What
// was asked for must be read back before it is asked for again.
func OutcomeUnknown(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.unknown || e.Status >= http.StatusInternalServerError && e.Method != http.MethodGet)
}

// ArgumentError is a call that was refused before anything was sent, because
// Clerk's contract does not allow the argument.
type ArgumentError struct {
	Call     string // the method of Client, such as "SetRole"
	Argument string
	Problem  string
}

// Error names the call, the argument and the problem.
func (e *ArgumentError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Call, e.Argument, e.Problem)
}

// IncompleteError is a listing that did not add up, three times over (S16).
type IncompleteError struct {
	// Organization is the org_ id; empty for lists of the whole instance.
	Organization string
	// What was listed, such as "memberships".
	What string
	// Got is how many different records were read, Want what Clerk counted.
	Got, Want int
}

// Error says what is missing and what that means.
func (e *IncompleteError) Error() string {
	where := "the instance"
	if e.Organization != "" {
		where = e.Organization
	}
	return fmt.Sprintf("list %s of %s: read %d of %d records, also when repeated: the list changes too fast, or an answer was cut; run again", e.What, where, e.Got, e.Want)
}
