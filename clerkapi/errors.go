package clerkapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/limit"
	"rollcall/clerkapi/internal/wire"
)

// The kinds of [Error], for errors.Is. Each stands for several codes of Clerk;
// the HTTP status decides only where there is no code.
var (
	// ErrNotFound: the organization, user, membership or invitation does not
	// exist. Clerk gives one code for all of them.
	ErrNotFound = errors.New("not found")
	// ErrAlreadyMember: the user is a member of the organization already. With
	// Error.Attempts over 1, an earlier attempt of this call may have added the
	// user (S33).
	ErrAlreadyMember = errors.New("already a member of the organization")
	// ErrLastAdmin: the organization would be left without a member who may
	// manage it.
	ErrLastAdmin = errors.New("last member with the minimum set of permissions")
	// ErrManagedByDirectory: Clerk's own directory sync manages this membership (S19).
	ErrManagedByDirectory = errors.New("membership is managed by Clerk's directory sync")
	// ErrUnauthorized: the secret key is wrong, or may not do this.
	ErrUnauthorized = errors.New("Clerk refused the secret key") //nolint:staticcheck // a name
	// ErrSeats: the organization or the plan has no seat left.
	ErrSeats = errors.New("no seat left")
	// ErrUserQuota: the instance takes no more users.
	ErrUserQuota = errors.New("the instance has reached its limit of users")
	// ErrMail: the instance or the organization sends no invitations at all, or no
	// more for now.
	ErrMail = errors.New("Clerk does not send invitations") //nolint:staticcheck // a name
	// ErrQuota: another quota of the organization or the instance is used up.
	ErrQuota = errors.New("the quota is used up")
	// ErrPlan: the plan or the settings of the instance lack a feature.
	ErrPlan = errors.New("the plan does not include the feature")
	// ErrRoleMigration: Clerk is changing the roles of the organization itself.
	ErrRoleMigration = errors.New("a role migration is in progress")
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
	ErrTooManyRequests = limit.ErrTooManyRequests
)

// sentinels gives the kind of error for a code of Clerk.
var sentinels = map[string]error{
	"resource_not_found":                             ErrNotFound,
	"organization_not_found_or_unauthorized":         ErrNotFound,
	"organization_invitation_not_found":              ErrNotFound,
	"organization_invitation_not_pending":            ErrNotPending,
	"already_a_member_in_organization":               ErrAlreadyMember,
	"organization_minimum_permissions_needed":        ErrLastAdmin,
	"organization_membership_managed_by_scim":        ErrManagedByDirectory,
	"organization_membership_quota_exceeded":         ErrSeats,
	"organization_membership_quota_exceeded_for_sso": ErrSeats,
	"insufficient_seats":                             ErrSeats,
	"user_quota_exceeded":                            ErrUserQuota,
	"invitations_not_supported_in_organization":      ErrMail,
	"invitations_not_supported":                      ErrMail,
	"dev_monthly_email_limit_exceeded":               ErrMail,
	"unsupported_subscription_plan_features":         ErrPlan,
	"feature_not_enabled":                            ErrPlan,
	"feature_not_implemented":                        ErrPlan,
	"request_invalid_for_instance":                   ErrPlan,
	"request_invalid_for_environment":                ErrPlan,
	"role_migration_in_progress":                     ErrRoleMigration,
	"organization_invitation_not_unique":             ErrAlreadyInvited,
	"duplicate_record":                               ErrAlreadyInvited,
	"form_identifier_exists":                         ErrExists,
	"exclusive_organization_membership":              ErrExclusive,
	"clerk_key_invalid":                              ErrUnauthorized,
	"authorization_header_format_invalid":            ErrUnauthorized,
	"could_not_authenticate_request":                 ErrUnauthorized,
	"authentication_invalid":                         ErrUnauthorized,
	"authorization_invalid":                          ErrUnauthorized,
	"authorization_missing_scopes":                   ErrUnauthorized,
	"too_many_requests":                              ErrTooManyRequests,
}

// Error is a call that Clerk refused, or that got no usable answer. It holds no
// address and no key: the path is a template, and Clerk's message is cleaned.
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

	cause   error
	outcome outcome
	// retry says that the same call may succeed a little later. A 429 is
	// counted apart, see retries.
	retry bool
}

// outcome is what became of a call that ended in an error.
type outcome uint8

const (
	// refused: the server says that it did nothing.
	refused outcome = iota
	// notSent: nothing reached the server.
	notSent
	// unknown: the server may have carried the call out, or an earlier attempt.
	unknown
	// doneUnreadable: the server carried the call out, but its answer could not
	// be read.
	doneUnreadable
)

// Error says what was called, what came back, and Clerk's name of the request
// for its support.
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

// mayBeDone reports whether the call may have had its effect.
func (e *Error) mayBeDone() bool { return e.outcome == unknown || e.outcome == doneUnreadable }

// addEarlier takes into account that an earlier attempt may have had its
// effect. An attempt that was not sent, or met a rate limit, does not tell.
func (e *Error) addEarlier(mayBeDone bool) {
	if mayBeDone && (e.outcome == notSent || e.Status == http.StatusTooManyRequests) {
		e.outcome = unknown
	}
}

// Is answers errors.Is for the sentinels of this package.
func (e *Error) Is(target error) bool {
	if s, ok := sentinels[e.Code]; ok {
		return s == target
	}
	if strings.HasSuffix(e.Code, "quota_exceeded") {
		return target == ErrQuota
	}
	switch e.Status {
	case http.StatusPaymentRequired:
		return target == ErrPlan
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

// KeyRefused reports whether Clerk accepts the key no more. It is less than [StopsRun]:
// the codes of a key without a permission also refuse one account or one kind of call.
func KeyRefused(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusUnauthorized
}

// Outage reports whether an error comes from Clerk or the network: there was no
// answer, no complete answer, or an answer of server fault or too many requests.
// Nothing that a record holds, and nobody who leaves, can cause an outage.
func Outage(err error) bool {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok || errors.Is(err, context.Canceled):
		return false
	case e.outcome == doneUnreadable:
		return errors.Is(e, wire.ErrBody)
	}
	return e.Status == 0 && e.cause != nil || e.Status == http.StatusRequestTimeout ||
		e.Status == http.StatusTooManyRequests || e.Status >= http.StatusInternalServerError
}

// OutcomeUnknown reports whether a call that changes something may have had its
// effect although it ended in this error: its answer was lost, unreadable or a
// server fault. Read the result back before you send the call again.
func OutcomeUnknown(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Method != http.MethodGet && (e.mayBeDone() || e.Status >= http.StatusInternalServerError)
}

// IncompleteError is a listing that did not add up, also when it was read again
// (S16).
type IncompleteError = calls.IncompleteError

// NamesError says which organizations could not be asked for by name. The
// others were found (S40).
type NamesError struct{ ByName map[string]error }

// Error lists the names with what went wrong.
func (e *NamesError) Error() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(e.ByName)) {
		parts = append(parts, name+": "+e.ByName[name].Error())
	}
	return strings.Join(parts, "; ")
}

// Unwrap gives the errors in the order of the names.
func (e *NamesError) Unwrap() []error {
	var all []error
	for _, name := range slices.Sorted(maps.Keys(e.ByName)) {
		all = append(all, e.ByName[name])
	}
	return all
}
