package wire

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
	"github.com/go-ldap/ldap/v3/gssapi"
	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/keytab"

	"rollcall/source/internal/panics"
	"rollcall/source/internal/tlsfile"
)

// bindKerberos binds by SASL GSSAPI with a keytab or a credential cache. The
// connection must be TLS or local: no security layer is negotiated.
func bindKerberos(ctx context.Context, c *ldap.Conn, cfg GSSAPI, host string) (err error) {
	defer panics.Recover(&err)
	client, err := kerberosClient(cfg)
	if err != nil {
		return &tlsfile.LocalFault{Err: err}
	}
	service := cmp.Or(cfg.Service, "ldap/"+host)
	who := client.Credentials.UserName() + "@" + client.Credentials.Domain()
	if err := fetchTicket(ctx, client, service); err != nil {
		return newKDCFault(err, who, service)
	}
	defer func() { _ = client.Close() }()
	return c.GSSAPIBind(client, service, "")
}

// fetchTicket asks the KDC for the ticket that the bind then finds in the
// client's cache: what the KDC says is not taken for an answer of the directory.
// The library knows no context, and its own time-outs add up for each KDC; one
// that hangs is left to them. Without a ticket the client is closed.
func fetchTicket(ctx context.Context, c *gssapi.Client, service string) error {
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() {
			if err != nil || ctx.Err() != nil {
				_ = c.Close()
			}
			done <- err
		}()
		defer panics.Recover(&err)
		_, _, err = c.GetServiceTicket(service)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// kerberosClient reads the files that Kerberos needs; each error names its file.
func kerberosClient(cfg GSSAPI) (*gssapi.Client, error) {
	conf, err := loadKrb5Conf(cmp.Or(cfg.Krb5Conf, "/etc/krb5.conf"))
	if err != nil {
		return nil, err
	}
	// Active Directory answers requests with FAST as if they had none, which the
	// library takes for a fault.
	plain := client.DisablePAFXFAST(true)
	if cfg.Keytab == "" {
		cache, err := readCredentials("ccache", strings.TrimPrefix(cfg.CCache, "FILE:"), credentials.LoadCCache)
		if err != nil {
			return nil, err
		}
		c, err := client.NewFromCCache(cache, conf.Config, plain)
		if err != nil {
			return nil, fmt.Errorf("read ccache %s: %w", cfg.CCache, err)
		}
		return &gssapi.Client{Client: c}, conf.servesRealm(c.Credentials.Domain())
	}
	keys, err := readCredentials("keytab", cfg.Keytab, keytab.Load)
	if err != nil {
		return nil, err
	}
	name, realm := splitPrincipal(cfg.Principal)
	realm = cmp.Or(cfg.Realm, realm, conf.LibDefaults.DefaultRealm)
	c := client.NewWithKeytab(name, realm, keys, conf.Config, plain)
	return &gssapi.Client{Client: c}, conf.servesRealm(realm)
}

// readCredentials reads a file with the library, which panics at some that are
// damaged.
func readCredentials[T any](what, file string, load func(string) (T, error)) (read T, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("read %s %s: %w", what, file, err)
		}
	}()
	defer panics.Recover(&err)
	return load(file)
}

// splitPrincipal takes the realm off a principal that is written with it.
func splitPrincipal(principal string) (name, realm string) {
	if at := strings.LastIndexByte(principal, '@'); at >= 0 {
		return principal[:at], principal[at+1:]
	}
	return principal, ""
}
