package source

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// Each way in which TLS fails has words of its own, on both roads to TLS, and
// no password is sent on any.
func TestSlapdTLSRefusals(t *testing.T) {
	good, other := newPKI(t, "127.0.0.1", time.Time{}), newPKI(t, "dc1.corp.example", time.Time{})
	expired := newPKI(t, "127.0.0.1", time.Now().Add(-time.Hour))
	strict := "TLSVerifyClient demand\n"
	for _, c := range []struct {
		name   string
		server *testPKI
		global string
		change func(*LDAPConfig)
		want   string
	}{
		{"a CA that signed something else", good, "", func(c *LDAPConfig) { c.CAFile = other.ca }, "nobody whom this machine trusts signed the server's certificate"},
		{"a CA that the machine does not know", good, "", func(c *LDAPConfig) { c.CAFile = "" }, "nobody whom this machine trusts signed the server's certificate"},
		{"a name that the certificate does not bear", other, "", func(c *LDAPConfig) { c.CAFile = other.ca }, `the server's certificate is not for "127.0.0.1"`},
		{"an expired certificate", expired, "", func(c *LDAPConfig) { c.CAFile = expired.ca }, "the server's certificate has expired"},
		{"no client certificate where one is asked for", good, strict, func(*LDAPConfig) {}, "the server wants another client certificate"},
		{"a client certificate of another CA", good, strict, func(c *LDAPConfig) { c.CertFile, c.KeyFile = other.clientCert, other.clientKey }, "the server wants another client certificate"},
	} {
		server := startSlapd(t, slapdConfig{ldif: aclPeople, tls: c.server, global: c.global})
		for road, url := range map[string]string{"StartTLS": server.url, "ldaps": server.tlsURL} {
			t.Run(c.name+" over "+road, func(t *testing.T) {
				cfg := server.config()
				cfg.URLs, cfg.TLS, cfg.CAFile = []string{url}, "", good.ca
				c.change(&cfg)
				s, err := newLDAP(cfg, "corp")
				must(t, err)
				snap, err := s.Read(t.Context(), Request{Groups: []Selector{{Name: "team"}}})
				e, ok := errors.AsType[*LDAPError](err)
				if snap != nil || !ok || e.Server != url || !strings.Contains(err.Error(), "TLS failed") || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v", err)
				}
			})
		}
	}
}

func TestSlapdDemandsAndGetsAClientCertificate(t *testing.T) {
	pki := newPKI(t, "127.0.0.1", time.Time{})
	server := startSlapd(t, slapdConfig{ldif: aclPeople, tls: pki, global: "TLSVerifyClient demand\n"})
	for _, url := range []string{server.url, server.tlsURL} {
		cfg := server.config()
		cfg.URLs, cfg.TLS, cfg.CAFile, cfg.CertFile, cfg.KeyFile = []string{url}, "", pki.ca, pki.clientCert, pki.clientKey
		if snap := readLDAP(t, cfg, Request{Groups: []Selector{{Name: "team"}}}); len(snap.People) != 2 {
			t.Errorf("%s: %d people", url, len(snap.People))
		}
	}
}

// A directory that goes silent in the middle of TLS is waited for no longer
// than one that never began.
func TestSilenceInTheMiddleOfTLS(t *testing.T) {
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
	cfg := LDAPConfig{URLs: []string{"ldap://" + l.Addr().String()}, Bind: bindAnonymous, ConnectTimeout: 200 * time.Millisecond}
	s, err := newLDAP(cfg, "corp")
	must(t, err)
	if _, err = s.Read(t.Context(), allGroup); !isCode(err, codeTimeout) || !strings.Contains(err.Error(), "start TLS with") {
		t.Errorf("error is %v", err)
	}
}
