package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"rollcall/source/internal/testpki"
	"rollcall/source/internal/tlsfile"
)

// startKDC answers each request with what answer gives; nothing for none.
func startKDC(t *testing.T, answer func() []byte) (addr string) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			_, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			if b := answer(); b != nil {
				_, _ = c.WriteTo(b, from) // the client may be gone
			}
		}
	}()
	return c.LocalAddr().String()
}

func refusing(t *testing.T, code int32) func() []byte {
	return func() []byte {
		e := messages.NewKRBError(types.NewPrincipalName(nametype.KRB_NT_SRV_INST, "krbtgt/CORP.EXAMPLE"), "CORP.EXAMPLE", code, "no")
		b, err := e.Marshal()
		if err != nil {
			t.Error(err)
		}
		return b
	}
}

// startTLSServer takes connections, asks for a client certificate, and says
// nothing more.
func startTLSServer(t *testing.T) (url string, pki *testpki.PKI) {
	t.Helper()
	pki = testpki.New(t, "127.0.0.1", time.Now().Add(time.Hour))
	pair, err := tls.LoadX509KeyPair(pki.Cert, pki.Key)
	must(t, err)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert})
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = c.(*tls.Conn).HandshakeContext(t.Context()) }() //nolint:errcheck // a listener of TLS makes no others
			t.Cleanup(func() { _ = c.Close() })
		}
	}()
	return "ldaps://" + l.Addr().String(), pki
}

// kerberosFiles are a good keytab and a krb5.conf that names one KDC.
func kerberosFiles(t *testing.T, kdc string) GSSAPI {
	t.Helper()
	dir := t.TempDir()
	g := GSSAPI{Keytab: filepath.Join(dir, "keytab"), Krb5Conf: filepath.Join(dir, "krb5.conf"), Principal: "rollcall"}
	keys := keytab.New()
	must(t, keys.AddEntry("rollcall", "CORP.EXAMPLE", "s3cret", time.Now(), 1, 18))
	b, err := keys.Marshal()
	must(t, err)
	must(t, os.WriteFile(g.Keytab, b, 0o600))
	must(t, os.WriteFile(g.Krb5Conf, []byte("[libdefaults]\ndefault_realm = CORP.EXAMPLE\n[realms]\nCORP.EXAMPLE = {\nkdc = "+kdc+"\n}\n"), 0o600))
	return g
}

// bindByKerberos connects to a server that asks for a client certificate.
func bindByKerberos(t *testing.T, g GSSAPI) *Error {
	t.Helper()
	return bindInTime(t, g, 10*time.Second) // a slow machine is no fault
}

// bindInTime waits so long for the KDC.
func bindInTime(t *testing.T, g GSSAPI, patience time.Duration) *Error {
	t.Helper()
	url, pki := startTLSServer(t)
	_, err := Connect(t.Context(), Config{
		URLs: []string{url}, TLS: TLSWhole, CAFile: pki.CA, Bind: BindGSSAPI, GSSAPI: g, Network: SystemNetwork(), Connections: 1,
		ConnectTimeout: 5 * time.Second, BindTimeout: patience, RequestTimeout: patience,
	})
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v is no error of a directory", err)
	}
	if e.Op != OpBind || errors.Is(err, tlsfile.ErrCertRefused) || strings.Contains(err.Error(), "certificate") {
		t.Errorf("taken for a fault of TLS: %v", err)
	}
	return e
}

// A KDC that refuses is quoted in words, with what to do, and its refusal is no
// outage that another server would mend.
func TestKDCRefusalIsSaidInWords(t *testing.T) {
	t.Parallel()
	for code, want := range map[int32]string{
		1: "rollcall@CORP.EXAMPLE has expired", 6: "does not know the principal rollcall@CORP.EXAMPLE",
		7: "does not know the service ldap/127.0.0.1", 12: "a policy of the KDC", 14: "encryption type", 18: "disabled, expired or locked",
		23: "password of rollcall@CORP.EXAMPLE has expired", 37: "clocks", 68: "does not serve the realm", 60: "with code 60",
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			e := bindByKerberos(t, kerberosFiles(t, startKDC(t, refusing(t, code))))
			if !strings.Contains(e.Error(), want) || e.Code != CodeLocal || e.Hint == "" || e.Outage() {
				t.Errorf("%v", e)
			}
		})
	}
}

// A KDC that is silent or not there is an outage, and costs no more time than a bind may.
func TestKDCThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	e := bindInTime(t, kerberosFiles(t, startKDC(t, func() []byte { return nil })), 500*time.Millisecond)
	if e.Code != CodeTimeout || !e.Outage() || !strings.Contains(e.Error(), "no KDC answered") || time.Since(begun) > 4*time.Second {
		t.Errorf("silent: %v after %v", e, time.Since(begun))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	e = bindByKerberos(t, kerberosFiles(t, l.Addr().String()))
	if e.Code != CodeServerDown || !e.Outage() || !strings.Contains(e.Error(), "no KDC answered") {
		t.Errorf("not there: %v", e)
	}
}

// An answer that the library panics at is a failed read with the library's name.
func TestS09KDCThatMakesTheLibraryPanic(t *testing.T) {
	t.Parallel()
	preauth := func() []byte {
		e := messages.NewKRBError(types.NewPrincipalName(nametype.KRB_NT_SRV_INST, "krbtgt/CORP.EXAMPLE"), "CORP.EXAMPLE", 25, "")
		e.EData = []byte{0x30, 0x0b, 0x30, 0x09, 0xa1, 0x03, 0x02, 0x01, 19, 0xa2, 0x02, 0x04, 0x00}
		b, err := e.Marshal()
		if err != nil {
			t.Error(err)
		}
		return b
	}
	e := bindByKerberos(t, kerberosFiles(t, startKDC(t, preauth)))
	t.Log(e)
	empty := func() []byte {
		e := messages.NewKRBError(types.NewPrincipalName(nametype.KRB_NT_SRV_INST, "krbtgt/CORP.EXAMPLE"), "CORP.EXAMPLE", 25, "")
		e.EData = []byte{0x30, 0x0d, 0x30, 0x0b, 0xa1, 0x03, 0x02, 0x01, 19, 0xa2, 0x04, 0x04, 0x02, 0x30, 0x00} // ETYPE-INFO2 of nothing
		b, err := e.Marshal()
		if err != nil {
			t.Error(err)
		}
		return b
	}
	e = bindByKerberos(t, kerberosFiles(t, startKDC(t, empty)))
	if !strings.Contains(e.Error(), "github.com/jcmturner/gokrb5/v8/client failed with a panic in preAuthEType") || e.Code != CodeLocal {
		t.Errorf("%v", e)
	}
}

// Credentials that are missing, damaged or of somebody else are said with their file.
func TestKerberosCredentialsThatAreNone(t *testing.T) {
	t.Parallel()
	kdc := startKDC(t, refusing(t, 25))
	good := kerberosFiles(t, kdc)
	damaged := filepath.Join(t.TempDir(), "damaged")
	must(t, os.WriteFile(damaged, []byte{5, 2, 0, 0, 0, 9, 0, 1}, 0o600))
	for name, c := range map[string]struct {
		change func(*GSSAPI)
		want   string
	}{
		"no keytab":       {func(g *GSSAPI) { g.Keytab = "/none" }, "read keytab /none"},
		"damaged keytab":  {func(g *GSSAPI) { g.Keytab = damaged }, "read keytab " + damaged},
		"no ccache":       {func(g *GSSAPI) { g.Keytab, g.CCache = "", "/none" }, "read ccache /none"},
		"damaged ccache":  {func(g *GSSAPI) { g.Keytab, g.CCache = "", damaged }, "read ccache " + damaged},
		"no krb5.conf":    {func(g *GSSAPI) { g.Krb5Conf = "/none" }, "read krb5_conf: open /none"},
		"another realm":   {func(g *GSSAPI) { g.Realm = "OTHER.EXAMPLE" }, "has no kdc for realm OTHER.EXAMPLE"},
		"realm in a name": {func(g *GSSAPI) { g.Principal = "rollcall@OTHER.EXAMPLE" }, "has no kdc for realm OTHER.EXAMPLE"},
	} {
		g := good
		c.change(&g)
		if e := bindByKerberos(t, g); !strings.Contains(e.Error(), c.want) || e.Code != CodeLocal || e.Outage() {
			t.Errorf("%s: %v", name, e)
		}
	}
}

func TestPrincipalWithItsRealm(t *testing.T) {
	for principal, want := range map[string]string{"rollcall": "rollcall ", "rollcall@A.B": "rollcall A.B", "host/x@A.B": "host/x A.B"} {
		if name, realm := splitPrincipal(principal); name+" "+realm != want {
			t.Errorf("%s: %s in %s", principal, name, realm)
		}
	}
}

// A refused bind says what it means for the bind that was tried.
func TestRefusedBindIsExplained(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		e      Error
		want   string
	}{
		"disabled":         {Config{Bind: BindSimple}, Error{Code: 49, Err: errors.New("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 533, v1db1")}, "the account is disabled"},
		"the account":      {Config{Bind: BindSimple, BindDN: "cn=a"}, Error{Code: 49, Op: OpBind, Server: "ldap://dc1", Err: errors.New("")}, "bind to ldap://dc1 as cn=a: code 49"},
		"the file":         {Config{Bind: BindSimple, BindDN: "cn=a", BindPasswordFile: "/etc/pw"}, Error{Code: 49, Err: errors.New("")}, "; check that this account (bind_dn) exists, and that the file /etc/pw (bind_password_file) has its password"},
		"the file, for AD": {Config{Bind: BindSimple, BindPasswordFile: "/etc/pw"}, Error{Code: 49, Err: errors.New("error, data 52e, v1db1")}, "the file /etc/pw (bind_password_file)"},
		"another reason":   {Config{Bind: BindSimple}, Error{Code: 49, Meaning: "as before", Err: errors.New("AcceptSecurityContext error, data 999, v1db1")}, "as before"},
		"no reason":        {Config{Bind: BindSimple}, Error{Code: 49, Meaning: "as before", Err: errors.New("")}, "as before"},
		"refused ticket":   {Config{Bind: BindGSSAPI}, Error{Code: 49, Err: errors.New("SASL failure")}, "refuses the ticket"},
		"channel binding":  {Config{Bind: BindGSSAPI}, Error{Code: 49, Err: errors.New("80090346: LdapErr")}, "channel binding"},
		"no signing":       {Config{Bind: BindGSSAPI}, Error{Code: 8, Err: errors.New("x")}, "signed or sealed"},
		"signing, simple":  {Config{Bind: BindSimple}, Error{Code: 8, Meaning: "as before", Err: errors.New("x")}, "as before"},
		"UPN on OpenLDAP":  {Config{Bind: BindSimple, BindDN: "a@b"}, Error{Code: 34, Err: errors.New("x")}, "only Active Directory accepts"},
		"a DN, refused":    {Config{Bind: BindSimple, BindDN: "cn=a"}, Error{Code: 34, Meaning: "as before", Err: errors.New("x")}, "as before"},
		"no answer at all": {Config{Bind: BindGSSAPI}, Error{Code: 49, Meaning: "as before"}, "as before"},
	} {
		if err := c.config.explainBind(&c.e); !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := context.Canceled
	if err := new(Config).explainBind(other); !errors.Is(err, other) {
		t.Errorf("%v", err)
	}
}
