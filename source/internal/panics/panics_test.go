package panics_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jcmturner/gokrb5/v8/config"

	"rollcall/source/internal/panics"
)

// guarded runs f as a source runs a read.
func guarded(f func() error) (err error) {
	defer panics.Recover(&err)
	return f()
}

// The library of Kerberos panics at a realm on one line: the error says which
// library it was and where.
func TestS09PanicOfALibraryIsAnErrorWithItsName(t *testing.T) {
	t.Parallel()
	err := guarded(func() error {
		_, err := config.NewFromString("[realms]\nCORP.EXAMPLE = { kdc = dc1.corp.example }\n")
		return err
	})
	e, ok := errors.AsType[*panics.Error](err)
	if !ok || e.Library != "github.com/jcmturner/gokrb5/v8/config" || !strings.HasPrefix(e.Place, "parseRealms (krb5conf.go:") ||
		!strings.Contains(err.Error(), "slice bounds out of range") {
		t.Errorf("%v", err)
	}
}

// The standard library panics for whoever called it.
func TestS09PanicInTheStandardLibraryIsItsCallers(t *testing.T) {
	t.Parallel()
	minus := -1
	err := guarded(func() error { _ = strings.Repeat("x", minus); return nil })
	if e, ok := errors.AsType[*panics.Error](err); !ok || e.Library != "rollcall/source/internal/panics_test" {
		t.Errorf("%v", err)
	}
}

// Without a panic the function's own answer stands.
func TestNoPanicLeavesTheErrorAlone(t *testing.T) {
	t.Parallel()
	own := errors.New("own")
	for _, want := range []error{nil, own} {
		if err := guarded(func() error { return want }); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%v became %v", want, err)
		}
	}
}
