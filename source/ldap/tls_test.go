package ldap

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/internal/testpki"
	"rollcall/source/ldap/internal/wire"
	"rollcall/source/ldap/ldaptest"
)

// Each way in which TLS fails has words of its own, on both roads to TLS, and
// no password is sent on any.
func TestSlapdTLSRefusals(t *testing.T) {
	t.Parallel()
	good, other := testpki.New(t, "127.0.0.1", time.Time{}), testpki.New(t, "dc1.corp.example", time.Time{})
	expired := testpki.New(t, "127.0.0.1", time.Now().Add(-time.Hour))
	strict := "TLSVerifyClient demand\n"
	for _, c := range []struct {
		name   string
		server *testpki.PKI
		global string
		change func(*Config)
		want   string
	}{
		{"a CA that signed something else", good, "", func(c *Config) { c.CAFile = other.CA }, "the server's certificate is signed by a CA that this machine does not trust"},
		{"a CA that the machine does not know", good, "", func(c *Config) { c.CAFile = "" }, "the server's certificate is signed by a CA that this machine does not trust"},
		{"a name that the certificate does not bear", other, "", func(c *Config) { c.CAFile = other.CA }, `the server's certificate is not for "127.0.0.1"`},
		{"an expired certificate", expired, "", func(c *Config) { c.CAFile = expired.CA }, "the server's certificate has expired"},
		{"no client certificate where one is asked for", good, strict, func(*Config) {}, "the server does not accept the client certificate"},
		{"a client certificate of another CA", good, strict, func(c *Config) { c.CertFile, c.KeyFile = other.ClientCert, other.ClientKey }, "the server does not accept the client certificate"},
	} {
		server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople, TLS: c.server, Global: c.global})
		for road, url := range map[string]string{"StartTLS": server.URL, "ldaps": server.TLSURL} {
			t.Run(c.name+" over "+road, func(t *testing.T) {
				cfg := slapdConfig(t, server)
				cfg.URLs, cfg.TLS, cfg.CAFile = []string{url}, "", good.CA
				c.change(&cfg)
				s, err := newDirectory(cfg, "corp")
				must(t, err)
				snap, err := s.Read(t.Context(), source.Request{Groups: []source.Selector{{Name: "team"}}})
				e, ok := errors.AsType[*Error](err)
				if snap != nil || !ok || e.Server != url || !strings.Contains(err.Error(), "TLS failed") || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v", err)
				}
			})
		}
	}
}

func TestSlapdDemandsAndGetsAClientCertificate(t *testing.T) {
	pki := testpki.New(t, "127.0.0.1", time.Time{})
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople, TLS: pki, Global: "TLSVerifyClient demand\n"})
	for _, url := range []string{server.URL, server.TLSURL} {
		cfg := slapdConfig(t, server)
		cfg.URLs, cfg.TLS, cfg.CAFile, cfg.CertFile, cfg.KeyFile = []string{url}, "", pki.CA, pki.ClientCert, pki.ClientKey
		if snap := readLDAP(t, cfg, source.Request{Groups: []source.Selector{{Name: "team"}}}); len(snap.People) != 2 {
			t.Errorf("%s: %d people", url, len(snap.People))
		}
	}
}

// A directory that goes silent in the middle of TLS is waited for no longer
// than one that never began.
func TestSilenceInTheMiddleOfTLS(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			// The answer to StartTLS is yes; nothing follows.
			_, _ = c.Write([]byte("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"))
		}
	}()
	cfg := Config{URLs: []string{"ldap://" + l.Addr().String()}, Bind: wire.BindAnonymous, ConnectTimeout: 200 * time.Millisecond}
	s, err := newDirectory(cfg, "corp")
	must(t, err)
	if _, err = s.Read(t.Context(), allGroup); !wire.IsCode(err, wire.CodeTimeout) || !strings.Contains(err.Error(), "start TLS with") {
		t.Errorf("error is %v", err)
	}
}
