package wire

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source/internal/tlsfile"
)

// The values of the bind key.
const (
	BindSimple    = "simple"
	BindExternal  = "external"
	BindGSSAPI    = "gssapi"
	BindAnonymous = "anonymous"
)

// bind says to the server who we are. The deadline of the connection bounds it,
// and ctx what else is asked for it.
func (config *Config) bind(ctx context.Context, c *conn, e Endpoint) error {
	switch config.Bind {
	case BindSimple:
		// An empty password is refused there: a simple bind with one succeeds as
		// nobody (RFC 4513 section 5.1.2).
		password, err := tlsfile.Secret("bind_password_file", config.BindPasswordFile)
		if err != nil {
			return err
		}
		c.password = password
		return c.withoutEcho(c.Bind(config.BindDN, password))
	case BindExternal:
		return c.ExternalBind()
	case BindGSSAPI:
		return bindKerberos(ctx, c.Conn, config.GSSAPI, e.Host)
	case BindAnonymous:
		return c.UnauthenticatedBind("")
	}
	return fmt.Errorf("unknown bind %q", config.Bind)
}

// withoutEcho leaves out the words of a server that repeats the password, as it
// is, in base64 or in hexadecimal digits (S43).
func (c *conn) withoutEcho(err error) error {
	if err == nil || c.password == "" {
		return err
	}
	said := strings.ToLower(err.Error())
	repeats := func(form string) bool { return strings.Contains(said, strings.ToLower(form)) }
	if !slices.ContainsFunc([]string{c.password, base64.StdEncoding.EncodeToString([]byte(c.password)), hex.EncodeToString([]byte(c.password))}, repeats) {
		return err
	}
	if e, ok := errors.AsType[*ldap.Error](err); ok {
		return ldap.NewError(e.ResultCode, errEcho)
	}
	return errEcho
}

var errEcho = errors.New("the server's message contains the password, so it is not shown")

// whoAmI asks the server whom it takes us for (RFC 4532); empty where it does
// not say.
func whoAmI(c *conn) (string, error) {
	result, err := c.WhoAmI(nil)
	if err != nil {
		if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork {
			return "", nil
		}
		return "", err
	}
	return cmp.Or(result.AuthzID, "anonymous"), nil
}
