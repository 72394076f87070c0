package wire

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// A server that says nothing about a refused login leaves no empty parentheses. One
// that says something is quoted.
func TestErrorQuotesTheServerIfItSaysSomething(t *testing.T) {
	at := Error{Op: OpBind, Server: "ldap://dc1"}
	for said, want := range map[string]string{
		"":                  "bind to ldap://dc1: code 49, invalid credentials; check that bind_dn exists and that bind_password_file has its password",
		" \x00":             "bind to ldap://dc1: code 49, invalid credentials; check that bind_dn exists and that bind_password_file has its password",
		"80090308: LdapErr": "bind to ldap://dc1: code 49, invalid credentials (80090308: LdapErr); check that bind_dn exists and that bind_password_file has its password",
	} {
		if got := Failure(t.Context(), at, ldap.NewError(49, errors.New(said))).Error(); got != want {
			t.Errorf("%q: %s", said, got)
		}
	}
}

// A server that cannot be reached at all: the name, or the port.
func TestUnreachedServerSaysWhatToCheck(t *testing.T) {
	at := Error{Op: OpConnect, Server: "ldap://dc1"}
	for want, err := range map[string]error{
		"; check the name of the server in urls, and the DNS of this machine":                     &net.DNSError{Err: "no such host", Name: "dc1"},
		"; nothing listens there: check the port in urls, that the server runs, and the firewall": &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		"; check that the server runs and can be reached; nothing from this read was used":        io.EOF,
	} {
		if got := Failure(t.Context(), at, err).Error(); !strings.HasSuffix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Each error names the keys of the configuration that it can be about, and no other.
func TestKeysOfErrors(t *testing.T) {
	for name, c := range map[string]struct {
		err  Error
		want string
	}{
		"no server":              {Error{Op: OpConnect, Code: CodeServerDown}, "urls"},
		"a problem before TLS":   {Error{Op: OpConnect, Code: CodeLocal}, "urls"},
		"an unknown CA":          {Error{Op: OpStartTLS, Code: CodeServerDown, Err: fmt.Errorf("tls: %w", x509.UnknownAuthorityError{})}, "ca_file"},
		"StartTLS refused":       {Error{Op: OpStartTLS, Code: 2}, "urls"},
		"a wrong password":       {Error{Op: OpBind, Code: 49}, "bind_dn bind_password_file"},
		"another kind of bind":   {Error{Op: OpBind, Code: 48}, "bind_dn bind_password_file"},
		"no file":                {Error{Op: OpBind, Code: CodeLocal}, "bind_password_file"},
		"no DN":                  {Error{Op: OpBind, Code: 34}, "bind_dn"},
		"a bind wants TLS":       {Error{Op: OpBind, Code: 13}, "urls"},
		"a bind wants more":      {Error{Op: OpBind, Code: 8}, "urls"},
		"a busy server":          {Error{Op: OpBind, Code: CodeBusy}, "urls"},
		"a search wants TLS":     {Error{Op: OpSearch, Code: 13}, "urls"},
		"a lost connection":      {Error{Op: OpSearch, Code: CodeServerDown}, "urls"},
		"a search as nobody":     {Error{Op: OpSearch, Code: 1}, "bind_dn bind_password_file"},
		"a search without right": {Error{Op: OpSearch, Code: 50}, "bind_dn bind_password_file"},
		"no base":                {Error{Op: OpSearch, Code: 32}, "base_dn"},
		"an invalid base":        {Error{Op: OpSearch, Code: 34}, "base_dn"},
		"a referral":             {Error{Op: OpSearch, Code: 10}, "base_dn"},
	} {
		if got := strings.Join(c.err.Keys(), " "); got != c.want || !slices.IsSorted(strings.Fields(got)) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
