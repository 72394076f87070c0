//go:build !gssapi

package source

import (
	"errors"

	"github.com/go-ldap/ldap/v3"
)

// bindKerberos is left out of this build: Kerberos brings its own network
// code and configuration, which few installations want in the program.
func bindKerberos(*ldap.Conn, GSSAPIConfig, string) error {
	return errors.New("bind: gssapi is not in this build: build with -tags gssapi, or choose another bind")
}
