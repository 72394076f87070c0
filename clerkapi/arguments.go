package clerkapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// PageLimit is the most records that Clerk puts on one page.
const PageLimit = 500

const (
	maxIDLength    = 200
	maxValues      = 100 // values of one filter in one request
	maxBulk        = 10  // invitations in one bulk request
	maxExpiryDays  = 365
	organizationID = "org_"
)

// arguments collects what is wrong with the arguments of one call.
type arguments struct {
	call     string
	problems []error
}

func checking(call string) *arguments { return &arguments{call: call} }

func (a *arguments) refuse(argument, problem string, values ...any) {
	a.problems = append(a.problems, &ArgumentError{Call: a.call, Argument: argument, Problem: fmt.Sprintf(problem, values...)})
}

func (a *arguments) err() error { return errors.Join(a.problems...) }

// organization takes ids only: the contract promises slugs for reading an
// organization and for nothing else, and slugs move (S22).
func (a *arguments) organization(id string) *arguments {
	a.id("organization", id)
	if id != "" && !strings.HasPrefix(id, organizationID) {
		a.refuse("organization", "%q is no org_ id: find the organization first", id)
	}
	return a
}

func (a *arguments) id(argument, id string) *arguments {
	switch {
	case id == "":
		a.refuse(argument, "empty")
	case len(id) > maxIDLength:
		a.refuse(argument, "longer than %d bytes", maxIDLength)
	case id == "." || id == ".." || strings.ContainsFunc(id, notInID):
		a.refuse(argument, "holds a character that no id has")
	}
	return a
}

// notInID refuses what would change a path or a log line (S35), and the signs
// that Clerk reads as operators.
func notInID(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("/?#%\\+", r)
}

func (a *arguments) role(role string) *arguments { return a.id("role", role) }

func (a *arguments) email(address string) *arguments {
	if !strings.Contains(address, "@") || strings.ContainsFunc(address, unicode.IsControl) || strings.ContainsFunc(address, unicode.IsSpace) {
		a.refuse("email", "no address")
	}
	return a
}

// metadata takes an object, or nil where it is optional.
func (a *arguments) metadata(argument string, raw json.RawMessage) *arguments {
	var object map[string]json.RawMessage
	if raw != nil && (json.Unmarshal(raw, &object) != nil || object == nil) {
		a.refuse(argument, "no JSON object")
	}
	return a
}

func (a *arguments) page(limit, offset int) *arguments {
	if limit < 0 || limit > PageLimit {
		a.refuse("limit", "%d is not between 1 and %d", limit, PageLimit)
	}
	if offset < 0 {
		a.refuse("offset", "%d is negative", offset)
	}
	return a
}

func (a *arguments) values(argument string, values []string) *arguments {
	if len(values) > maxValues {
		a.refuse(argument, "%d values, %d are allowed", len(values), maxValues)
	}
	if slices.Contains(values, "") {
		a.refuse(argument, "holds an empty value")
	}
	return a
}

// orderBy takes one of the names with + or -, or without a sign.
func (a *arguments) orderBy(order string, names ...string) *arguments {
	if order == "" {
		return a
	}
	bare := strings.TrimPrefix(strings.TrimPrefix(order, "+"), "-")
	for _, name := range names {
		if bare == name && len(order)-len(bare) <= 1 {
			return a
		}
	}
	a.refuse("order_by", "%q is none of %s, with + or -", order, strings.Join(names, ", "))
	return a
}

func (a *arguments) oneOf(argument, value string, allowed ...string) *arguments {
	if slices.Contains(allowed, value) {
		return a
	}
	a.refuse(argument, "%q is none of %s", value, strings.Join(allowed, ", "))
	return a
}
