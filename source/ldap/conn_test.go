package ldap

import (
	"context"
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

// tlsCase is one way to connect: how the server is, what the configuration
// says, and the words of the error, empty for success.
type tlsCase struct {
	name   string
	server string // the certificate: good, name (another's), expired
	change func(*Config, tlsParts)
	want   string
}

// tlsParts are what a case may need.
type tlsParts struct {
	t      testing.TB
	server *ldaptest.Slapd
	pki    *testpki.PKI
}

var tlsCases = []tlsCase{
	{"StartTLS", "good", func(c *Config, _ tlsParts) { c.TLS = "" }, ""},
	{"ldaps", "good", func(c *Config, with tlsParts) { c.TLS, c.URLs = "", []string{with.server.TLSURL} }, ""},
	{"client certificate with SASL EXTERNAL", "good", func(c *Config, with tlsParts) {
		c.TLS, c.Bind, c.BindDN, c.BindPasswordFile = "", wire.BindExternal, "", ""
		c.CertFile, c.KeyFile = with.pki.ClientCert, with.pki.ClientKey
	}, ""},
	{"SASL EXTERNAL over ldapi", "good", func(c *Config, with tlsParts) {
		*c = Config{URLs: []string{with.server.Socket}, BaseDN: ldaptest.Suffix}
	}, ""},
	{"EXTERNAL without a certificate", "good", func(c *Config, _ tlsParts) {
		c.TLS, c.Bind, c.BindDN, c.BindPasswordFile = "", wire.BindExternal, "", ""
	}, "bind to"},
	{"wrong CA", "good", func(c *Config, _ tlsParts) { c.TLS, c.CAFile = "", "" }, "set ca_file"},
	{"wrong name", "name", func(c *Config, _ tlsParts) { c.TLS = "" }, `not for "127.0.0.1"`},
	{"wrong name, right server_name", "name", func(c *Config, _ tlsParts) { c.TLS, c.ServerName = "", "dc1.corp.example" }, ""},
	{"expired", "expired", func(c *Config, with tlsParts) { c.TLS, c.URLs = "", []string{with.server.TLSURL} }, "has expired"},
	{"wrong password", "good", func(c *Config, with tlsParts) {
		c.TLS, c.BindPasswordFile = "", passwordFile(with.t, "not the Password")
	}, "code 49, invalid credentials"},
	{"TLS to the clear port", "good", func(c *Config, with tlsParts) {
		c.TLS, c.URLs = "", []string{strings.Replace(with.server.URL, "ldap:", "ldaps:", 1)}
	}, "start TLS"},
}

func TestSlapdTLSMatrix(t *testing.T) {
	t.Parallel()
	servers, pkis := map[string]*ldaptest.Slapd{}, map[string]*testpki.PKI{
		"good":    testpki.New(t, "127.0.0.1", time.Time{}),
		"name":    testpki.New(t, "dc1.corp.example", time.Time{}),
		"expired": testpki.New(t, "127.0.0.1", time.Now().Add(-time.Hour)),
	}
	mapping := "TLSVerifyClient try\nauthz-regexp \"cn=rollcall\" \"" + ldaptest.BindDN + "\"\n" +
		"authz-regexp \"gidNumber=.*,cn=peercred,cn=external,cn=auth\" \"" + ldaptest.BindDN + "\"\n"
	for name, p := range pkis {
		servers[name] = ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople, TLS: p, Global: mapping})
	}
	for _, c := range tlsCases {
		t.Run(c.name, func(t *testing.T) {
			server, pki := servers[c.server], pkis[c.server]
			cfg := slapdConfig(t, server)
			cfg.CAFile = pki.CA
			c.change(&cfg, tlsParts{t, server, pki})
			s, err := newDirectory(cfg, "corp")
			must(t, err)
			snap, err := s.Read(t.Context(), source.Request{Groups: []source.Selector{{Name: "team"}}})
			if c.want == "" {
				must(t, err)
				if len(snap.Groups) != 1 || len(snap.Groups[0].Members) != 2 {
					t.Errorf("read %+v", snap.Groups)
				}
				return
			}
			if err == nil || snap != nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("want %q, have %v", c.want, err)
			}
			if e, ok := errors.AsType[*Error](err); !ok || e.Hint == "" || e.Server != cfg.URLs[0] {
				t.Errorf("error does not say where or what to do: %v", err)
			}
			if strings.Contains(err.Error(), "Password") {
				t.Errorf("the password is in the error: %v", err)
			}
		})
	}
}

func TestS37RefusedStartTLSIsFatalBeforeBind(t *testing.T) {
	t.Parallel()
	plain := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople})
	other := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople})
	cfg := slapdConfig(t, plain)
	cfg.TLS, cfg.URLs = "", []string{plain.URL, other.URL}
	s, err := newDirectory(cfg, "corp")
	must(t, err)
	var dialled int
	dial := s.network.DialContext
	s.network.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialled++
		return dial(ctx, network, addr)
	}
	_, err = s.Read(t.Context(), allGroup)
	if e, ok := errors.AsType[*Error](err); !ok || e.Op != wire.OpStartTLS || !strings.Contains(err.Error(), "no password was sent") {
		t.Errorf("error is %v", err)
	}
	if dialled != 1 {
		t.Errorf("%d servers were tried", dialled)
	}
}

func TestPlainTextIsNoted(t *testing.T) {
	f := ldaptest.StartFake(t, fakeCompany(1))
	snap := readLDAP(t, fakeConfig(f), allGroup)
	if len(snap.Notes) != 1 || !strings.Contains(snap.Notes[0].Text, "not encrypted") {
		t.Errorf("notes %v", snap.Notes)
	}
}

func TestFailoverAtConnectOnly(t *testing.T) {
	good := ldaptest.StartFake(t, fakeCompany(3))
	silent := ldaptest.StartFake(t, &ldaptest.Fake{Faults: ldaptest.Faults{Fault: func(ldaptest.Op) ldaptest.Fault { return ldaptest.Fault{Hang: true} }}})
	busy := ldaptest.StartFake(t, &ldaptest.Fake{Faults: ldaptest.Faults{Fault: func(ldaptest.Op) ldaptest.Fault { return ldaptest.Fault{Code: 51} }}})
	denied := ldaptest.StartFake(t, &ldaptest.Fake{Faults: ldaptest.Faults{Fault: func(ldaptest.Op) ldaptest.Fault { return ldaptest.Fault{Code: 49} }}})
	later := ldaptest.StartFake(t, func() *ldaptest.Fake {
		f := fakeCompany(600)
		f.Fault = func(op ldaptest.Op) ldaptest.Fault { return ldaptest.Fault{Drop: isSweep(op)} }
		return f
	}())
	for _, c := range []struct {
		name  string
		first string
		ok    bool
	}{
		{"nobody listens", "ldap://127.0.0.1:1", true},
		{"silent", silent.URL, true},
		{"busy", busy.URL, true},
		{"refuses the bind", denied.URL, false},
		{"lost while reading", later.URL, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := fakeConfig(good)
			cfg.URLs, cfg.BindTimeout = []string{c.first, good.URL}, 100*time.Millisecond
			s, err := newDirectory(cfg, "corp")
			must(t, err)
			snap, err := s.Read(t.Context(), allGroup)
			if !c.ok {
				if err == nil || len(good.Searches()) > 0 && strings.Contains(err.Error(), good.URL) {
					t.Errorf("the next server was asked: %v", err)
				}
				return
			}
			must(t, err)
			if snap.Server != good.URL || !strings.Contains(notesText(snap), c.first) {
				t.Errorf("read %s, notes %s", snap.Server, notesText(snap))
			}
		})
	}
}

func notesText(snap *source.Snapshot) string {
	var b strings.Builder
	for _, n := range snap.Notes {
		b.WriteString(n.Origin.String() + ": " + n.Text + "\n")
	}
	return b.String()
}

func TestS37SRVTargets(t *testing.T) {
	f := ldaptest.StartFake(t, fakeCompany(3))
	_, port, err := net.SplitHostPort(strings.TrimPrefix(f.URL, "ldap://"))
	must(t, err)
	records := []*net.SRV{
		{Target: "evil.example.", Port: 389, Priority: 0}, {Target: "notcorp.example.", Port: 389, Priority: 1},
		{Target: "DC1.corp.example.", Port: 4389, Priority: 2},
	}
	for _, c := range []struct {
		name    string
		targets []string
		records []*net.SRV
		want    string
	}{
		{"below the domain", nil, records, "DC1.corp.example:4389"},
		{"listed", []string{"evil.example"}, records, "evil.example:389"},
		{"none is allowed", nil, records[:2], ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := fakeConfig(f)
			cfg.URLs, cfg.SRV, cfg.SRVTargets = nil, "corp.example", c.targets
			s, err := newDirectory(cfg, "corp")
			must(t, err)
			var dialled []string
			s.network.LookupSRV = func(context.Context, string, string, string) (string, []*net.SRV, error) { return "", c.records, nil }
			s.network.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				dialled = append(dialled, addr)
				return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
			}
			_, err = s.Read(t.Context(), allGroup)
			if got := strings.Join(dialled, " "); got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("dialled %q, error %v", got, err)
			}
		})
	}
}
