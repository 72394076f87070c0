package tlsfile

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate makes a certificate in PEM form; negative gives it a serial number
// below zero, as Samba may.
func certificate(t *testing.T, negative bool) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(0x7f3c5a11), Subject: pkix.Name{CommonName: "dc1.corp.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	must(t, err)
	if negative {
		serial := []byte{0x02, 0x04, 0x7f, 0x3c, 0x5a, 0x11}
		der = bytes.Replace(der, serial, []byte{0x02, 0x04, 0xff, 0x3c, 0x5a, 0x11}, 1)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// A ca_file whose certificates cannot be used says why; one that can be used is
// enough, with or without a byte order mark.
func TestCertificatesThatCannotBeUsed(t *testing.T) {
	good, bad := certificate(t, false), certificate(t, true)
	file := filepath.Join(t.TempDir(), "ca.pem")
	for _, c := range []struct {
		text []byte
		want string
	}{
		{good, ""}, {append([]byte("\ufeff"), good...), ""}, {append(bad, good...), ""}, {append([]byte("corp CA\n"), good...), ""},
		{bad, "certificate 1 in it cannot be used (x509: negative serial number): a certificate must not have a negative serial number: issue a new one"},
		{[]byte("no PEM"), "no certificate in PEM form found"},
		{[]byte("\xff\xfe-\x00"), "is encoded as utf-16: save it as utf-8"},
	} {
		must(t, os.WriteFile(file, c.text, 0o600))
		_, err := Config(file, "", "")
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file)) {
			t.Errorf("%.20q: got %v, want %q", c.text, err, c.want)
		}
	}
}

func TestHintsThatHelp(t *testing.T) {
	named := &x509.Certificate{Subject: pkix.Name{CommonName: "dc1.corp.example"}, DNSNames: []string{"dc2.corp.example"}}
	bare := &x509.Certificate{Subject: named.Subject}
	for _, c := range []struct {
		err  error
		want string
	}{
		{x509.HostnameError{Certificate: named, Host: "dc1.corp.example"}, "use a name from the certificate"},
		{x509.HostnameError{Certificate: bare, Host: "dc1.corp.example"}, "new one with the subject alternative name DNS:dc1.corp.example"},
		{x509.HostnameError{Certificate: &x509.Certificate{IPAddresses: []net.IP{{127, 0, 0, 1}}}, Host: "dc1"}, "use a name from the certificate"},
		{x509.HostnameError{Certificate: bare, Host: "10.0.0.1"}, "new one with the subject alternative name IP:10.0.0.1"},
	} {
		if got := Hint(c.err); !strings.Contains(got, c.want) {
			t.Errorf("%v: %q", c.err, got)
		}
	}
	negative := errors.New("tls: failed to parse certificate from server: x509: negative serial number")
	if got := UnreadableHint(negative); !strings.Contains(got, "negative serial number") || Hint(negative) != "" {
		t.Errorf("got %q, %q", got, Hint(negative))
	}
	if got := UnreadableHint(errors.New("tls: failed to parse certificate from server: x509: invalid version")); !strings.Contains(got, "new one") {
		t.Errorf("got %q", got)
	}
	if got := UnreadableHint(errors.New("connection reset by peer")); got != "" {
		t.Errorf("got %q", got)
	}
}
