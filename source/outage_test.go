package source

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
)

// A server that is down is an outage; what it sends, and a login that it
// refuses, is none.
func TestOutageOfServers(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"broken off":   {fetchFailure(t.Context(), "u", io.ErrUnexpectedEOF), true},
		"nobody there": {fetchFailure(t.Context(), "u", errors.New("connection refused")), true},
		"too large":    {fetchFailure(t.Context(), "u", errTooLarge), false},
		"our key":      {fetchFailure(t.Context(), "u", &localFault{os.ErrNotExist}), false},
		"checksum":     {&FetchError{Err: ErrChecksum, again: true}, false},
		"changed":      {&FetchError{Err: ErrChanged, again: true}, false},
		"busy":         {&LDAPError{Code: codeBusy}, true},
		"lost":         {fmt.Errorf("read: %w", &LDAPError{Code: codeServerDown}), true},
		"no login":     {&LDAPError{Code: 49}, false},
		"a limit":      {&LDAPError{Code: 4}, false},
		"garbled":      {&LDAPError{Code: codeDecoding}, false},
		"no file":      {&MissingError{"people.csv", "no such file"}, false},
		"damage":       {damaged("people.csv", "x"), false},
	} {
		if got := Outage(c.err); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
