package clerkapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/limit"
	"rollcall/clerkapi/internal/wire"
)

// An outage comes from Clerk or the network. A refusal is none, and neither is
// the content of an answer: nobody must be able to cause an outage by a record
// or by leaving.
func TestOutage(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"no answer":          {&Error{cause: io.EOF}, true},
		"time-out":           {&Error{cause: context.DeadlineExceeded}, true},
		"a long pause":       {&Error{cause: &limit.PauseError{}, outcome: notSent}, true},
		"server fault":       {fmt.Errorf("list: %w", &Error{Status: 503}), true},
		"rate limit":         {&Error{Status: 429}, true},
		"cut body":           {&Error{Status: 200, outcome: doneUnreadable, cause: fmt.Errorf("%w: %w", wire.ErrBody, io.ErrUnexpectedEOF)}, true},
		"a row that is none": {&Error{Status: 200, outcome: doneUnreadable, cause: errors.New("a membership has no id or no role")}, false},
		"too large":          {&Error{Status: 200, outcome: doneUnreadable, cause: wire.ErrTooLarge}, false},
		"interrupted":        {&Error{cause: context.Canceled}, false},
		"not found":          {&Error{Status: 404, Code: "resource_not_found"}, false},
		"refused":            {&Error{Status: 422}, false},
		"does not add up":    {&IncompleteError{Organization: "org_1"}, false},
		"ours":               {errors.New("asked for the memberships of org_1, got those of org_2"), false},
		"bad argument":       {&arguments.Error{Call: "SetRole"}, false},
	} {
		if got := Outage(c.err); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
