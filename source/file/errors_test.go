package file

import (
	"errors"
	"io"
	"os"
	"testing"

	"rollcall/source"
	"rollcall/source/internal/tlsfile"
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
		"our key":      {fetchFailure(t.Context(), "u", &tlsfile.LocalFault{Err: os.ErrNotExist}), false},
		"checksum":     {&FetchError{Err: ErrChecksum, retry: true}, false},
		"changed":      {&FetchError{Err: source.ErrChanged, retry: true}, false},
	} {
		if got := source.Outage(c.err); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
