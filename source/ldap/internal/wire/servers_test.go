package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// The servers of a domain are those that DNS lists, and none when it lists none.
func TestS37ServersOfADomain(t *testing.T) {
	none := errors.New("no such host")
	for name, c := range map[string]struct {
		tls     string
		records []*net.SRV
		err     error
		service string
		want    string
	}{
		"starttls": {TLSStart, []*net.SRV{{Target: "dc2.corp.example.", Port: 389, Priority: 2}, {Target: "dc1.corp.example.", Port: 3389, Priority: 1}}, nil, "ldap",
			"ldap://dc1.corp.example:3389 ldap://dc2.corp.example:389"},
		"ldaps":    {TLSWhole, []*net.SRV{{Target: "dc1.corp.example.", Port: 636}}, nil, "ldaps", "ldaps://dc1.corp.example:636"},
		"outside":  {TLSStart, []*net.SRV{{Target: "dc1.else.example.", Port: 389}}, nil, "ldap", ""},
		"no entry": {TLSStart, nil, none, "ldap", ""},
	} {
		notes := 0
		config := Config{SRV: "corp.example", TLS: c.tls, ConnectTimeout: time.Second, Note: func(string, ...any) { notes++ },
			Network: Network{LookupSRV: func(_ context.Context, service, _, _ string) (string, []*net.SRV, error) {
				if service != c.service {
					t.Errorf("%s: asked for %s", name, service)
				}
				return "", c.records, c.err
			}}}
		list, err := config.endpoints(t.Context())
		var got []string
		for _, e := range list {
			got = append(got, e.URL)
		}
		if strings.Join(got, " ") != c.want || (err == nil) != (c.want != "") || (notes > 0) != (name == "outside") {
			t.Errorf("%s: %q, %v, %d notes", name, got, err, notes)
		}
		if err != nil && !IsCode(err, CodeServerDown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := Config{URLs: []string{"ldap://[x"}}
	if _, _, err := broken.connectAny(t.Context()); err == nil {
		t.Error("an address that cannot be read is connected to")
	}
}

// A bind that nobody knows, and one without its files, are errors.
func TestBindThatIsNone(t *testing.T) {
	for bind, want := range map[string]string{"": "unknown", BindSimple: "read bind_password_file"} {
		config := Config{Bind: bind, BindPasswordFile: "/nowhere/password"}
		if err := config.bind(t.Context(), new(conn), Endpoint{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", bind, err)
		}
	}
	config := Config{Bind: BindGSSAPI, GSSAPI: GSSAPI{CCache: "/nowhere/ccache", Krb5Conf: "/nowhere/krb5.conf"}}
	if err := config.bind(t.Context(), new(conn), Endpoint{}); err == nil {
		t.Error("Kerberos without credentials binds")
	}
}

// The end of a time is told from the end of a run, and both from a server's answer.
func TestFailureOfAContext(t *testing.T) {
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	<-late.Done()
	if err := Failure(late, Error{Op: OpSearch}, errors.New("closed")); !IsCode(err, CodeTimeout) {
		t.Errorf("out of time: %v", err)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	err := Failure(ended, Error{}, &Error{Op: OpSearch, Server: "ldap://x", Code: CodeServerDown})
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeCancelled || e.Server != "ldap://x" {
		t.Errorf("cancelled: %v", err)
	}
}

// Plain LDAP on a port of TLS is named as the mistake; a lost connection on
// another port is not.
func TestPlainLDAPOnAPortOfTLS(t *testing.T) {
	for server, want := range map[string]string{
		"ldap://dc1:636": "write ldaps://", "ldap://dc1:3269": "write ldaps://", "ldap://dc1": "check that the server runs", "ldaps://dc1:636": "check that the server runs",
	} {
		if err := Failure(t.Context(), Error{Op: OpStartTLS, Server: server}, io.EOF); !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", server, err)
		}
	}
}
