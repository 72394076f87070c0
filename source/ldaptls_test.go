package source

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tlsCase is one way to connect: how the server is, what the configuration
// says, and the words of the error, empty for success.
type tlsCase struct {
	name   string
	server string // the certificate: good, name (another's), expired
	change func(*LDAPConfig, tlsParts)
	want   string
}

// tlsParts are what a case may need.
type tlsParts struct {
	server *slapd
	pki    *testPKI
}

var tlsCases = []tlsCase{
	{"StartTLS", "good", func(c *LDAPConfig, _ tlsParts) { c.TLS = "" }, ""},
	{"ldaps", "good", func(c *LDAPConfig, with tlsParts) { c.TLS, c.URLs = "", []string{with.server.tlsURL} }, ""},
	{"client certificate with SASL EXTERNAL", "good", func(c *LDAPConfig, with tlsParts) {
		c.TLS, c.Bind, c.BindDN, c.BindPasswordFile = "", bindExternal, "", ""
		c.CertFile, c.KeyFile = with.pki.clientCert, with.pki.clientKey
	}, ""},
	{"SASL EXTERNAL over ldapi", "good", func(c *LDAPConfig, with tlsParts) {
		*c = LDAPConfig{URLs: []string{with.server.socket}, BaseDN: slapdSuffix}
	}, ""},
	{"EXTERNAL without a certificate", "good", func(c *LDAPConfig, _ tlsParts) {
		c.TLS, c.Bind, c.BindDN, c.BindPasswordFile = "", bindExternal, "", ""
	}, "bind to"},
	{"wrong CA", "good", func(c *LDAPConfig, _ tlsParts) { c.TLS, c.CAFile = "", "" }, "set ca_file"},
	{"wrong name", "name", func(c *LDAPConfig, _ tlsParts) { c.TLS = "" }, `not for "127.0.0.1"`},
	{"wrong name, right server_name", "name", func(c *LDAPConfig, _ tlsParts) { c.TLS, c.ServerName = "", "dc1.corp.example" }, ""},
	{"expired", "expired", func(c *LDAPConfig, with tlsParts) { c.TLS, c.URLs = "", []string{with.server.tlsURL} }, "has expired"},
	{"wrong password", "good", func(c *LDAPConfig, with tlsParts) {
		c.TLS, c.BindPasswordFile = "", passwordFile(with.server.t, "not the Password")
	}, "code 49, invalid credentials"},
	{"TLS to the clear port", "good", func(c *LDAPConfig, with tlsParts) {
		c.TLS, c.URLs = "", []string{strings.Replace(with.server.url, "ldap:", "ldaps:", 1)}
	}, "start TLS"},
}

func TestSlapdTLSMatrix(t *testing.T) {
	servers, pkis := map[string]*slapd{}, map[string]*testPKI{
		"good":    newPKI(t, "127.0.0.1", time.Time{}),
		"name":    newPKI(t, "dc1.corp.example", time.Time{}),
		"expired": newPKI(t, "127.0.0.1", time.Now().Add(-time.Hour)),
	}
	mapping := "TLSVerifyClient try\nauthz-regexp \"cn=rollcall\" \"" + slapdBind + "\"\n" +
		"authz-regexp \"gidNumber=.*,cn=peercred,cn=external,cn=auth\" \"" + slapdBind + "\"\n"
	for name, p := range pkis {
		servers[name] = startSlapd(t, slapdConfig{ldif: aclPeople, tls: p, global: mapping})
	}
	for _, c := range tlsCases {
		t.Run(c.name, func(t *testing.T) {
			server, pki := servers[c.server], pkis[c.server]
			cfg := server.config()
			cfg.CAFile = pki.ca
			c.change(&cfg, tlsParts{server, pki})
			s, err := newLDAP(cfg, "corp")
			must(t, err)
			snap, err := s.Read(t.Context(), Request{Groups: []Selector{{Name: "team"}}})
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
			if e, ok := errors.AsType[*LDAPError](err); !ok || e.Hint == "" || e.Server != cfg.URLs[0] {
				t.Errorf("error does not say where or what to do: %v", err)
			}
			if strings.Contains(err.Error(), "Password") {
				t.Errorf("the password is in the error: %v", err)
			}
		})
	}
}

func TestS37RefusedStartTLSIsFatalBeforeBind(t *testing.T) {
	plain := startSlapd(t, slapdConfig{ldif: aclPeople})
	other := startSlapd(t, slapdConfig{ldif: aclPeople})
	cfg := plain.config()
	cfg.TLS, cfg.URLs = "", []string{plain.url, other.url}
	s, err := newLDAP(cfg, "corp")
	must(t, err)
	var dialled int
	dial := s.net.DialContext
	s.net.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialled++
		return dial(ctx, network, addr)
	}
	_, err = s.Read(t.Context(), allGroup)
	if e, ok := errors.AsType[*LDAPError](err); !ok || e.Op != opStartTLS || !strings.Contains(err.Error(), "no password was sent") {
		t.Errorf("error is %v", err)
	}
	if dialled != 1 {
		t.Errorf("%d servers were tried", dialled)
	}
}

func TestPlainTextIsNoted(t *testing.T) {
	f := startFake(t, fakeCompany(1))
	snap := readLDAP(t, f.config(), allGroup)
	if len(snap.Notes) != 1 || !strings.Contains(snap.Notes[0].Text, "not encrypted") {
		t.Errorf("notes %v", snap.Notes)
	}
}

func TestFailoverAtConnectOnly(t *testing.T) {
	good := startFake(t, fakeCompany(3))
	silent := startFake(t, &fakeLDAP{fault: func(fakeOp) fakeFault { return fakeFault{hang: true} }})
	busy := startFake(t, &fakeLDAP{fault: func(fakeOp) fakeFault { return fakeFault{code: 51} }})
	denied := startFake(t, &fakeLDAP{fault: func(fakeOp) fakeFault { return fakeFault{code: 49} }})
	later := startFake(t, func() *fakeLDAP {
		f := fakeCompany(600)
		f.fault = func(op fakeOp) fakeFault { return fakeFault{drop: isSweep(op)} }
		return f
	}())
	for _, c := range []struct {
		name  string
		first string
		ok    bool
	}{
		{"nobody listens", "ldap://" + freePort(t), true},
		{"silent", silent.url, true},
		{"busy", busy.url, true},
		{"refuses the bind", denied.url, false},
		{"lost while reading", later.url, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := good.config()
			cfg.URLs, cfg.BindTimeout = []string{c.first, good.url}, 100*time.Millisecond
			s, err := newLDAP(cfg, "corp")
			must(t, err)
			snap, err := s.Read(t.Context(), allGroup)
			if !c.ok {
				if err == nil || len(good.asked()) > 0 && strings.Contains(err.Error(), good.url) {
					t.Errorf("the next server was asked: %v", err)
				}
				return
			}
			must(t, err)
			if snap.Server != good.url || !strings.Contains(notesText(snap), c.first) {
				t.Errorf("read %s, notes %s", snap.Server, notesText(snap))
			}
		})
	}
}

func notesText(snap *Snapshot) string {
	var b strings.Builder
	for _, n := range snap.Notes {
		b.WriteString(n.Origin.String() + ": " + n.Text + "\n")
	}
	return b.String()
}

func TestS37SRVTargets(t *testing.T) {
	f := startFake(t, fakeCompany(3))
	_, port, err := net.SplitHostPort(strings.TrimPrefix(f.url, "ldap://"))
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
			cfg := f.config()
			cfg.URLs, cfg.SRV, cfg.SRVTargets = nil, "corp.example", c.targets
			s, err := newLDAP(cfg, "corp")
			must(t, err)
			var dialled []string
			s.net.LookupSRV = func(context.Context, string, string, string) (string, []*net.SRV, error) { return "", c.records, nil }
			s.net.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
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

func TestPasswordFile(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ content, want, problem string }{
		{"secret\n", "secret", ""},
		{"secret\r\n", "secret", ""},
		{" spaced ", " spaced ", ""},
		{"\n", "", "is empty"},
		{"", "", "is empty"},
		{"one\ntwo\n", "", "more than one line"},
	} {
		file := filepath.Join(dir, "p")
		must(t, os.WriteFile(file, []byte(c.content), 0o600))
		got, err := readPassword(file)
		if got != c.want || (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%q gives %q, %v", c.content, got, err)
		}
	}
	if _, err := readPassword(filepath.Join(dir, "none")); err == nil {
		t.Error("a missing file gives a password")
	}
}
