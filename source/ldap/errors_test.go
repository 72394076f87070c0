package ldap

import (
	"fmt"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/internal/wire"
)

// A server that is down is an outage; what it sends, and a login that it
// refuses, is none.
func TestOutageOfServers(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"busy":     {&Error{Code: wire.CodeBusy}, true},
		"lost":     {fmt.Errorf("read: %w", &Error{Code: wire.CodeServerDown}), true},
		"no login": {&Error{Code: 49}, false},
		"a limit":  {&Error{Code: 4}, false},
		"garbled":  {&Error{Code: wire.CodeDecoding}, false},
	} {
		if got := source.Outage(c.err); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
