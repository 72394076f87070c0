//go:build gssapi

package source

import (
	"fmt"

	"github.com/go-ldap/ldap/v3"
	"github.com/go-ldap/ldap/v3/gssapi"
)

const kerberosBuilt = true

var errNoKerberos error

// bindKerberos binds by SASL GSSAPI with a keytab or a credential cache. The
// connection must be TLS or local: no security layer is negotiated.
func bindKerberos(c *ldap.Conn, cfg GSSAPIConfig, host string) error {
	conf := or(cfg.Krb5Conf, "/etc/krb5.conf")
	var client *gssapi.Client
	var err error
	if cfg.Keytab != "" {
		client, err = gssapi.NewClientWithKeytab(cfg.Principal, cfg.Realm, cfg.Keytab, conf)
	} else {
		client, err = gssapi.NewClientFromCCache(cfg.CCache, conf)
	}
	if err != nil {
		return &localFault{fmt.Errorf("read kerberos credentials: %w", err)}
	}
	defer func() { _ = client.Close() }()
	return c.GSSAPIBind(client, or(cfg.Service, "ldap/"+host), "")
}
