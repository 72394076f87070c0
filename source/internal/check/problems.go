package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall/source"
)

// Problems gathers what is wrong with a configuration, so that an admin sees
// all of it at once.
type Problems struct{ list []error }

// Add notes a problem with the key at a path.
func (p *Problems) Add(path, problem string) {
	p.list = append(p.list, &source.FieldError{Path: path, Problem: problem})
}

// Err joins the problems; nil when there are none.
func (p *Problems) Err() error { return errors.Join(p.list...) }

// OneOf notes a value that is not among the allowed ones; an empty one stands
// for the default.
func (p *Problems) OneOf(path, got string, allowed ...string) {
	if got != "" && !slices.Contains(allowed, got) {
		p.Add(path, fmt.Sprintf("is %q; allowed: %s", got, strings.Join(allowed, ", ")))
	}
}
