package source

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// testPKI is a certificate authority with one server and one client
// certificate, as files.
type testPKI struct {
	ca, cert, key         string
	clientCert, clientKey string
}

type testCert struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newPKI makes all; the server's certificate is for the name (or address) and
// ends at the given time.
func newPKI(t testing.TB, server string, ends time.Time) *testPKI {
	t.Helper()
	dir := t.TempDir()
	ca := signCert(t, nil, &x509.Certificate{Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	leaf := &x509.Certificate{Subject: pkix.Name{CommonName: server}, NotAfter: ends, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if ip := net.ParseIP(server); ip != nil {
		leaf.IPAddresses = []net.IP{ip}
	} else {
		leaf.DNSNames = []string{server}
	}
	p := &testPKI{
		ca: filepath.Join(dir, "ca.pem"), cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"),
		clientCert: filepath.Join(dir, "client.pem"), clientKey: filepath.Join(dir, "client.key"),
	}
	writePEM(t, p.ca, "", ca)
	writePEM(t, p.cert, p.key, signCert(t, ca, leaf))
	client := &x509.Certificate{Subject: pkix.Name{CommonName: "rollcall"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	writePEM(t, p.clientCert, p.clientKey, signCert(t, ca, client))
	return p
}

func signCert(t testing.TB, by *testCert, c *x509.Certificate) *testCert {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62))
	must(t, err)
	if c.NotAfter.IsZero() {
		c.NotAfter = time.Now().Add(24 * time.Hour)
	}
	c.NotBefore = c.NotAfter.Add(-48 * time.Hour)
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	must(t, err)
	made, err := x509.ParseCertificate(der)
	must(t, err)
	return &testCert{cert: made, key: key}
}

func writePEM(t testing.TB, cert, key string, c *testCert) {
	t.Helper()
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw}), 0o600))
	if key == "" {
		return
	}
	der, err := x509.MarshalECPrivateKey(c.key)
	must(t, err)
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600))
}
