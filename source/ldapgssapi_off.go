//go:build !gssapi

package source

import (
	"errors"

	"github.com/go-ldap/ldap/v3"
)

// kerberosBuilt is false: Kerberos brings its own network code and
// configuration, which few installations want in the program.
const kerberosBuilt = false

var errNoKerberos = errors.New("is gssapi, which is not in this build: build with -tags gssapi, or choose another bind")

func bindKerberos(*ldap.Conn, GSSAPIConfig, string) error { return &localFault{errNoKerberos} }
