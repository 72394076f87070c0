package source

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/go-ldap/ldap/v3"
)

// The values of the bind key.
const (
	bindSimple    = "simple"
	bindExternal  = "external"
	bindGSSAPI    = "gssapi"
	bindAnonymous = "anonymous"
)

// bind says to the server who we are. The deadline of the connection bounds it.
func (s *ldapSource) bind(c *ldapConn, e endpoint) error {
	switch s.cfg.Bind {
	case bindSimple:
		password, err := readPassword(s.cfg.BindPasswordFile)
		if err != nil {
			return &localFault{err}
		}
		return c.Bind(s.cfg.BindDN, password)
	case bindExternal:
		return c.ExternalBind()
	case bindGSSAPI:
		return bindKerberos(c.Conn, s.cfg.GSSAPI, e.host)
	case bindAnonymous:
		return c.UnauthenticatedBind("")
	}
	return fmt.Errorf("bind is %q, which is unknown", s.cfg.Bind)
}

// readPassword reads the file anew, so that a rotated password counts from the
// next connect on. Editors and echo leave a line end, which is none of it. An
// empty password is refused: a simple bind with one succeeds as nobody
// (RFC 4513 section 5.1.2).
func readPassword(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read bind_password_file: %w", err)
	}
	b = bytes.TrimRight(b, "\r\n")
	if len(b) == 0 {
		return "", fmt.Errorf("read bind_password_file %s: it is empty", file)
	}
	if bytes.ContainsAny(b, "\r\n\x00") {
		return "", fmt.Errorf("read bind_password_file %s: it has more than one line", file)
	}
	return string(b), nil
}

// whoAmI asks the server whom it takes us for (RFC 4532); empty where it does
// not say.
func whoAmI(c *ldapConn) (string, error) {
	result, err := c.WhoAmI(nil)
	if err != nil {
		if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork {
			return "", nil
		}
		return "", err
	}
	return or(result.AuthzID, "anonymous"), nil
}
