package clerkapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
)

// An outage is what Clerk or the line does. What an answer holds, and a refusal,
// is none: whoever can bend a record, or leave, must not make one.
func TestOutage(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"no answer":          {&Error{cause: io.EOF}, true},
		"time-out":           {&Error{cause: context.DeadlineExceeded}, true},
		"a long pause":       {&Error{cause: &longPauseError{}, unsent: true, final: true}, true},
		"server fault":       {fmt.Errorf("list: %w", &Error{Status: 503}), true},
		"rate limit":         {&Error{Status: 429}, true},
		"cut body":           {&Error{Status: 200, unreadable: true, cause: fmt.Errorf("%w: %w", errBody, io.ErrUnexpectedEOF)}, true},
		"a row that is none": {&Error{Status: 200, unreadable: true, cause: errors.New("a membership lacks its id, role or user")}, false},
		"too large":          {&Error{Status: 200, unreadable: true, cause: errTooLarge}, false},
		"interrupted":        {&Error{cause: context.Canceled}, false},
		"not found":          {&Error{Status: 404, Code: "resource_not_found"}, false},
		"refused":            {&Error{Status: 422}, false},
		"does not add up":    {&IncompleteError{Organization: "org_1"}, false},
		"ours":               {errors.New("asked for org_1, got memberships of org_2"), false},
		"bad argument":       {&ArgumentError{Call: "SetRole"}, false},
	} {
		if got := Outage(c.err); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
